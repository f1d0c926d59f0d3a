"""The table of all scores of rows: what each needs, the command that makes it, its source."""

from __future__ import annotations

from core.commands.needs import ENDPOINT, FILE, MODEL, ROWS, SUBSETS, TRAINING, VECTORS, by_need


def score_table() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Scores of rows, grouped by what they need: group, score, command, source.

    Those of the registries are read there; a job that makes scores of its own has a line here.
    """
    from core.answers import confidence, mastery
    from core.corpus.known_columns import KNOWN
    from core.features import row_kinds
    from core.features.models.cartography import MEASURES
    from core.features.models.scores import SCORES
    from core.workbench.row_scores.registry import ROW_SCORES
    from core.workbench.tasks import self_rating

    rows = [
        (VECTORS if score.reads == "embeddings" else ROWS, score.title, f"score-rows --what {score.name}", score.source)
        for score in ROW_SCORES
    ]
    rows += [(MODEL, score.title, f"score --what {score.name}", score.source) for score in SCORES]
    rows += [
        (TRAINING, f"Cartography: {name.replace('_', ' ')}", "dynamics", source)
        for name, (_, source, _) in MEASURES.items()
    ]
    rows += [(FILE, kind.title, f"columns --as {kind.name}", kind.source) for kind in KNOWN]
    rows += [
        (ROWS, "Tool calls, words of thinking, share of code", "row-kinds", row_kinds.SOURCE),
        (ROWS, "Kinds of memorisation, of two columns", "memorisation", "after arXiv 2406.17746"),
        (VECTORS, "Label difficulty: EL2N, gradient norm of a probe", "difficulty", "after arXiv 2107.07075"),
        (VECTORS, "Whether similarity follows a loss", "follows", "after arXiv 2502.02494"),
        (MODEL, "DaaR: similarity to domains, entropy of a probe", "daar", "DaaR (arXiv 2502.04380)"),
        (MODEL, "Length and variance of a row's gradient (TracIn, VoG)", "model-vectors",
         "arXiv 2002.08484; arXiv 2008.11600"),
        (MODEL, "Influence on the tasks of examples", "influences", "arXiv 2002.08484, arXiv 2402.04333"),
        (ENDPOINT, "Self-rated quality (SelectIT)", "self-rating", self_rating.SOURCE),
        (ENDPOINT, "Mastery, its level, pass rate and its variation", "sample-answers, mastery", mastery.SOURCE),
        (ENDPOINT, "Difficulty from models", "sample-answers, row-difficulty", "item response theory: 1PL, 2PL"),
        (ENDPOINT, "Disagreement of answers, and why", "sample-answers, disagreement",
         "after arXiv 2302.09664; diagnosis: arXiv 2509.04464"),
        (ENDPOINT, "Confidence in a response", "sample-answers, confidence", confidence.SOURCE),
        (TRAINING, "Epochs that a schedule would read a row, its weight", "schedules",
         "arXiv 2505.22342; arXiv 2502.06733, from memory"),
        (FILE, "The measures of a training's log", "cartography", "arXiv 2009.10795"),
        (FILE, "Columns of your own", "columns", ""),
        (SUBSETS, "Weighted scores", "weigh-scores", "after R-Select (OpenDataArena); linear fit ours"),
        (SUBSETS, "Rows that cover the holes of a subset", "holes", "greedy set cover; ours"),
    ]  # fmt: skip
    return ("needs", "score", "command", "source"), by_need([(*row[:2], f"`{row[2]}`", row[3]) for row in rows])
