"""OLMES (oe-eval) metrics.json: tasks with their metrics, one of them primary, and the model's configuration."""

from __future__ import annotations

from core.evidence.importers.numbers import figure, figure_or_none, whole_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.sources import Source

NAME = "OLMES metrics"
LOOKS_FOR = 'a JSON object with "tasks", each with "alias" and "metrics" (OLMES metrics.json)'
_ERRORS = {"win_rate": "standard_error", "length_controlled_winrate": "lc_standard_error"}
_PERCENT = ("win_rate", "winrate")


def recognise(source: Source) -> bool:
    document = source.holds(dict)
    tasks = document.get("tasks") if document else None
    return isinstance(tasks, list) and bool(tasks) and isinstance(tasks[0], dict) and "metrics" in tasks[0]


def read(source: Source, options: Options) -> Imported:
    """Read a score for each task and metric; ``primary_score`` is left out, because it repeats another metric."""
    imported = Imported(importer=NAME, file=source.path)
    document = source.document
    configuration = document.get("model_config")
    named = configuration.get("model") if isinstance(configuration, dict) else ""
    subject = str(named or source.stem)
    scores = []
    for position, task in enumerate(document["tasks"]):
        if not isinstance(task, dict) or not isinstance(task.get("metrics"), dict):
            imported.reject(f"tasks[{position}]", "not a task with metrics")
            continue
        settings = task["task_config"] if isinstance(task.get("task_config"), dict) else {}
        metrics, primary = task["metrics"], str(settings.get("primary_metric"))
        name = str(task.get("alias") or settings.get("task_name") or f"task {position}")
        for measure, value in metrics.items():
            where = f"tasks[{position}].metrics.{measure}"
            if measure in ("standard_error", "lc_standard_error") or measure.endswith("_stderr"):
                continue
            if measure == "primary_score" and primary in metrics:
                continue
            if isinstance(value, dict):
                continue  # breakdowns repeat the figures below their own keys
            try:
                number = figure(value)
            except ValueError as reason:
                imported.reject(where, f"{name}: {reason}")
                continue
            scores.append(
                ProposedScore(
                    subject=subject,
                    benchmark=options.benchmark or name,
                    measure=measure,
                    value=number,
                    direction=direction_of(measure),
                    unit=options.unit or ("%" if any(part in measure for part in _PERCENT) else ""),
                    stderr=figure_or_none(metrics.get(_ERRORS.get(measure, f"{measure}_stderr"))),
                    n=whole_or_none(task.get("num_instances")),
                    judge=options.judge,
                    baseline=options.baseline,
                    model=options.model,
                    file=source.path,
                    field=where,
                    primary=measure in (primary, "primary_score"),
                )
            )
    settle(scores, repeats=options.repeats, into=imported)
    return imported
