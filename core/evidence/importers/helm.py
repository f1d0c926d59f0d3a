"""HELM: stats.json of a run (with run_spec.json beside it), and the tables under groups/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from core.evidence.importers.column_words import plain
from core.evidence.importers.numbers import figure
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.run_names import run_name
from core.evidence.importers.sources import Source

NAME = "HELM results"
LOOKS_FOR = "a JSON list of statistics with name, split and mean (HELM's stats.json), or HELM's tables under groups/"
# Figures of quality; HELM also writes dozens of others (tokens, times, log-probabilities).
_QUALITY = (
    "match", "f1", "rouge", "bleu", "accuracy", "acc", "correct", "correctness", "score", "ndcg", "rr", "equiv",
    "equivalent", "pass", "em", "iou", "summac", "bertscore", "win",
)  # fmt: skip


def recognise(source: Source) -> bool:
    return bool(_runs(source)) or bool(_tables(source))


def read(source: Source, options: Options) -> Imported:
    """Read the mean of each unperturbed statistic, of the test split if there is one, or each cell of a table."""
    imported = Imported(importer=NAME, file=source.path)
    runs = _runs(source)
    if runs:
        scores = [score for spec, stats in runs for score in _statistics(source, spec, stats, options, imported)]
    else:
        scores = [score for table in _tables(source) for score in _cells(source, table, options, imported)]
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _runs(source: Source) -> list[tuple[Mapping[str, Any], list[Any]]]:
    """(specification, statistics) of each run in the file: one in stats.json, many in runs.json."""
    entries = source.holds(list) or []
    if entries and all(_is_statistic(entry) for entry in entries[:5]):
        beside = source.beside("run_spec.json")
        return [((beside.holds(dict) if beside else None) or {}, entries)]
    runs = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("stats"), list)]
    return [(_object(run.get("run_spec")), run["stats"]) for run in runs if "run_spec" in run]


def _is_statistic(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("name"), dict) and "name" in entry["name"]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _statistics(
    source: Source, spec: Mapping[str, Any], stats: list[Any], options: Options, imported: Imported
) -> Iterator[ProposedScore]:
    scenario, model = _named(spec, source)
    plain_stats = [entry for entry in stats if _is_statistic(entry) and not entry["name"].get("perturbation")]
    splits = {_split(entry) for entry in plain_stats}
    wanted = {None, "test"} if "test" in splits else {None, "valid"} if "valid" in splits else splits
    for entry in plain_stats:
        name = str(entry["name"]["name"])
        if _split(entry) not in wanted or entry["name"].get("sub_split") or entry.get("count") == 0:
            continue
        try:
            value = figure(entry.get("mean"))
        except ValueError as reason:
            imported.reject(name, f"{scenario}: {reason}")
            continue
        yield _score(source, options, model, scenario, name, value, f"{name}, mean", primary=_is_quality(name))


def _split(entry: Mapping[str, Any]) -> str | None:
    split = entry["name"].get("split")
    return split if split is None else str(split)


def _is_quality(name: str) -> bool:
    words = plain(name).split("_")
    return direction_of(name) != 0 and any(word in _QUALITY for word in words)


def _named(spec: Mapping[str, Any], source: Source) -> tuple[str, str]:
    """(scenario with its settings, model), from the specification, else from the folder's name."""
    name = str(spec.get("name") or PurePosixPath(source.folder).name)
    scenario, _, arguments = name.partition(":")
    pairs = [part for part in arguments.split(",") if part]
    kept = [part for part in pairs if part.partition("=")[0] not in ("model", "model_deployment")]
    inside = next((part.partition("=")[2] for part in pairs if part.startswith("model=")), "")
    model = run_name(str(_object(spec.get("adapter_spec")).get("model") or inside)) or source.run_name
    return (f"{scenario}:{','.join(kept)}" if kept else scenario) or "HELM", model


def _tables(source: Source) -> list[Mapping[str, Any]]:
    document = source.holds(object)
    tables: list[Any] = document if isinstance(document, list) else [document]
    shaped: list[Mapping[str, Any]] = [
        table
        for table in tables
        if isinstance(table, dict) and isinstance(table.get("rows"), list) and isinstance(table.get("header"), list)
    ]
    return shaped if all(isinstance(cell, dict) for table in shaped for cell in table["header"]) else []


def _cells(source: Source, table: Mapping[str, Any], options: Options, imported: Imported) -> Iterator[ProposedScore]:
    header = table["header"]
    for number, row in enumerate(table["rows"], start=1):
        if not isinstance(row, list) or len(row) != len(header) or not all(isinstance(cell, dict) for cell in row):
            imported.reject(f"{table.get('title', '')} row {number}", "not a row of cells")
            continue
        model = str(row[0].get("value", ""))
        for column, cell in zip(header[1:], row[1:]):
            title = str(column.get("value", ""))
            benchmark, mark, measure = title.partition(" - ")
            if not mark:
                benchmark, measure = "HELM", title
            if cell.get("value") in (None, "", "-"):
                continue
            where = f"{table.get('title', '')} row {number}, {title}"
            try:
                value = figure(cell["value"])
            except ValueError as reason:
                imported.reject(where, f"{model}: {reason}")
                continue
            lower = column.get("lower_is_better")
            known = isinstance(lower, bool)
            score = _score(source, options, model, benchmark, measure, value, where, primary=known)
            yield replace(score, direction=-1 if lower else 1) if known else score


def _score(
    source: Source,
    options: Options,
    model: str,
    scenario: str,
    name: str,
    value: float,
    where: str,
    *,
    primary: bool,
) -> ProposedScore:
    return ProposedScore(
        subject=model,
        benchmark=options.benchmark or scenario,
        measure=name,
        value=value,
        direction=direction_of(name),
        unit=options.unit,
        judge=options.judge,
        baseline=options.baseline,
        model=options.model,
        file=source.path,
        field=where,
        primary=primary,
    )
