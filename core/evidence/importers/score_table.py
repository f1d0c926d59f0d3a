"""A table of scores, as CSV, TSV, JSON or JSONL: subset and score, optionally benchmark, model, seed and more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.counted import counted
from core.errors import InputError
from core.evidence.importers import roles
from core.evidence.importers.numbers import ParsedNumber, guess_decimal, parse_number, whole_number
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.sources import Source

NAME = "Score table"
LOOKS_FOR = "a CSV, TSV, JSON or JSONL table with a column that names the subset and at least one column of numbers"
SCALES = ("as they are", "times 100", "leave out")
MAX_ROWS = 1_000_000


def recognise(source: Source) -> bool:
    name = source.name.lower()
    if name.endswith((".csv", ".tsv")):
        return len(source.header) > 1
    if name.endswith(".jsonl"):
        return source.head.lstrip().startswith(b"{")
    document = source.holds(object)
    return isinstance(document, (list, dict)) and _is_table(document)


def read(source: Source, options: Options) -> Imported:
    """Read a score for each row and score column. A row with an unusable number is listed with its line and reason."""
    imported = Imported(importer=NAME, file=source.path)
    columns, rows = _table(source, imported)
    imported.columns = tuple(columns)
    if not rows:
        raise InputError(f"{source.path} has a header and no rows.", remedy="Give a file with scores.")
    guessed = roles.guess(columns, [cells for _, cells in rows])
    imported.mapping = {**guessed, **options.mapping}
    roles.check(imported.mapping, columns)
    numbers = {
        column: _numbers(column, [(where, cells[i]) for where, cells in rows], options, imported)
        for i, column in enumerate(columns)
        if imported.mapping[column] == "score"
    }
    for column in numbers:
        if reference := roles.reference_of(column, list(numbers)):
            imported.notices.append(
                f"{column} reads as the mark of the reference ({reference}), not of the dataset: it counts as neither "
                "better nor worse, and is left out unless all measures are asked for."
            )
    scores = [
        score for column in numbers for score in _scores(column, numbers[column], columns, rows, source, imported)
    ]
    sizes = {score.size for score in scores}
    if len(sizes) > 1 and max(Counter(score.about for score in scores).values(), default=1) > 1:
        # Rows with equal names are distinguished by their size.
        scores = [replace(s, subject=f"{s.subject} · {s.size:,}") if s.size else s for s in scores]
    filled = [
        replace(
            score,
            model=options.model or score.model,
            judge=options.judge or score.judge,
            baseline=options.baseline or score.baseline,
            unit=options.unit or score.unit,
            benchmark=options.benchmark or score.benchmark,
        )
        for score in scores
    ]
    settle(filled, repeats=options.repeats, into=imported)
    return imported


def _scores(
    column: str, numbers: Mapping[str, ParsedNumber], columns: list[str], rows: list[tuple[str, list[str]]],
    source: Source, imported: Imported,
) -> Iterator[ProposedScore]:  # fmt: skip
    by_role: dict[str, list[int]] = {}
    for i, name in enumerate(columns):
        by_role.setdefault(imported.mapping[name], []).append(i)
    named = "benchmark" in by_role
    generic = column.lower() in ("score", "value", "result", "performance")
    fractions = _unit(numbers)
    own = not roles.reference_of(column, [name for name in columns if imported.mapping[name] == "score"])
    for where, cells in rows:
        if where not in numbers:
            continue

        def cell(role: str, cells: list[str] = cells) -> str:
            return next((cells[i].strip() for i in by_role.get(role, []) if cells[i].strip()), "")

        parts = [cells[i].strip() for role in ("subset", "detail") for i in by_role.get(role, []) if cells[i].strip()]
        subject = " · ".join(parts) or cell("recipe")
        if not subject:
            imported.reject(where, "the row names no subset")
            continue
        measure = cell("measure") or ("score" if generic or not named else column)
        level, size = _optional(cell("level")), _size(cell("size"))
        yield ProposedScore(
            subject=subject,
            benchmark=cell("benchmark") or (source.stem if generic else column),
            measure=measure,
            value=numbers[where].value,
            direction=direction_of(measure if measure != "score" else column) if own else 0,
            primary=own,
            unit=cell("unit") or fractions,
            stderr=_optional(cell("stderr")),
            n=whole_number(cell("n")),
            judge=cell("judge"),
            baseline=cell("baseline"),
            model=cell("model"),
            seed=whole_number(cell("seed")),
            recipe=cell("recipe"),
            size=size,
            level=level,
            component=next((part for part in parts if part in ("instruction", "response", "both")), ""),
            file=source.path,
            field=f"{where}, column {column}",
        )


def _numbers(
    column: str, cells: list[tuple[str, str]], options: Options, imported: Imported
) -> dict[str, ParsedNumber]:
    """The column's numbers by place; asks the user about mixed decimal marks and fractions among percentages."""
    decimal = options.decimal or guess_decimal(text for _, text in cells)
    if decimal == "mixed":
        imported.ask(
            "decimal", f"{column} mixes decimal points and decimal commas; which one is the decimal mark?", (".", ",")
        )
    values: dict[str, ParsedNumber] = {}
    for where, text in cells:
        try:
            values[where] = parse_number(text, decimal="" if decimal == "mixed" else decimal)
        except ValueError as reason:
            imported.reject(f"{where}, column {column}", str(reason))
    small = {w for w, n in values.items() if 0 < abs(n.value) <= 1 and not n.percent}
    large = {w for w, n in values.items() if abs(n.value) > 10 or n.percent}
    if small and len(large) * 2 > len(values) - len(small):
        if options.scale == "times 100":
            for where in small:
                values[where] = ParsedNumber(values[where].value * 100, True)
        elif options.scale in ("", "leave out"):
            if not options.scale:
                lie, ask = ("lies", "Is it a fraction") if len(small) == 1 else ("lie", "Are they fractions")
                imported.ask(
                    "scale",
                    f"{column}: {len(small):,} of {counted(len(values), 'number')} {lie} between 0 and 1, the others "
                    f"reach {max(values[w].value for w in large):g}. {ask} of one?",
                    SCALES,
                )
            for where in sorted(small):
                text = f"{values.pop(where).value:g}"
                imported.reject(f"{where}, column {column}", f"{text} may be a fraction among percentages")
    return values


