"""MLflow's tables of runs: the CSV that its page downloads, and mlflow.search_runs() saved as CSV."""

from __future__ import annotations

from collections import Counter

from core.evidence.importers.column_words import is_setting, plain
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.run_state import state_of, unfinished
from core.evidence.importers.saved_table import SavedTable, TableRow
from core.evidence.importers.sources import Source

NAME = "MLflow table"
LOOKS_FOR = (
    "a CSV with Run ID, Name, Start Time and Status, or with run_id and columns called metrics.… (MLflow's table of "
    "runs)"
)
_PAGE = {"run_id", "name", "status"}
_FACTS = (
    "start_time", "end_time", "duration", "run_id", "run_name", "name", "source_type", "source_name", "source", "user",
    "status", "experiment_id", "experiment_name", "artifact_uri", "version", "git_commit", "models", "dataset",
    "created", "lifecycle_stage",
)  # fmt: skip


def recognise(source: Source) -> bool:
    names = {plain(name) for name in source.header}
    searched = "run_id" in names and any(name.startswith("metrics.") for name in source.header)
    return searched or (names >= _PAGE and bool(names & {"start_time", "created", "duration", "source_type"}))


def read(source: Source, options: Options) -> Imported:
    """Read a score for each run and metric, not for parameters and tags. Unfinished runs are not offered first.

    The page's CSV does not say which columns are metrics: a column of numbers is, unless it has the name of a setting.
    """
    imported = Imported(importer=NAME, file=source.path)
    table = SavedTable.of(source, options)
    searched = any(column.startswith("metrics.") for column in table.columns.values())
    rows = [row for row in table.rows if row.text("lifecycle_stage").lower() != "deleted"]
    if len(rows) < len(table.rows):
        imported.notices.append(f"{len(table.rows) - len(rows)} deleted runs are left out.")
    finished = Counter(_name(row) for row in rows if not unfinished(state_of(row.text("status"))))
    scores = []
    for row in rows:
        name, number, state = _name(row), row.text("run_id"), state_of(row.text("status"))
        plain_name = finished[name] == (0 if unfinished(state) else 1)
        subject = name if plain_name or not number or name == number else f"{name} ({number[:8]})"
        if unfinished(state):
            imported.notices.append(f"The run {subject} (line {row.line}) is {state}: its figures are not final.")
        for key, column in table.figures(skip=_FACTS):
            measure = column.removeprefix("metrics.")
            if (searched and measure == column) or (not searched and is_setting(column)) or not row.cells.get(key):
                continue
            try:
                value = table.cell(row, key).value
            except ValueError as reason:
                if searched:
                    imported.reject(f"line {row.line}, column {column}", f"{subject}: {reason}")
                continue  # a tag or a parameter that is a word
            benchmark, _, last = measure.rpartition("/")
            scores.append(
                ProposedScore(
                    subject=subject,
                    benchmark=options.benchmark or benchmark or "MLflow",
                    measure=last,
                    value=value,
                    direction=direction_of(last),
                    unit=options.unit,
                    judge=options.judge,
                    baseline=options.baseline,
                    model=options.model or row.text("params_model", "params_model_name_or_path", "model"),
                    seed=table.count(row, "params_seed", "seed"),
                    file=source.path,
                    field=f"line {row.line}, column {column}",
                    primary=direction_of(last) != 0 and not unfinished(state),
                )
            )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _name(row: TableRow) -> str:
    return row.text("tags_mlflow_runname", "name", "run_name", "run_id")
