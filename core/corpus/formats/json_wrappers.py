"""One JSON object that holds a corpus: a list under a name, columns as lists, columns by row number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.corpus.formats.conversations import CHAT_KEYS, GEMINI_KEYS, SHAREGPT_KEYS
from core.corpus.formats.record import always
from core.corpus.formats.shapes import shape_of
from core.corpus.formats.turns import SPEAKERS
from core.counted import counted

# An object with one of these is a record itself, whatever lists it holds.
RECORD_KEYS = {
    "conversations", "conversation", "dialog", "dialogue", "turns", "messages", "instruction", "prompt", "instances",
}  # fmt: skip
COLUMN_NAMES = RECORD_KEYS | {
    "input", "output", "response", "completion", "question", "query", "answer", "system", "text", "chosen", "rejected",
}  # fmt: skip
LIST_NAMES = {"data", "rows", "records", "items", "examples", "samples", "instances", "train", "test", "validation"}
LOOKED_AT = 20  # rows from which a table is recognised
Rows = tuple[list[Any], list[str]]


def unwrapped(document: dict[str, Any]) -> Rows | None:
    """(rows, notes on where they were) of an object that holds a corpus; None for an object that is a record itself.

    The content decides: a record of a known shape is a record, whatever lists it holds, unless these are columns whose
    rows have a known shape.
    """
    if not document:
        return [], []
    columns = _columns_as_lists(document)
    frame = _columns_by_row(document) or _split_frame(document)
    for rows in (columns, frame):
        if rows and known(rows[0]):
            return rows
    shape = shape_of(document)
    if shape is not None and shape.loosely is not always:
        return None  # its values have the shape, not only its names
    if frame or shape is not None:
        return frame
    return _tables(document) or columns or _nothing(document) or _objects(document) or _deeper(document)


def known(rows: list[Any]) -> bool:
    """Whether the first of ``rows`` are records of known shapes."""
    first = rows[:LOOKED_AT]
    return bool(first) and all(isinstance(row, dict) and shape_of(row) is not None for row in first)


def _deeper(document: dict[str, Any]) -> Rows | None:
    """The rows of a known shape in an object inside the object."""
    rows: list[Any] = []
    names = []
    inside: list[str] = []
    for name, value in document.items():
        inner = unwrapped(value) if isinstance(value, dict) else None
        if inner is not None and known(inner[0]):
            rows += inner[0]
            names.append(name)
            inside += [f"In {name}: {note[0].lower()}{note[1:]}" for note in inner[1]]
    if not rows:
        return None
    beside = [name for name in document if name not in names]
    left = [f"Beside the rows stand {', '.join(beside)}; they were not taken."] if beside else []
    return rows, [f"The rows stand under {', '.join(names)}.", *inside, *left]


def _columns_by_row(document: dict[str, Any]) -> Rows | None:
    """The rows, in the order of their numbers, of a frame as pandas writes it: {column: {row: value}}."""
    if not all(isinstance(value, dict) and value for value in document.values()):
        return None
    rows: dict[str, None] = {}
    for column in document.values():
        rows.update(dict.fromkeys(column))
    numbered = all(key.lstrip("-").isdigit() for key in rows)
    named = bool(COLUMN_NAMES & {*document}) and not COLUMN_NAMES & {*rows} and len({*map(len, document.values())}) == 1
    if not numbered and (not named or _holds_turns_as_columns(document)):
        return None
    order = sorted(rows, key=int) if numbered else list(rows)
    missing = {name: column.keys() for name, column in document.items()}
    records = [{name: document[name][row] for name in document if row in missing[name]} for row in order]
    return records, ["The file is columns of {row number: value}, as DataFrame.to_json writes; they became rows."]


def _holds_turns_as_columns(document: Mapping[str, Any]) -> bool:
    """Whether a conversation in the object is {"role": [role, …], "content": [text, …]}: the object is one record."""
    turns = (document[key] for key in (*CHAT_KEYS, *GEMINI_KEYS, *SHAREGPT_KEYS) if key in document)
    return any(
        not {*SPEAKERS}.isdisjoint(columns) and all(isinstance(column, list) for column in columns.values())
        for columns in turns
    )


def _split_frame(document: dict[str, Any]) -> Rows | None:
    """The rows of {"columns": [name, …], "data": [[value, …], …]}, which pandas calls "split"."""
    columns, data = document.get("columns"), document.get("data")
    if not isinstance(columns, list) or not isinstance(data, list) or not data:
        return None
    if not all(isinstance(name, str) for name in columns) or not all(isinstance(row, list) for row in data):
        return None
    return [dict(zip(columns, row, strict=True)) if len(row) == len(columns) else row for row in data], [
        "The file holds the names of columns and rows as lists; they were put together."
    ]


def _tables(document: dict[str, Any]) -> Rows | None:
    tables = {key: value for key, value in document.items() if _is_table(value)}
    if not tables or RECORD_KEYS & {*document}:
        return None
    if _served(tables.get("rows")):
        tables = {"rows": tables["rows"]}
    kept = _alike(tables)
    rows = [row for table in kept.values() for row in table]
    notes = [f"The rows stand under {', '.join(kept)}."]
    if all(isinstance(row, dict) and isinstance(row.get("row"), dict) for row in rows):
        cut = sum(bool(row.get("truncated_cells")) for row in rows)
        rows = [_whole(row) for row in rows]
        if cut:
            notes.append(
                f"The server cut cells of {counted(cut, 'row')} short; set apart, with their place. Download the files."
            )
    beside = [key for key in document if key not in kept]
    if beside:
        notes.append(f"Beside the rows stand {', '.join(beside)}; they were not taken.")
    return rows, notes


def _whole(row: Mapping[str, Any]) -> Any:
    """A row as the datasets server gives it; if the server cut cells short, a text that says so instead of a record."""
    cut = row.get("truncated_cells")
    return f"cells cut short by the server: {', '.join(map(str, cut))}" if cut else row["row"]


def _served(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) and "row" in row for row in value)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _alike(tables: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The largest table, and the tables whose rows have mostly the same fields."""
    main = {*max(tables.values(), key=len)[0]}
    return {name: table for name, table in tables.items() if 2 * len(main & {*table[0]}) >= len(main)}


def _columns_as_lists(document: dict[str, Any]) -> Rows | None:
    lists = [value for value in document.values() if isinstance(value, list)]
    if not 1 < len(lists) == len(document) or len({*map(len, lists)}) > 1 or not lists[0]:
        return None
    if any(_is_table(value) for value in lists):
        return None
    rows = [dict(zip(document, row, strict=True)) for row in zip(*lists, strict=True)]
    return rows, ["The file holds columns as lists; they were turned into rows."]


def _nothing(document: dict[str, Any]) -> Rows | None:
    """No rows, for a wrapper whose lists are empty."""
    lists = {key: value for key, value in document.items() if isinstance(value, (list, dict))}
    if RECORD_KEYS & {*document} or not lists or any(lists.values()):
        return None
    return ([], []) if len(lists) == len(document) or LIST_NAMES & {*lists} else None


def _objects(document: dict[str, Any]) -> Rows | None:
    values = list(document.values())
    alike = len(values) > 1 and all(isinstance(value, dict) and len(value) > 1 for value in values)
    if alike and len({frozenset(value) for value in values}) == 1:
        rows = [{"key": key, **value} for key, value in document.items()]
        return rows, ["The file is an object of objects; its keys became the column “key”."]
    return None
