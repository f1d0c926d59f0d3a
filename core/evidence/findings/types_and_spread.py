"""Cards of the strategies that count types or spread over embeddings, and of those without any rule."""

from __future__ import annotations

from core.evidence.findings import mig_table
from core.evidence.findings.card import Card, Finding
from core.evidence.published import FIGURE_4, PAPER, tables

FEW_SOURCES = Finding(
    stance="against",
    text="For reasoning data, questions of the best one or two sources gave better models than mixtures of up to "
    "sixteen, in each of three domains: an even mixture dilutes the best source.",
    source="OpenThoughts: Data Recipes for Reasoning Models (arXiv 2506.04178)",
)
EVEN_MIXTURES = (
    Finding(
        stance="for",
        text="In 512 runs of 1M parameters, more even mixtures of 17 sources go with a lower mean validation loss "
        "(Spearman −0.83 with the mixture's entropy); in 64 runs of 1B parameters −0.56. It is pre-training.",
        source="computed from RegMix's runs (arXiv 2407.01492), which Compare opens as an example",
    ),
    Finding(
        stance="against",
        text="On web pages alone the same runs say less: Spearman −0.30 at 1M parameters and +0.16 at 1B.",
        source="computed from RegMix's runs (arXiv 2407.01492)",
    ),
)


def _slopes(strategy: str) -> tuple[Finding, ...]:
    """Table 2 of From Macro to Micro: the points from 0 to 100 % of the scale, by component."""
    printed = tables()[2]
    found = []
    for component in ("response", "instruction"):
        values = {
            int(str(row["size"])): float(str(row["value"]))
            for row in printed.rows
            if row["strategy"] == strategy and row["component"] == component
        }
        listed = ", ".join(f"{value:+.2f} at {size:,} rows" for size, value in values.items()).replace("-", "−")
        found.append(
            Finding(
                stance="for" if min(values.values()) > 0 else "against",
                text=f"On the {component}, from 0 to 100 % of its scale: {listed} (points of a pairwise judge, "
                "Llama-2-7B). A slope along the slider, not a comparison with random rows.",
                source=f"{PAPER.split(':')[0]} (arXiv 2505.24768), Table 2",
            )
        )
    return tuple(found)


_length = next(
    r for component, metric, r, _ in FIGURE_4 if component == "response" and metric.startswith("mean length")
)

CARDS: dict[str, Card] = {
    "tagcos": Card(
        findings=(
            Finding(
                stance="for",
                text="5 % of the rows chosen so did better than other unsupervised selectors, and near to all rows.",
                source="TAGCOS (arXiv 2407.15235), abstract",
            ),
        ),
        differs="There gradients of a 7-billion model; here of whatever model you choose, or any vectors.",
    ),
    "macro": Card(findings=_slopes("macro")),
    "meso": Card(
        findings=_slopes("meso"),
        differs="There a language model of 70B parameters wrote the tags; tags found offline are coarser.",
    ),
    "micro": Card(
        findings=(
            *_slopes("micro"),
            Finding(
                stance="against",
                text=f"The mean length of the responses alone goes with the score at r = {_length:.2f}, and this "
                "strategy takes longer rows as the slider rises: part of its slope may be length.",
                source="From Macro to Micro (arXiv 2505.24768), Fig. 4",
            ),
        ),
        differs="The paper's two algorithms are not public; ours are a reconstruction.",
    ),
    "balanced": Card(findings=(FEW_SOURCES,)),
    "source_balanced": Card(findings=(*EVEN_MIXTURES, FEW_SOURCES)),
    "structural": Card(
        findings=(
            Finding(
                stance="for",
                text="Training on rows of diverse structure generalised as well as earlier algorithms or better in 9 "
                "of 10 pairs of data set and split, and used samples better than random rows did.",
                source="Structurally Diverse Sampling (arXiv 2203.08445), abstract",
            ),
        ),
        differs="Tested there on semantic parsing with parse trees, here on instructions with n-grams.",
    ),
    "joined": Card(differs="Ours: the paper names joining levels as future work."),
    "kcenter": Card(
        findings=(
            Finding(
                stance="for",
                text="Of 90 comparisons with random rows at equal size (200 to 1,100 rows, LLaMA-7B, three pools, "
                "three test sets, GPT-4 as judge) k-center was above in 81. Each size grows out of the one before, so "
                "these are not 90 independent results.",
                source="counted from the judge's files of DiverseEvol (arXiv 2311.08182)",
            ),
        ),
        differs="There the rows' vectors came from the model in training, anew in each round.",
    ),
    "facility_location": Card(
        findings=(
            Finding(
                stance="for",
                text="As the measure of diversity in QDIT, more of it improved the instructions followed worst, at "
                "some cost in quality.",
                source="Data Diversity Matters for Robust Instruction Tuning (arXiv 2311.14736), abstract",
            ),
        ),
        differs="Tested there together with a quality score.",
    ),
    "log_det": Card(
        findings=(
            Finding(
                stance="for",
                text="Distance by log-determinant to a maximally diverse set went with how well the trained model "
                "follows instructions.",
                source="Diversity Measurement and Subset Selection (arXiv 2402.02318), abstract",
            ),
        ),
        differs="There on normalised gradients of the weights, here on sentence embeddings.",
    ),
    "novelselect": Card(
        findings=(
            Finding(
                stance="for",
                text="In its authors' runs it outperforms the selectors they compare it with, and its measure "
                "correlates at 0.97 with the tuned models' performance.",
                source="NovelSum (arXiv 2502.17184), abstract",
            ),
            Finding(
                stance="against",
                text="The rows that support it are by its authors; we know of no repetition by others.",
                source="our reading of the literature",
            ),
        ),
        differs="There on vectors of an 8B language model; a small sentence embedder sees other distances.",
    ),
    "repr_filter": Card(
        findings=(
            Finding(
                stance="for",
                text="The part of DEITA that skips similar rows; its authors report it above a random draw when it is "
                "used alone.",
                source="DEITA (arXiv 2312.15685)",
            ),
        )
    ),
    "core_set": Card(
        findings=(
            Finding(
                stance="for",
                text="Models for one task, trained on less than 0.5 % of the data, were 2 % better than those "
                "trained on all data of the task.",
                source="Maybe Only 0.5% Data is Needed (arXiv 2305.09246), abstract",
            ),
            Finding(
                stance="against",
                text="It is a preliminary study of single tasks: nothing is said of a model for everything.",
                source="Maybe Only 0.5% Data is Needed (arXiv 2305.09246)",
            ),
        )
    ),
    "random": Card(
        findings=(
            Finding(
                stance="for",
                text="Where pools have millions of rows, few selectors beat it.",
                source="arXiv 2503.01807 and arXiv 2410.09335, abstracts",
            ),
            Finding(
                stance="against",
                text=f"In MIG's table {mig_table.counted()[1] - mig_table.counted()[0]} of "
                f"{mig_table.counted()[1]} comparisons of a selector with a random draw end above it; half of them "
                "are on Qwen2.5-7B, whose cell of the random draw disagrees with its own row in the paper.",
                source=mig_table.SOURCE,
            ),
        )
    ),
}
