"""WildBench's score file: one object a model, with its score, adjusted score and marks by category."""

from __future__ import annotations

import math

from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "WildBench scores"
LOOKS_FOR = "a JSON object of models with score, adjusted_score and task_categorized_scores (WildBench)"
MEASURES = ("score", "adjusted_score", "task_macro_score", "adjusted_task_macro_score")


def recognise(source: Source) -> bool:
    document = source.holds(dict)
    first = next(iter(document.values()), None) if document else None
    return isinstance(first, dict) and {"score", "task_macro_score"} <= set(first)


def read(source: Source, options: Options) -> Imported:
    """Four measures a model and one a category; ``total`` is the number of judged tasks."""
    imported = Imported(importer=NAME, file=source.path)
    if not options.judge:
        imported.notices.append("The file does not name its judge; name it, so that two judges never mix.")
    scores = []
    for model, record in source.document.items():
        if not isinstance(record, dict):
            imported.reject(str(model), "not an object of scores")
            continue
        categories = record.get("task_categorized_scores") or {}
        values = {name: (record[name], name) for name in MEASURES if name in record}
        values |= {f"score, {name}": (value, f"task_categorized_scores.{name}") for name, value in categories.items()}
        for measure, (value, path) in values.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                imported.reject(f"{model}.{path}", f"{value!r} is not a number")
                continue
            scores.append(
                ProposedScore(
                    subject=str(model),
                    benchmark=options.benchmark or "WildBench",
                    measure=measure,
                    value=float(value),
                    unit="points of 10",
                    n=int(record["total"]) if isinstance(record.get("total"), int) and measure in MEASURES else None,
                    judge=options.judge,
                    baseline=options.baseline,
                    model=options.model,
                    file=source.path,
                    field=f"{model}.{path}",
                    primary=measure == "score",
                )
            )
    settle(scores, repeats=options.repeats, into=imported)
    return imported
