"""Cards of the strategies that read a score, a category or a user's examples."""

from __future__ import annotations

from core.evidence.findings import mig_table
from core.evidence.findings.card import Card, Finding


def _in_mig(method: str, whose: str = "") -> tuple[Finding, ...]:
    """The rows of MIG's table about ``method``, above and below random."""
    sides = ((True, "for"), (False, "against"))
    return tuple(
        Finding(stance="for" if above else "against", text=f"{whose}{text}", source=mig_table.SOURCE)
        for above, _ in sides
        if (text := mig_table.sentence(method, above=above))
    )


CARDS: dict[str, Card] = {
    "deita": Card(
        findings=(
            Finding(
                stance="for",
                text="Models tuned on 6,000 rows chosen so were as good as, or better than, open models tuned on more "
                "than ten times as many.",
                source="DEITA (arXiv 2312.15685), abstract",
            ),
            *_in_mig("DEITA"),
        ),
        differs="It needs two trained scorers there; without a score column only the similarity decides here.",
    ),
    "instag": Card(
        findings=(
            Finding(
                stance="for",
                text="Models tuned on 6,000 rows chosen so were above open models tuned on far more rows (MT-Bench).",
                source="InsTag (arXiv 2308.07074), abstract",
            ),
            *_in_mig("#InsTag"),
        ),
        differs="There a language model wrote the tags; tags found offline are coarser.",
    ),
    "mig": Card(
        findings=_in_mig("MIG", "The method's own table. "),
        differs="There a language model wrote the tags, a trained scorer gave the quality, and the names of tags made "
        "the graph; here tags found offline, any column of numbers, and the vectors of the tags' rows.",
    ),
    "car": Card(
        findings=(
            Finding(
                stance="for",
                text="1.96 % of Alpaca chosen so gave a model above Alpaca's own, by 32.1 % on average as GPT-4 "
                "judges; a comparison with all rows, not with random ones.",
                source="CaR (arXiv 2402.18191), abstract",
            ),
            *_in_mig("CaR"),
        ),
        differs="There a scorer that agrees with experts; here any column of numbers.",
    ),
    "mods": Card(
        findings=(
            Finding(
                stance="for",
                text="4,000 rows chosen so gave a better model than all 214,000.",
                source="MoDS (arXiv 2311.15653), abstract",
            ),
            Finding(
                stance="against",
                text="The abstract compares with all rows, not with a random draw of 4,000.",
                source="MoDS (arXiv 2311.15653), abstract",
            ),
        ),
        differs="There a third stage adds rows on which the tuned model does badly.",
    ),
    "qdit": Card(
        findings=(
            Finding(
                stance="for",
                text="It improved the worst cases by 18 %, and kept or improved the average, beside choosing by "
                "quality alone.",
                source="Data Diversity Matters for Robust Instruction Tuning (arXiv 2311.14736), abstract",
            ),
            *_in_mig("QDIT"),
            Finding(
                stance="against",
                text="Diversity and quality pull against each other: what one gains, the other loses.",
                source="Data Diversity Matters for Robust Instruction Tuning (arXiv 2311.14736), abstract",
            ),
        )
    ),
    "length": Card(
        findings=(
            Finding(
                stance="for",
                text="The 1,000 longest responses of Alpaca or Evol-Instruct beat LIMA and AlpaGasus consistently, as "
                "GPT-4 and PaLM-2 judge: the baseline to beat.",
                source="Long Is More for Alignment (arXiv 2402.04833), abstract",
            ),
            Finding(
                stance="for",
                text="On two data sets of millions of rows, filtering by token length was stable and efficient, "
                "most of all for weaker base models.",
                source="Rethinking Data Selection at Scale (arXiv 2410.09335), abstract",
            ),
            Finding(
                stance="against",
                text="Other settings of training turn the comparison of LIMA with rows chosen from Alpaca round.",
                source="Call for Rigor in Reporting Quality of Instruction Tuning Data (arXiv 2503.04807), abstract",
            ),
        )
    ),
    "select2reason": Card(
        findings=(
            Finding(
                stance="for",
                text="Tuning on 10 % of OpenR1-Math-220k chosen so was as good as, or better than, all of it on nine "
                "mathematical benchmarks.",
                source="Select2Reason (arXiv 2505.17266), abstract",
            ),
        ),
        differs="There a model judges the difficulty of each question; here any column of numbers. It takes "
        "the longest rows, so compare at equal tokens.",
    ),
    "score": Card(
        findings=(
            Finding(
                stance="for",
                text="For reasoning data, keeping the questions that a language model finds hard, or answers at "
                "length, was better than filters by embedding distance or fastText.",
                source="OpenThoughts: Data Recipes for Reasoning Models (arXiv 2506.04178)",
            ),
            Finding(
                stance="against",
                text="On two data sets of millions of rows nearly all scores that need no outside model hardly beat "
                "a random draw.",
                source="Rethinking Data Selection at Scale (arXiv 2410.09335), abstract",
            ),
            *_in_mig("IFD", "The highest instruction-following difficulty. "),
        ),
        differs="It is as good as its column.",
    ),
    "bids": Card(
        findings=(
            Finding(
                stance="for",
                text="It outperformed other selectors with Llama-3 and Mistral-v0.3 on seven benchmarks; 15 % of the "
                "rows could do better than training on all rows.",
                source="BIDS (arXiv 2501.12147), abstract",
            ),
        ),
        differs="There each column is the influence on one task, from gradients; here any scores.",
    ),
    "composite": Card(differs="Ours, of no paper."),
    "b2nerd": Card(
        findings=(
            Finding(
                stance="for",
                text="Models trained on what it left of 54 data sets were 6.8 to 12.0 F1 points above GPT-4 in naming "
                "entities.",
                source="B2NERD (arXiv 2406.11192), abstract",
            ),
            Finding(
                stance="against",
                text="That gain is of cleaned labels and pruning together, and of one task.",
                source="B2NERD (arXiv 2406.11192), abstract",
            ),
        ),
        differs="The pruning code is not public; ours is a reconstruction.",
    ),
    "daar": Card(
        findings=(
            Finding(
                stance="for",
                text="With Llama-3.1-8B, 8,000 rows most like other domains averaged 38.98, random rows 37.27.",
                source="DaaR (arXiv 2502.04380), contrastive pools",
            ),
            Finding(
                stance="against",
                text="With Qwen2-7B the same rows averaged 51.07, random rows 53.02: the best window depends on the "
                "model.",
                source="DaaR (arXiv 2502.04380), contrastive pools",
            ),
        ),
        differs="There on a language model's layers; without a model's column, here on sentence embeddings.",
    ),
    "tsds": Card(
        findings=(
            Finding(
                stance="for",
                text="Tuning on 1 % of the rows chosen so often beat all rows, and other selectors by 1.5 F1 points "
                "on average.",
                source="TSDS (arXiv 2410.11303), abstract",
            ),
        )
    ),
    "gip": Card(
        findings=(
            Finding(
                stance="for",
                text="Small subsets chosen so matched tuning on all rows, for instructions and for mathematics.",
                source="Greedy Information Projection (arXiv 2603.13790), abstract",
            ),
            Finding(
                stance="against",
                text="The abstract compares with all rows, not with a random draw of the same size.",
                source="Greedy Information Projection (arXiv 2603.13790), abstract",
            ),
        ),
        differs="There the aims may also be judgements of a language model; here example rows, and a ridge.",
    ),
    "rds": Card(
        findings=(
            Finding(
                stance="for",
                text="Choosing up to 2.5 million rows from pools of up to 5.8 million, it stayed above a random draw "
                "where many recent selectors fell below, at less computation than they took.",
                source="Large-Scale Data Selection for Instruction Tuning (arXiv 2503.01807), abstract",
            ),
        ),
        differs="There the vectors are a 7-billion model's hidden states; with another embedder it is a search for "
        "nearest rows.",
    ),
    "less": Card(
        findings=(
            Finding(
                stance="for",
                text="5 % of the rows chosen so often did better on the examples' tasks than all rows.",
                source="LESS (arXiv 2402.04333), abstract",
            ),
            Finding(
                stance="against",
                text="Choosing up to 2.5 million rows, many recent selectors fall below a random draw while they take "
                "more computation, and some get worse as the pool grows.",
                source="Large-Scale Data Selection for Instruction Tuning (arXiv 2503.01807), abstract",
            ),
        ),
        differs="There the adapters are trained first and gradients are divided by Adam's moments; here neither.",
    ),
    "gio": Card(
        findings=(
            Finding(
                stance="for",
                text="Very small training sets chosen so gave excellent results in translation, spelling and images.",
                source="GIO (arXiv 2306.11670), abstract",
            ),
            Finding(
                stance="against",
                text="Instruction tuning is not among the experiments that its abstract names.",
                source="GIO (arXiv 2306.11670), abstract",
            ),
        )
    ),
}
