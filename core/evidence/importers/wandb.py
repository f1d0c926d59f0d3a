"""Weights & Biases CSV exports: the runs table, a table of items, and the history of one or several runs."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from core.evidence.importers.column_words import plain
from core.evidence.importers.proposal import (
    Imported,
    Options,
    ProposedScore,
    as_resumed,
    curve,
    direction_of,
    settle,
)
from core.evidence.importers.run_state import state_of, unfinished
from core.evidence.importers.saved_table import SavedTable
from core.evidence.importers.sources import Source

NAME = "W&B export"
LOOKS_FOR = (
    "a CSV with Name and State or Created (W&B runs table), with id and name on every item (a W&B table), "
    "or with a step column and numbers (W&B history)"
)
_STEPS = ("step", "_step", "global_step", "train/global_step", "trainer/global_step")
_RUN_FACTS = {"name", "state", "notes", "user", "tags", "created", "runtime", "sweep", "id", "end_time", "hostname",
              "updated", "start_time", "github", "report"}  # fmt: skip


def recognise(source: Source) -> bool:
    return bool(_form(source))


def _form(source: Source) -> str:
    header = source.header
    lower = [name.lower() for name in header]
    if "Name" in header and {"state", "created", "runtime", "sweep"} & set(lower):
        return "runs"
    if {"id", "name"} <= set(header) and len(header) > 2 and any(_numbers_items(plain(name)) for name in header):
        return "items"
    return "history" if lower and lower[0] in _STEPS else ""


def _numbers_items(key: str) -> bool:
    """Whether a column's plain name is like dataset_index or row."""
    return bool({"index", "row"} & {*key.split("_")})


def read(source: Source, options: Options) -> Imported:
    """Read a runs table (each run's summary numbers), items (their mean by run) or a history (last values, curves)."""
    imported = Imported(importer=NAME, file=source.path)
    form = _form(source)
    scores = {"runs": _runs, "items": _items, "history": _history}[form](source, options, imported)
    settle(scores, repeats=options.repeats, into=imported)
    return imported


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
    table = SavedTable.of(source, options)
    scores = []
    # A finished run comes before a crashed run of the same name.
    for row in sorted(table.rows, key=lambda row: unfinished(state_of(row.text("state")))):
        name, state = row.text("name"), state_of(row.text("state"))
        if unfinished(state):
            imported.notices.append(
                f"The run {name} (line {row.line}) is {state}: its figures stop in the middle of the training."
            )
        for key, column in table.figures(skip=(*_RUN_FACTS, "seed", "training_seed")):
            text = row.cells.get(key, "")
            if not text:
                continue
            try:
                value = table.cell(row, key).value
            except ValueError as reason:
                if text.lower() in ("nan", "infinity", "-infinity", "inf"):
                    imported.reject(f"line {row.line}, column {column}", f"{name}: {reason}")
                continue  # a setting, not a figure
            scores.append(
                _score(
                    source, options, subject=name, measure=column, value=value,
                    field=f"line {row.line}, column {column}",
                    model=row.text("model", "base_model", "model_name_or_path"),
                    seed=table.count(row, "seed", "training_seed"),
                    # Settings and figures share the table; figures are grouped under eval/, test/ and the like.
                    primary="/" in column and direction_of(column) != 0 and not unfinished(state),
                )
            )  # fmt: skip
    return scores


def _items(source: Source, options: Options, imported: Imported) -> list[ProposedScore]:
    table = SavedTable.of(source, options)
    skip = {key for key in table.columns if _numbers_items(key)}
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in table.rows:
        for key, column in table.figures(skip={"id", "name", *skip}):
            try:
                value = table.cell(row, key).value
            except ValueError as reason:
                imported.reject(f"line {row.line}, column {column}", f"{row.text('name')}: {reason}")
            else:
                values[row.text("name"), row.text("id"), column].append(value)
    # Several runs can have the same name; then the run's id distinguishes them.
    runs = {key[:2] for key in values}
    names = Counter(name for name, _ in runs)
    scores = []
    for (name, run, measure), item_marks in values.items():
        marks = np.array(item_marks)
        scores.append(
            _score(
                source, options, subject=name if names[name] == 1 else f"{name} ({run})", measure=measure,
                value=float(marks.mean()), n=len(marks), field=f"mean of {measure} over {len(marks)} rows of run {run}",
                stderr=float(marks.std(ddof=1) / np.sqrt(len(marks))) if len(marks) > 1 else None,
                unit="fraction" if marks.min() >= 0 and marks.max() <= 1 else "",
            )
        )  # fmt: skip
    return scores


def _history(source: Source, options: Options, imported: Imported) -> list[ProposedScore]:
    table = SavedTable.of(source, options)
    stepped, step_column = next(iter(table.columns.items()))
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in table.rows:
        try:
            step = table.cell(row, stepped).value
        except ValueError as reason:
            imported.reject(f"line {row.line}, column {step_column}", str(reason))
            continue
        for key, column in table.figures(skip=(stepped,)):
            # W&B writes the spread of grouped runs beside each column; an empty cell means that nothing was logged.
            if column.endswith(("__MIN", "__MAX", "__step", "- _step")) or not row.cells.get(key):
                continue
            try:
                value = table.cell(row, key).value
            except ValueError as reason:
                imported.reject(f"line {row.line}, column {column}", f"step {step:g}: {reason}")
            else:
                points[column].append((step, value))
    scores = []
    for name, pairs in points.items():
        run, _, measure = name.rpartition(" - ")
        subject = run or source.stem
        imported.curves.append(curve(subject=subject, measure=measure, points=pairs, file=source.path, field=name))
        step, last = as_resumed(pairs)[-1]
        scores.append(
            _score(
                source, options, subject=subject, measure=measure, value=last,
                field=f"column {name} at step {step:g}", primary=direction_of(measure) != 0,
            )
        )  # fmt: skip
    if scores:
        imported.notices.append("A history: the score is each column's last value; its curve is kept beside it.")
    return scores
