"""Columns and rows of a score table, in whatever it comes: CSV, Markdown, JSON Lines, or JSON of several shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from core.evidence.importers.cells import bare_text
from core.evidence.importers.column_words import is_benchmark, is_setting
from core.evidence.importers.judgements import records
from core.evidence.importers.numbers import figure_or_none
from core.evidence.importers.proposal import Imported, direction_of, says_quality
from core.evidence.importers.sources import Source

MAX_ROWS = 1_000_000
# Fields that hold the scores of a record, or the records of a document, and add nothing to the names inside.
_WRAPPERS = ("scores", "results", "metrics", "evals", "eval", "benchmarks", "data", "rows", "leaderboard", "runs")
_RUN_NAMES = ("subset", "name", "run", "run_name", "model", "model_name", "dataset")


@dataclass(frozen=True, kw_only=True)
class RecordTable:
    """``rows``: (where, cells as text), as many cells as columns. ``nested``: columns with lists or objects."""

    columns: list[str]
    rows: list[tuple[str, list[str]]]
    nested: frozenset[str] = frozenset()


def is_table(source: Source) -> bool:
    """Whether the file can be read as columns and rows."""
    name = source.name.lower()
    if source.header:
        return len(source.header) > 1
    if name.endswith((".jsonl", ".ndjson")):
        return source.head.lstrip().startswith(b"{")
    document = source.holds(object)
    return bool(_records(document, source)) if isinstance(document, (list, dict)) else False


def table_of(source: Source, imported: Imported) -> RecordTable:
    """The columns and rows; what is no row is listed with its line or place."""
    if source.header:
        return _delimited(source, imported)
    if source.name.lower().endswith((".jsonl", ".ndjson")):
        given = [(f"line {line}", record) for line, record in records(source, imported)]
    else:
        given = []
        for where, record in _records(source.document, source):
            if isinstance(record, Mapping):
                given.append((where, record))
            else:
                imported.reject(where, "not an object")
    flat = [(where, _flat(record)) for where, record in given]
    columns = list(dict.fromkeys(str(key) for _, record in flat for key in record))
    nested = {str(key) for _, record in flat for key, value in record.items() if isinstance(value, (list, dict))}
    rows = [(where, [_cell(record.get(column)) for column in columns]) for where, record in flat]
    return RecordTable(columns=columns, rows=rows, nested=frozenset(nested))


def _delimited(source: Source, imported: Imported) -> RecordTable:
    lines = source.table()
    header = [bare_text(cell) for cell in next(lines)[1]]
    first = next(lines, None)
    if first is not None and len({*header}) < len(header) and _names_columns(first[1]):
        header = [f"{above} {bare_text(cell)}".strip() for above, cell in zip(header, first[1])]
        imported.notices.append(f"The names of columns are read from two lines, such as {header[-1]}.")
        first = None
    columns: list[str] = []
    for place, name in enumerate(header, start=1):
        if name in columns:
            imported.notices.append(f"The header names {name} more than once; a later one is called {name} ({place}).")
        columns.append(f"{name or 'column'} ({place})" if name in columns else name or f"column {place}")
    rows: list[tuple[str, list[str]]] = []
    for line, cells in chain([first] if first else [], lines):
        while len(cells) > len(columns) and not cells[-1].strip():
            cells = cells[:-1]  # a mark at the end of the line
        if len(cells) != len(columns):
            imported.reject(f"line {line}", f"{len(cells)} cells where the header has {len(columns)}")
        elif len(rows) >= MAX_ROWS:
            imported.reject(f"line {line}", f"more than {MAX_ROWS:,} rows; this and all later ones are left out")
            break
        else:
            rows.append((f"line {line}", cells))
    return RecordTable(columns=columns, rows=rows)


def _names_columns(cells: list[str]) -> bool:
    """Whether a row below the header names columns too: words, and neither a number nor an empty cell but the first."""
    return len(cells) > 1 and all(cell.strip() and not any(char.isdigit() for char in cell) for cell in cells[1:])


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with the numbers of its inner objects beside it: {"name": …, "scores": {"mmlu": 54}}."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value and all(not isinstance(part, (dict, list)) for part in value.values()):
            prefix = "" if str(key).lower() in _WRAPPERS else f"{key}/"
            flat.update({f"{prefix}{name}": part for name, part in value.items() if f"{prefix}{name}" not in record})
        else:
            flat[str(key)] = value
    return flat


def _cell(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def _records(document: Any, source: Source) -> list[tuple[str, Any]]:
    """The rows of a document with where they stand; [] where it has the shape of no table.

    A list of objects, such a list in a wrapper, {subset: number}, {subset: {benchmark: number}}, or the figures of one
    run, {benchmark: number}, which is called like its folder.
    """
    if isinstance(document, Mapping):
        inner = next((document[key] for key in _WRAPPERS if isinstance(document.get(key), (list, dict))), None)
        if inner is not None and not any(figure_or_none(value) is not None for value in document.values()):
            return _named(_records(inner, source), document) or _runs(document, source)
        return _runs(document, source)
    if isinstance(document, list) and document and isinstance(document[0], Mapping):
        return [(f"item {place}", record) for place, record in enumerate(document, start=1)]
    return []


def _named(records: list[tuple[str, Any]], wrapper: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The records of a wrapper that names their run: {"model": "a", "results": [{"task": …, "value": …}]}."""
    beside = {key: wrapper[key] for key in _RUN_NAMES if isinstance(wrapper.get(key), str) and wrapper[key]}
    return [(where, {**beside, **record} if isinstance(record, Mapping) else record) for where, record in records]


def _runs(document: Mapping[str, Any], source: Source) -> list[tuple[str, Any]]:
    numbers = [key for key, value in document.items() if isinstance(value, float) or figure_or_none(value) is not None]
    blocks = [key for key, value in document.items() if isinstance(value, Mapping)]
    if not document or len(numbers) + len(blocks) < len(document):
        words = [key for key, value in document.items() if isinstance(value, str) or value is None]
        if len(numbers) + len(words) < len(document) or not _of_one_run(numbers):
            return []
        return [(source.stem, _called(document, source))]
    if blocks:
        deep = any(not _is_flat(value) for key in blocks for value in document[key].values())
        if deep or not all(document[key] for key in blocks):
            return []
        rows = [(key, {"subset": key, **document[key]}) for key in blocks]
        return rows + [(key, {"subset": key, "score": document[key]}) for key in numbers]
    if _of_one_run(numbers):
        return [(source.stem, _called(document, source))]
    return [(key, {"subset": key, "score": document[key]}) for key in numbers]


def _is_flat(value: object) -> bool:
    """Whether a value is no list, and holds neither lists nor objects."""
    inner = value.values() if isinstance(value, dict) else [value]
    return not any(isinstance(part, (list, dict)) for part in inner)


def _called(document: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """The figures of one run with its name: its own where it has one, else that of its folder."""
    named = any(isinstance(document.get(key), str) and document[key] for key in _RUN_NAMES)
    return {**({} if named else {"subset": source.run_name}), **document}


def _of_one_run(names: list[str]) -> bool:
    """Whether the names of an object's numbers are those of benchmarks, measures and settings, not of subsets."""
    known = [
        name
        for name in names
        if says_quality(name) or direction_of(name) == 0 or is_setting(name) or is_benchmark(name)
    ]
    return len(known) * 2 > len(names)
