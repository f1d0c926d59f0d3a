"""Lists the duplicates whose other fields differ from the row that was kept, so that no value is lost silently."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from core.corpus import originals
from core.corpus.clean import clean
from core.corpus.deduplicate import DECIDING, IdPart
from core.corpus.formats.conversations import entries_of, turns_under
from core.corpus.formats.record import BadRecord, Roles
from core.corpus.formats.roles import ROLES
from core.corpus.formats.turns import beside, turns_of
from core.corpus.formats.values import filled
from core.corpus.kept_cells import unpacked
from core.corpus.reading import FileReport
from core.corpus.row_ids import show_id
from core.corpus.set_aside import RecordsAside


class DifferingCopies:
    """Collects the copies whose other fields differ from those of the row that stays; many lie in the ``folder``.

    ``files``: the reports of the files read. ``labels``: fields that were read as source or category; they are compared
    like every other field outside the content. The turns of a conversation differ where a weight, a name or an id
    stands beside them, or a last question without an answer.
    """

    def __init__(
        self,
        files: Sequence[FileReport],
        labels: Collection[str] = (),
        roles: Roles = ROLES,
        *,
        folder: Callable[[], Path] | None = None,
    ) -> None:
        self._files, self._labels, self._roles, self._folder = files, labels, roles, folder
        self._entries = RecordsAside(folder=folder)
        self._places = array("q")

    def see(self, part: IdPart) -> None:
        """Compare the copies of one part of the rows read."""
        if not part.copies:
            return
        copies, kept = (part.rows_read(DECIDING, np.array(places)) for places in zip(*part.copies, strict=True))
        differ = pc.not_equal(copies["original"], kept["original"])
        pairs = zip(copies.filter(differ).to_pylist(), kept.filter(differ).to_pylist(), strict=True)
        for copy, stays in pairs:
            entry = self._compared(copy, stays)
            if entry:
                self._entries.append(entry)
                self._places.append(copy["place"])

    def entries(self) -> RecordsAside:
        """The copies that differ, in reading order.

        Each has the ``reason``, the copy's file and line, the place of the row that was ``kept``, the row's id, the
        ``fields`` that differ and the copy's whole record as ``content``.
        """
        ordered = RecordsAside(folder=self._folder)
        order = np.argsort(np.array(self._places, dtype=np.int64), kind="stable")
        ordered.add_lines(map(self._entries.line, order.tolist()))
        return ordered

    def _compared(self, copy: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any] | None:
        names = {*_names(copy), *_names(kept), *self._labels}
        content, kept_content = originals.decode(copy["original"]), originals.decode(kept["original"])
        fields = differing_fields(content, kept_content, names)
        if not copy["turn"] and _differing_turns(content, kept_content, self._roles):
            fields.append(str(turns_under(content)))
        if not fields:
            return None
        return {
            "reason": f"Its content is that of a row that was kept; it differs in: {', '.join(fields)}.",
            **self._place(copy),
            "kept": self._place(kept),
            "id": show_id(copy["id"]),
            "fields": fields,
            "content": content,
        }

    def _place(self, row: Mapping[str, Any]) -> dict[str, Any]:
        file = self._files[row["file"]]
        return {"file": file.name, file.unit: row["line"] if file.unit == "line" else row["record"]}


def _names(row: Mapping[str, Any]) -> Collection[str]:
    """The fields of a row that became no content."""
    return unpacked(row["extras"]) if row["extras"] else ()


def _differing_turns(record: Mapping[str, Any], other: Mapping[str, Any], roles: Roles) -> bool:
    """Whether two records with the same content say something else in or beside their turns."""
    if turns_under(record) is None or turns_under(other) is None:
        return False
    try:
        return _turns_whole(record, roles) != _turns_whole(other, roles)
    except BadRecord:  # columns were mapped by hand, and these turns were not read
        return False


def _turns_whole(record: Mapping[str, Any], roles: Roles) -> list[tuple[str, str, dict[str, Any]]]:
    """(role, clean text, what stands beside it) of every turn but the words of a leading system turn."""
    turns: list[tuple[str, str, dict[str, Any]]] = []
    for index, entry in enumerate(entries_of(record)):
        others = {key: value for key, value in beside(entry).items() if filled(value)}
        for turn in turns_of(entry, index, roles):
            leads = turn["role"] == "system" and not turns
            if not leads or others:
                turns.append((turn["role"], "" if leads else clean(turn["content"]), others))
    return turns


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


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else originals.encode({"": value})[4:-1].strip()
