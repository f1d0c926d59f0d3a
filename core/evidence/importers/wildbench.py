"""WildBench's score file: an object for each model, with its score, adjusted score and marks by category."""

from __future__ import annotations

from core.evidence.importers.numbers import figure, whole_or_none
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
    """Read four measures for each model and one for each category; ``total`` is the number of judged tasks."""
    imported = Imported(importer=NAME, file=source.path)
    if not options.judge:
        imported.notices.append("The file does not name its judge; name it, so that two judges never mix.")
    scores = []
    for model, record in source.document.items():
        if not isinstance(record, dict):
            imported.reject(str(model), "not an object of scores")
            continue
        given = record.get("task_categorized_scores")
        categories = given if isinstance(given, dict) else {}
        values = {name: (record[name], name) for name in MEASURES if name in record}
        values |= {f"score, {name}": (value, f"task_categorized_scores.{name}") for name, value in categories.items()}
        for measure, (value, path) in values.items():
            try:
                number = figure(value)
            except ValueError as reason:
                imported.reject(f"{model}.{path}", str(reason))
                continue
            scores.append(
                ProposedScore(
                    subject=str(model),
                    benchmark=options.benchmark or "WildBench",
                    measure=measure,
                    value=number,
                    unit="points of 10",
                    n=whole_or_none(record.get("total")) if measure in MEASURES else None,
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
