"""lm-evaluation-harness results_*.json: tasks and groups with keys such as "acc,none" and "acc_stderr,none"."""

from __future__ import annotations

import math
import re
from typing import Any

from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.sources import Source

NAME = "lm-evaluation-harness results"
LOOKS_FOR = 'a JSON object with "results" and "configs" or "versions" (lm-evaluation-harness results_*.json)'


def recognise(source: Source) -> bool:
    document = source.holds(dict)
    return (
        bool(document) and isinstance(document.get("results"), dict) and bool({"configs", "versions"} & set(document))
    )


def read(source: Source, options: Options) -> Imported:
    """One score a task, measure and filter; groups count as tasks of their own, listed once.

    Values stand in the unit of the harness (accuracies are fractions). Direction comes from ``higher_is_better``.
    """
    imported = Imported(importer=NAME, file=source.path)
    document = source.document
    subject = _model(document) or re.sub(r"^results_?", "", source.stem) or source.run_name
    # A group stands under "groups" and, in most versions, under "results" too.
    blocks = {**(document.get("groups") or {}), **document["results"]}
    groups = set(document.get("groups") or {}) | {
        g for g, tasks in (document.get("group_subtasks") or {}).items() if tasks
    }
    scores = []
    for task, block in blocks.items():
        if not isinstance(block, dict):
            imported.reject(f"results.{task}", "not an object of measures")
            continue
        alias = str(block.get("alias", task)).lstrip(" -") or task
        better = (document.get("higher_is_better") or {}).get(task) or {}
        for key, value in block.items():
            measure, _, which = key.partition(",")
            if measure in ("alias", "name", "sample_len") or measure.endswith("_stderr"):
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                if value not in (None, " ", "", "N/A"):
                    imported.reject(f"results.{task}.{key}", f"{value!r} is not a number")
                continue
            if not math.isfinite(value):
                imported.reject(f"results.{task}.{key}", f"{subject}: the value is {value}")
                continue
            higher = better.get(measure)
            name = measure if which in ("", "none") else f"{measure} ({which})"
            scores.append(
                ProposedScore(
                    subject=subject,
                    benchmark=options.benchmark or alias,
                    measure=name,
                    value=float(value),
                    direction=direction_of(measure) if higher is None else (1 if higher else -1),
                    unit=options.unit or ("fraction" if 0 <= value <= 1 and direction_of(measure) == 1 else ""),
                    stderr=_stderr(block, measure, which),
                    n=_count(document, task),
                    judge=options.judge,
                    baseline=options.baseline,
                    model=options.model,
                    file=source.path,
                    field=f"{'groups' if task in groups else 'results'}.{task}.{key}",
                )
            )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _model(document: dict[str, Any]) -> str:
    """The last part of the model's path or hub id."""
    config = document.get("config") if isinstance(document.get("config"), dict) else {}
    arguments = config.get("model_args") if config else ""
    if isinstance(arguments, dict):
        name = str(arguments.get("pretrained", ""))
    else:
        match = re.search(r"(?:^|,)pretrained=([^,]+)", str(arguments or ""))
        name = match.group(1) if match else ""
    name = name or str(document.get("model_name") or "")
    return name.rstrip("/").rsplit("/", 1)[-1]


def _stderr(block: dict[str, Any], measure: str, which: str) -> float | None:
    value = block.get(f"{measure}_stderr,{which}" if which else f"{measure}_stderr")
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _count(document: dict[str, Any], task: str) -> int | None:
    """Documents judged: of the task, or of all tasks of a group."""
    counts = document.get("n-samples") or {}
    tasks = [task] if task in counts else (document.get("group_subtasks") or {}).get(task) or []
    effective = [counts[name].get("effective") for name in tasks if isinstance(counts.get(name), dict)]
    whole = len(effective) == len(tasks) and all(isinstance(count, int) for count in effective)
    return sum(effective) if effective and whole else None
