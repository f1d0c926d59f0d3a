"""What files would add, in words and in a table; pages and commands say the same."""

from __future__ import annotations

from core.component_words import component_phrase
from core.counted import counted
from core.features.embedders import embedder_title
from core.workbench.inspections.adds import Adds, MetricGain


def lines_of(adds: Adds) -> list[str]:
    """A sentence for each part: rows, types, clusters, novelty."""
    counts = adds.counts
    lines = [
        f"{counted(counts['read'], 'row')} read: {counts['new']:,} new, {counts['again']:,} in the corpus already, "
        f"{counts['inside']:,} twice in the files; {counted(counts['rejected'], 'record')} rejected."
    ]
    if not counts["new"]:
        return lines
    lines.append(
        f"Of the new rows, {counts['alike']:,} differ from a row of the corpus in case, punctuation or spaces only; "
        f"{counts['other_answer']:,} have its question with another answer; {counts['near']:,} are near-copies of rows "
        f"there ({component_phrase(adds.component)}, by words in common); {counts['held_out']:,} would be held out."
    )
    if types := adds.types:
        beyond = "" if types.beyond_subset is None else f", {types.beyond_subset:,} of them not in the subset"
        lines.append(
            f"Token types: {types.unseen:,} that the corpus lacks; {types.enter:,} enter the mid band, {types.leave:,} "
            f"leave it. The new rows hold {types.carried:,} of its {types.mid_before:,} mid-band types{beyond}."
        )
        if types.examples:
            lines.append(f"Entering: {' '.join(types.examples)}")
    if places := adds.places:
        share = places.outside / max(places.inside + places.outside, 1)
        lines.append(
            f"Clusters ({places.kind}): {places.inside:,} new rows are in {places.reached:,} of {places.clusters:,}; "
            f"{places.outside:,} ({share:.0%}) lie outside every one; of the corpus's own rows 5% do."
        )
    if novelty := adds.novelty:
        says = "above" if novelty.mean > novelty.high else "below" if novelty.mean < novelty.low else "within"
        embedder = embedder_title(adds.embedder) if adds.embedder else "the default embedder"
        lines.append(
            f"Novelty against {novelty.reference}: mean cosine distance {novelty.mean:.3f} to the nearest row, {says} "
            f"the {novelty.low:.3f}–{novelty.high:.3f} of as many random rows of the corpus; {novelty.beyond:.0%} are "
            f"farther than 95% of those. Vectors: {embedder}."
        )
    return lines


def gain_table(adds: Adds) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and cells: each instant metric of random rows before and after, and of new rows beside as many old ones."""
    head = (
        "metric", f"corpus, {adds.size:,} rows", "with the new rows", "gain", "says",
        f"new rows alone, {adds.alone_size:,}", "corpus, as many",
    )  # fmt: skip
    return head, [
        (
            gain.title,
            _band(gain.before),
            _band(gain.after),
            "—" if gain.gain is None else f"{gain.gain:+.3g}",
            gain.undefined or verdict(gain),
            _band(gain.alone),
            _band(gain.beside_alone),
        )
        for gain in adds.metrics
    ]


def verdict(gain: MetricGain) -> str:
    """Whether the mean over random rows moves out of the band that they had, and in which direction."""
    if gain.gain is None or gain.before is None or gain.after is None:
        return ""
    mean, low, high = gain.before
    if low <= gain.after[0] <= high:
        return "within chance"
    if not gain.direction:
        return "changes"
    return "more diverse" if (gain.after[0] - mean) * gain.direction > 0 else "less diverse"


def _band(span: tuple[float, float, float] | None) -> str:
    return "—" if span is None else f"{span[0]:.4g} ({span[1]:.4g}–{span[2]:.4g})"
