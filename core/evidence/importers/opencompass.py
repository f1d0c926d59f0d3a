"""OpenCompass: summary/summary_<time>.csv with a column for each model, and results/<model>/<dataset>.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.evidence.importers import result_times
from core.evidence.importers.cells import parse_cell
from core.evidence.importers.column_words import plain
from core.evidence.importers.numbers import figure
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.saved_table import SavedTable, TableRow
from core.evidence.importers.sources import Source

NAME = "OpenCompass results"
LOOKS_FOR = (
    "a CSV with dataset, version, metric and mode, then a column a model, or results/<model>/<dataset>.json beside no "
    "summary (OpenCompass)"
)
_FACTS = ("dataset", "version", "metric", "mode")
_COUNTS = ("total_count", "total", "num_samples")
_PERCENT = ("accuracy", "exact_match", "em", "pass_1", "humaneval_pass_1", "f1", "naive_average", "weighted_average")
_NO_SCORE = ("bp", "sys_len", "ref_len", "type", "details", "error", "total_count")


@dataclass(frozen=True, kw_only=True)
class _Result:
    model: str
    dataset: str
    metric: str
    value: float
    where: str
    settings: str = ""


def recognise(source: Source) -> bool:
    return _is_summary(source) or (_is_result(source) and not is_repeated(source))


def is_repeated(source: Source) -> bool:
    """Whether the file is a result that a summary of the same evaluation repeats, rounded to two digits."""
    if not _is_result(source) or source.tree is None:
        return False
    top = PurePosixPath(source.path).parent.parent.parent
    return any(_is_summary(other) for other in source.tree.by_folder.get(_folder(top / "summary"), ()))


def read(source: Source, options: Options) -> Imported:
    """Read a score for each model, dataset and metric. The time in the file's or folder's name says which is newer."""
    imported = Imported(importer=NAME, file=source.path)
    results = _summary(source, options, imported) if _is_summary(source) else _single(source, imported)
    scores = [
        ProposedScore(
            subject=result.model,
            benchmark=options.benchmark or result.dataset,
            measure=result.metric,
            value=result.value,
            direction=direction_of(result.metric),
            unit=options.unit or ("%" if plain(result.metric) in _PERCENT else ""),
            judge=options.judge,
            baseline=options.baseline,
            model=options.model,
            file=source.path,
            field=result.where,
            made=result_times.time_in(source.path),
            run=repr((result.model, result.settings)),
        )
        for result in results
    ]
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _is_summary(source: Source) -> bool:
    return tuple(plain(name) for name in source.header[:4]) == _FACTS


def _is_result(source: Source) -> bool:
    parts = PurePosixPath(source.path).parts
    if len(parts) < 3 or parts[-3] != "results":
        return False
    document = source.holds(dict) or {}
    return "error" in document or any(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in document.values()
    )


def _folder(path: PurePosixPath) -> str:
    return "" if str(path) == "." else str(path)


def _summary(source: Source, options: Options, imported: Imported) -> Iterator[_Result]:
    table = SavedTable.of(source, options)
    models = {name: column for name, column in table.figures(skip=_FACTS) if name not in _COUNTS}
    evaluated = [row for row in table.rows if not _is_heading(row)]
    # A dataset can occur in several modes (by likelihood, by generation): then the mode distinguishes them.
    often = Counter((row.text("dataset"), row.text("metric")) for row in evaluated)
    for row in evaluated:
        dataset, metric = row.text("dataset"), row.text("metric")
        name = f"{dataset} ({row.text('mode')})" if often[dataset, metric] > 1 else dataset
        for key, model in models.items():
            where = f"line {row.line}, column {model}"
            try:
                value = parse_cell(row.cells.get(key, ""), decimal=table.decimals[key]).value
            except ValueError as reason:
                imported.reject(where, f"{dataset}: {reason}")
                continue
            settings = f"{row.text('version')} {row.text('mode')}"
            yield _Result(model=model, dataset=name, metric=metric, value=value, where=where, settings=settings)


def _is_heading(row: TableRow) -> bool:
    """Whether a row is a heading of the rows below it, or names a dataset that was not evaluated."""
    return row.text("metric") in ("", "-") and row.text("version") in ("", "-")


def _single(source: Source, imported: Imported) -> Iterator[_Result]:
    document: Mapping[str, object] = source.document
    model, dataset = PurePosixPath(source.path).parts[-2], source.stem
    if "error" in document:
        imported.reject("error", f"{model} {dataset}: the evaluation failed: {document['error']}")
    for metric, value in document.items():
        if metric in _NO_SCORE or isinstance(value, (dict, list, str)) or value is None:
            continue
        try:
            yield _Result(model=model, dataset=dataset, metric=metric, value=figure(value), where=metric)
        except ValueError as reason:
            imported.reject(metric, f"{model} {dataset}: {reason}")
