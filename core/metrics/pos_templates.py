"""The share of rows that contain a sequence of parts of speech which other rows contain too."""

from __future__ import annotations

from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.row_order import content_order
from core.parameters import Parameter
from core.parts_of_speech import CHARACTERS, installed_tagger, runs_of_tags, shared_templates


def _template_rate(measuring: Measuring) -> Reading:
    """Share of a sample of rows that hold a template. O(characters)."""
    tagger = installed_tagger()
    if tagger is None:
        return undefined("no tagger is installed: install spaCy, NLTK with its data, or TextBlob")
    name, tags_of = tagger
    n, times, sample = (measuring.parameters[key] for key in ("n", "times", "sample"))
    text = measuring.view.text
    order = content_order([row.encode("utf-8", errors="surrogatepass") for row in text], seed=measuring.seed)[:sample]
    rows: list[set[tuple[str, ...]]] = []
    for done, row in enumerate(order):
        tags = tags_of(text[row][:CHARACTERS])
        rows.append(runs_of_tags(tags, length=n))
        if done % 100 == 0:
            measuring.progress(done, len(order), "rows tagged")
    long = [grams for grams in rows if grams]
    if len(long) < times:
        return undefined(f"a template stands in at least {times} rows, and only {len(long)} of these are long enough")
    templates = shared_templates(long, times=times)
    share = sum(not templates.keys().isdisjoint(grams) for grams in long) / len(long)
    return Reading(
        value=share,
        interval=_wilson(share, len(long)) if len(order) < len(measuring.view) else None,
        detail={
            "tagger": name,
            "rows tagged": len(order),
            f"of them shorter than {n} words": len(rows) - len(long),
            "templates": len(templates),
            "most common": {" ".join(gram): templates[gram] for gram in list(templates)[:10]},
            "seed": measuring.seed,
        },
    )


def _wilson(share: float, rows: int) -> tuple[float, float]:
    """95 % interval of a share of ``rows`` sampled rows."""
    z = 1.96
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * (share * (1 - share) / rows + z * z / (4 * rows * rows)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


METRICS = (
    Metric(
        name="pos_templates",
        title="POS-template rate (English)",
        family="lexical",
        direction=-1,
        formula="Share of rows that hold a template: a sequence of 6 part-of-speech tags found in at least 4 of the "
        "rows sampled (500, by hash of seed and text; the first 5,000 characters of each). English only; the rate "
        "grows with the sample, so compare equal samples.",
        source="Shaib et al. 2024 (2407.00211). Known from memory, not re-read; thresholds are ours.",
        measure=_template_rate,
        needs=lambda parameters: ("text",),
        parameters=(
            Parameter(
                name="n",
                title="Tags in a template",
                kind="int",
                default=6,
                minimum=2,
                maximum=12,
                help="Longer templates are rarer: the value falls.",
            ),
            Parameter(
                name="times",
                title="Rows that share it",
                kind="int",
                default=4,
                minimum=2,
                maximum=1000,
                help="A template must stand in more rows: the value falls.",
            ),
            Parameter(
                name="sample",
                title="Rows sampled",
                kind="int",
                default=500,
                minimum=10,
                maximum=100_000,
                help="More rows share more templates: the value rises, and so does the time.",
            ),
        ),
        costly=True,
        size_dependent=True,
        length_dependent=True,
        languages=("English",),
        cost="O(characters of the sample)",
        version=2,
    ),
)
