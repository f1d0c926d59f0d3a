"""Decides which fields become columns and of what kind, from cells that come a few thousand at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from core.corpus.kept_cells import OtherCell
from core.corpus.typed_column import (
    EXACT,
    LONGEST_WORD,
    NUMBERS_BESIDE_ONE,
    ODD_SHARE,
    SCALARS,
    SHOWN,
    Kind,
    OddCells,
    as_text,
    is_long_number,
    is_number,
    words_in,
    words_of_cell,
)

MOST_COLUMNS = 64
Cells = tuple[list[int], list[Any]]  # of one field: the places of its cells in a block of rows, and their values


def cells_of(fields: Sequence[Mapping[str, Any] | None]) -> dict[str, Cells]:
    """The filled cells of a block of rows by their field; rows may have fields of their own."""
    by_name: dict[str, Cells] = {}
    for place, row in enumerate(fields):
        if row:
            for name, value in row.items():
                if value is not None and value != "":
                    cells = by_name.get(name)
                    if cells is None:
                        cells = by_name[name] = ([], [])
                    cells[0].append(place)
                    cells[1].append(value)
    return by_name


@dataclass
class _Odd:
    """The cells that are no numbers: how many, the first of them, and whether any is a whole number too long."""

    count: int = 0
    row: int = -1
    text: str = ""
    long: bool = False

    def add(self, row: int, value: Any) -> None:
        if not self.count:
            self.row, self.text = row, str(value)[:SHOWN]
        self.count += 1
        self.long = self.long or is_long_number(value)

    def add_all(self, first: int, values: Sequence[Any]) -> None:
        """Add ``values``, of which the first stands in the row ``first``."""
        self.add(first, values[0])
        self.count += len(values) - 1
        self.long = self.long or any(map(is_long_number, values))


@dataclass
class _Tally:
    """What decides on the column of one field. Rows come in ascending order."""

    cells: int = 0
    types: set[type] = field(default_factory=set)
    begins_as_list: bool = False  # the first cell is a text that begins like a list
    lists: bool = False  # whether any cell is a list
    all_words: bool = True  # of the lists: all hold words; of texts, while no cell is a list
    texts_all_words: bool = True
    any_words: bool = False
    texts_any_words: bool = False
    short_texts: bool = True  # whether all cells that are no lists are short texts
    only_in_text_files: bool = True  # whether all texts stand in files that hold nothing but text
    odd: _Odd = field(default_factory=_Odd)  # where a number is a number
    odd_texts: _Odd = field(default_factory=_Odd)  # where the text of a number is one too

    def add(self, rows: Sequence[int], values: list[Any], *, in_text_files: Sequence[bool] | None) -> None:
        """Count filled cells: the ``rows`` in which they stand, and whether these come from files of texts alone."""
        types = {*map(type, values)}
        if not self.cells:
            first = values[0]
            self.begins_as_list = isinstance(first, str) and first.startswith(("[", "array(["))
        self.cells += len(values)
        self.types |= types
        self._look_for_lists(values, types)
        if str in types and self.only_in_text_files:
            self.only_in_text_files = in_text_files is not None and all(
                inside for value, inside in zip(values, in_text_files, strict=True) if isinstance(value, str)
            )
        self._look_for_numbers(rows, values, types)

    def _look_for_lists(self, values: list[Any], types: set[type]) -> None:
        if self.short_texts and types == {str}:
            self.short_texts = max(map(len, values)) <= LONGEST_WORD
        elif self.short_texts:
            others = [value for value in values if not _is_list(value)]
            self.short_texts = all(isinstance(value, str) and len(value) <= LONGEST_WORD for value in others)
        if list in types or OtherCell in types:
            for value in values:
                if _is_list(value):
                    self.lists = True
                    words = words_in(value)
                    self.all_words = self.all_words and words is not None
                    self.any_words = self.any_words or bool(words)
        if self.begins_as_list and self.texts_all_words and not self.lists:
            for value in values:
                words = words_in(value)
                if words is None:
                    self.texts_all_words = False
                    break
                self.texts_any_words = self.texts_any_words or bool(words)

    def _look_for_numbers(self, rows: Sequence[int], values: list[Any], types: set[type]) -> None:
        if types == {float} or (types <= {int, float} and min(values) >= -EXACT and max(values) <= EXACT):
            return
        if types == {str} and not self.only_in_text_files:
            self.odd.add_all(rows[0], values)
            return
        for row, value in zip(rows, values, strict=True):
            if not is_number(value, text=False):
                self.odd.add(row, value)
            if self.only_in_text_files and not is_number(value, text=True):
                self.odd_texts.add(row, value)

    @property
    def scalars(self) -> bool:
        return any(issubclass(kind, SCALARS) for kind in self.types)

    @property
    def are_lists(self) -> bool:
        """Whether the cells are lists of words: all of them, or all but single words beside lists."""
        if self.lists:
            return self.short_texts and self.all_words and self.any_words
        return self.begins_as_list and self.texts_all_words and self.texts_any_words

    def decided(self, name: str, *, text_files: bool) -> Column:
        """The column of the field ``name``; ``text_files``: whether any file holds nothing but text."""
        text = text_files and self.only_in_text_files
        odd = self.odd_texts if text else self.odd
        beside = self._odd_beside(name, odd, text=text)
        if beside and beside.kept:
            return Column(name, "number", text, beside)
        kind: Kind = "list" if self.are_lists else "text" if odd.count else "number"
        return Column(name, kind, text, beside)

    def _odd_beside(self, name: str, odd: _Odd, *, text: bool) -> OddCells | None:
        if self.types <= {int, float} or (self.types == {str} and not text):
            return None
        numbers = self.cells - odd.count
        alone = odd.count == 1 and numbers >= NUMBERS_BESIDE_ONE
        if not odd.count or (odd.count > ODD_SHARE * self.cells and not alone):
            return None
        return OddCells(name, numbers, odd.count, odd.row, odd.text, not odd.long)


@dataclass(frozen=True)
class Column:
    """A column that rows brought: its kind, whether texts of numbers count as numbers, its cells that are none."""

    name: str
    kind: Kind
    text_numbers: bool
    odd: OddCells | None

    def array(self, cells: Cells | None, rows: int) -> pa.Array:
        """(rows,) the cells of a block of rows as a column; null where there are none."""
        places, values = cells or ([], [])
        if self.kind == "list":
            return _scattered([words_of_cell(value) for value in values], places, rows, pa.list_(pa.string()))
        if self.kind == "text":
            texts = values if {*map(type, values)} == {str} else [as_text(value) for value in values]
            try:
                return _scattered(texts, places, rows, pa.string())
            except UnicodeEncodeError:  # halves of surrogate pairs
                return _scattered([as_text(value) for value in values], places, rows, pa.string())
        text = self.text_numbers
        aside = self.odd is not None
        numbers = [None if aside and not is_number(value, text=text) else float(value) for value in values]
        return _scattered(numbers, places, rows, pa.float64())


class ColumnTally:
    """Counts the cells of every field of the rows that are kept, in ascending order of the rows."""

    def __init__(self) -> None:
        self._by_name: dict[str, _Tally] = {}

    def add(self, fields: Sequence[Mapping[str, Any] | None], *, before: int, in_text_files: Sequence[bool]) -> None:
        """Count a block of rows, of which ``before`` came already; ``in_text_files`` (rows,): see :class:`_Tally`."""
        any_texts = any(in_text_files)
        for name, (places, values) in cells_of(fields).items():
            tally = self._by_name.get(name)
            if tally is None:
                tally = self._by_name[name] = _Tally()
            inside = [in_text_files[place] for place in places] if any_texts else None
            tally.add([before + place for place in places], values, in_text_files=inside)

    def odd_rows(self, *, after: int) -> list[int]:
        """The rows, from ``after`` on, in which a field's first cell stands that is no number."""
        rows = (row for tally in self._by_name.values() for row in (tally.odd.row, tally.odd_texts.row))
        return [row for row in rows if row >= after]

    def decided(self, *, text_files: bool) -> tuple[list[Column], list[str]]:
        """The columns in the order of their names, and the fields that became none: those whose cells are no scalars
        and no lists of words, and those beyond the 64 that most rows have."""
        able = [name for name, tally in self._by_name.items() if tally.scalars or tally.are_lists]
        taken = sorted(sorted(able, key=lambda name: (-self._by_name[name].cells, name))[:MOST_COLUMNS])
        columns = [self._by_name[name].decided(name, text_files=text_files) for name in taken]
        return columns, sorted(self._by_name.keys() - {*taken})


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, OtherCell) and value.is_list)


def _scattered(values: list[Any], places: list[int], rows: int, kind: pa.DataType) -> pa.Array:
    """``values`` at their ``places`` among ``rows`` rows, null elsewhere."""
    if len(values) == rows:
        return pa.array(values, type=kind)
    spread: list[Any] = [None] * rows
    for place, value in zip(places, values, strict=True):
        spread[place] = value
    return pa.array(spread, type=kind)
