"""Weights & Biases CSV exports: the runs table, a table of items, and the history of one or several runs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from core.evidence.importers.numbers import parse_number
from core.evidence.importers.proposal import Imported, Options, ProposedScore, curve, direction_of, settle
from core.evidence.importers.sources import Source

NAME = "W&B export"
LOOKS_FOR = (
    "a CSV with Name and State or Created (W&B runs table), with id and name on every item (a W&B table), "
    "or with a step column and numbers (W&B history)"
)
_STEPS = ("step", "_step", "global_step", "train/global_step", "trainer/global_step")
_RUN_FACTS = {"name", "state", "notes", "user", "tags", "created", "runtime", "sweep", "id", "end time", "hostname",
              "updated", "start time", "github", "report"}  # fmt: skip


def recognise(source: Source) -> bool:
    return bool(_form(source))


def _form(source: Source) -> str:
    header = source.header
    lower = [name.lower() for name in header]
    if "Name" in header and {"state", "created", "runtime", "sweep"} & set(lower):
        return "runs"
    if {"id", "name"} <= set(header) and len(header) > 2 and any("index" in name or "row" in name for name in lower):
        return "items"
    return "history" if lower and lower[0] in _STEPS else ""


def read(source: Source, options: Options) -> Imported:
    """Runs table: the summary numbers of each run. Items: their mean by run. History: each run's last value, curves."""
    imported = Imported(importer=NAME, file=source.path)
    form = _form(source)
    scores = {"runs": _runs, "items": _items, "history": _history}[form](source, options, imported)
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _number(text: str, options: Options) -> float:
    return parse_number(text, decimal=options.decimal or ".").value


def _score(
    source: Source, options: Options, *, subject: str, measure: str, value: float, field: str,
    stderr: float | None = None,
    n: int | None = None, seed: int | None = None, model: str = "", unit: str = "", primary: bool = True,
) -> ProposedScore:  # fmt: skip
    benchmark, _, name = measure.rpartition("/")
    return ProposedScore(
        subject=subject, benchmark=options.benchmark or benchmark or source.stem, measure=name, value=value,
        direction=direction_of(name), unit=options.unit or unit, stderr=stderr, n=n, judge=options.judge, seed=seed,
        baseline=options.baseline, model=options.model or model, file=source.path, field=field, primary=primary,
    )  # fmt: skip


def _runs(source: Source, options: Options, imported: Imported) -> list[ProposedScore]:
    rows = source.table()
    header = [cell.strip() for cell in next(rows)[1]]
    scores = []
    for line, row in rows:
        cells = dict(zip(header, (cell.strip() for cell in row)))
        seed = next((cells[name] for name in header if name.lower() in ("seed", "training_seed")), "")
        model = next(
            (cells[name] for name in header if name.lower() in ("model", "base_model", "model_name_or_path")), ""
        )
        for name, text in cells.items():
            if name.lower() in _RUN_FACTS or name.lower() in ("seed", "training_seed") or not text:
                continue
            try:
                value = _number(text, options)
            except ValueError as reason:
                if text.lower() in ("nan", "infinity", "-infinity", "inf"):
                    imported.reject(f"line {line}, column {name}", f"{cells['Name']}: {reason}")
                continue  # a setting that is a word, not a figure
            scores.append(
                _score(
                    source, options, subject=cells["Name"], measure=name, value=value,
                    field=f"line {line}, column {name}", model=model,
                    seed=int(seed) if seed.lstrip("-").isdigit() else None,
                    # Settings and figures share the table; figures are grouped under eval/, test/ and the like.
                    primary="/" in name and direction_of(name) != 0,
                )
            )  # fmt: skip
    return scores


def _items(source: Source, options: Options, imported: Imported) -> list[ProposedScore]:
    rows = source.table()
    header = [cell.strip() for cell in next(rows)[1]]
    skip = {name for name in header if name in ("id", "name") or "index" in name.lower() or "row" in name.lower()}
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for line, row in rows:
        cells = dict(zip(header, (cell.strip() for cell in row)))
        for name in header:
            if name in skip:
                continue
            try:
                values[cells["name"], cells["id"], name].append(_number(cells.get(name, ""), options))
            except ValueError as reason:
                imported.reject(f"line {line}, column {name}", f"{cells.get('name', '')}: {reason}")
    # Several runs can bear one name; then the run's id tells them apart.
    runs = {key[:2] for key in values}
    names = [name for name, _ in runs]
    scores = []
    for (name, run, measure), item_marks in values.items():
        marks = np.array(item_marks)
        scores.append(
            _score(
                source, options, subject=name if names.count(name) == 1 else f"{name} ({run})", measure=measure,
                value=float(marks.mean()), n=len(marks), field=f"mean of {measure} over {len(marks)} rows of run {run}",
                stderr=float(marks.std(ddof=1) / np.sqrt(len(marks))) if len(marks) > 1 else None,
                unit="fraction" if marks.min() >= 0 and marks.max() <= 1 else "",
            )
        )  # fmt: skip
    return scores


def _history(source: Source, options: Options, imported: Imported) -> list[ProposedScore]:
    rows = source.table()
    header = [cell.strip() for cell in next(rows)[1]]
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line, row in rows:
        cells = dict(zip(header, (cell.strip() for cell in row)))
        try:
            step = _number(cells[header[0]], options)
        except ValueError as reason:
            imported.reject(f"line {line}, column {header[0]}", str(reason))
            continue
        for name in header[1:]:
            # W&B writes the spread of grouped runs beside each column; an empty cell is a step not logged.
            if name.endswith(("__MIN", "__MAX", "__step", "- _step")) or not cells.get(name):
                continue
            try:
                points[name].append((step, _number(cells[name], options)))
            except ValueError as reason:
                imported.reject(f"line {line}, column {name}", f"step {step:g}: {reason}")
    scores = []
    for name, pairs in points.items():
        run, _, measure = name.rpartition(" - ")
        subject = run or source.stem
        imported.curves.append(curve(subject=subject, measure=measure, points=pairs, file=source.path, field=name))
        scores.append(
            _score(
                source, options, subject=subject, measure=measure, value=pairs[-1][1],
                field=f"column {name} at step {pairs[-1][0]:g}", primary=direction_of(measure) != 0,
            )
        )  # fmt: skip
    if scores:
        imported.notices.append("A history: the score is each column's last value; its curve is kept beside it.")
    return scores