def _unit(numbers: Mapping[str, ParsedNumber]) -> str:
    if any(number.percent for number in numbers.values()):
        return "%"
    values = [number.value for number in numbers.values()]
    return "fraction" if values and all(0 <= value <= 1 for value in values) else ""


def _optional(text: str) -> float | None:
    try:
        return parse_number(text).value
    except ValueError:
        return None


def _size(text: str) -> int | None:
    """10000, 10,000 or 10K."""
    times = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return whole_number(text.rstrip("kKmM"), decimal=".", times=times)


def _table(source: Source, imported: Imported) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The columns, and the rows as (place, cells)."""
    name = source.name.lower()
    if name.endswith((".csv", ".tsv")):
        if source.encoding == "cp1252":
            imported.notices.append("The file is not UTF-8; it was read as Windows-1252.")
        rows = source.table()
        columns = [cell.strip() or f"column {i + 1}" for i, cell in enumerate(next(rows)[1])]
        lines: list[tuple[str, list[str]]] = []
        for line, cells in rows:
            if len(cells) != len(columns):
                imported.reject(f"line {line}", f"{len(cells)} cells where the header has {len(columns)}")
            elif len(lines) >= MAX_ROWS:
                imported.reject(f"line {line}", f"more than {MAX_ROWS:,} rows; this and all later ones are left out")
                break
            else:
                lines.append((f"line {line}", cells))
        return columns, lines
    records: list[tuple[str, Any]]
    if name.endswith(".jsonl"):
        records = []
        for line, text in source.lines():
            if text.strip():
                try:
                    records.append((f"line {line}", json.loads(text)))
                except (ValueError, RecursionError) as error:
                    imported.reject(f"line {line}", f"not whole JSON ({error})")
    else:
        records = _records(source.document)
    good = []
    for where, record in records:
        if isinstance(record, Mapping):
            good.append((where, record))
        else:
            imported.reject(where, "not an object")
    columns = list(dict.fromkeys(str(key) for _, record in good for key in record))
    return columns, [(where, [_cell(record.get(column)) for column in columns]) for where, record in good]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def _is_table(document: Any) -> bool:
    if isinstance(document, list):
        return bool(document) and isinstance(document[0], Mapping)
    values = list(document.values())
    if isinstance(document.get("scores"), (list, dict)):
        return True
    return bool(values) and all(
        isinstance(value, (int, float)) or (isinstance(value, Mapping) and not _deep(value)) for value in values
    )


def _deep(record: Mapping[str, Any]) -> bool:
    return any(isinstance(value, (list, dict)) for value in record.values())


def _records(document: Any) -> list[tuple[str, Any]]:
    """A list of objects, {"scores": …}, {subset: number} or {subset: {benchmark: number}} as rows."""
    if isinstance(document, Mapping) and isinstance(document.get("scores"), (list, dict)):
        document = document["scores"]
    if isinstance(document, list):
        return [(f"item {i + 1}", record) for i, record in enumerate(document)]
    return [
        (str(key), {"subset": key, **value} if isinstance(value, Mapping) else {"subset": key, "score": value})
        for key, value in document.items()
    ]
