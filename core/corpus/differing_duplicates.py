"""Lists the duplicates whose other fields differ from the row that was kept, so that no value is lost silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from core.corpus import originals
from core.corpus.reading import FileReport, Rows
from core.corpus.row_ids import show_id


def differing_copies(
    rows: Rows, pairs: Iterable[tuple[int, int]], files: Sequence[FileReport], labels: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Those of the ``pairs`` (copy, row kept) whose other fields differ, in reading order.

    Each entry has the ``reason``, the copy's file and line, the place of the row that was ``kept``, the row's id, the
    ``fields`` that differ and the copy's whole record as ``content``. ``labels``: fields that were read as source or
    category; they are compared like every other field outside the content.
    """
    copies = []
    for copy, kept in sorted(pairs):
        if rows.original[copy] == rows.original[kept]:
            continue
        names = {*(rows.extras[copy] or ()), *(rows.extras[kept] or ()), *labels}
        content = originals.decode(rows.original[copy])
        fields = differing_fields(content, originals.decode(rows.original[kept]), names)
        if fields:
            copies.append(
                {
                    "reason": f"Its content is that of a row that was kept; it differs in: {', '.join(fields)}.",
                    **_place(rows, copy, files),
                    "kept": _place(rows, kept, files),
                    "id": show_id(rows.ids[copy]),
                    "fields": fields,
                    "content": content,
                }
            )
    return copies


def differing_fields(record: Mapping[str, Any], other: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """The ``names`` whose values differ, sorted; see :func:`same_value`."""
    return sorted(name for name in names if not same_value(record.get(name), other.get(name)))


def same_value(value: Any, other: Any) -> bool:
    """Whether two values are equal. A number equals its text, because CSV holds text only; None equals empty text."""
    if value is None or other is None or value == "" or other == "":
        return value in (None, "") and other in (None, "")
    if isinstance(value, bool) or isinstance(other, bool):
        return _as_text(value) == _as_text(other)
    if isinstance(value, (int, float)) or isinstance(other, (int, float)):
        try:
            return bool(value == other or _number(value) == _number(other))
        except (TypeError, ValueError, OverflowError):
            return False
    return bool(value == other or _as_text(value) == _as_text(other))


def _number(value: Any) -> int | float:
    """A number, or the text of one; whole numbers keep all their digits."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() else float(value)


def fields_counted(copies: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many copies differ in each field, most first, ties by name."""
    counts = Counter(field for copy in copies for field in copy["fields"])
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _place(rows: Rows, row: int, files: Sequence[FileReport]) -> dict[str, Any]:
    file = files[rows.file[row]]
    return {"file": file.name, file.unit: rows.line[row] if file.unit == "line" else rows.record[row]}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else originals.encode({"": value})[4:-1].strip()
