"""A CSV table that a tool wrote: its columns by name, its numbers with the decimal mark of each column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.evidence.importers.cells import ScoreCell, parse_cell
from core.evidence.importers.column_words import plain
from core.evidence.importers.numbers import guess_decimal, whole_or_none
from core.evidence.importers.proposal import Options
from core.evidence.importers.sources import Source


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row: the line on which it ends, and its cells by the plain names of their columns."""

    line: int
    cells: Mapping[str, str]

    def text(self, *names: str) -> str:
        """The first filled cell of the columns ``names``; "" if none is filled."""
        return next((self.cells[name] for name in names if self.cells.get(name)), "")


@dataclass(kw_only=True)
class SavedTable:
    """A whole table. ``columns``: names as written, by distinct plain names; a second column of a name is name_2.

    Tools write decimal points, but a spreadsheet program in another language saves the table with commas.
    """

    columns: Mapping[str, str]
    rows: Sequence[TableRow]
    decimals: Mapping[str, str]

    @classmethod
    def of(cls, source: Source, options: Options) -> SavedTable:
        """The table in ``source``. Raises :class:`InputError` where a line is not a row."""
        lines = iter(source.table())
        columns: dict[str, str] = {}
        for cell in next(lines, (0, []))[1]:
            name, count = plain(cell), 2
            while name in columns:
                name, count = f"{plain(cell)}_{count}", count + 1
            columns[name] = cell.strip()
        rows = [
            TableRow(line=line, cells=dict(zip(columns, (cell.strip() for cell in cells)))) for line, cells in lines
        ]
        decimals = {
            name: options.decimal or (guess if guess in (".", ",") else ".")
            for name in columns
            for guess in [guess_decimal(row.cells.get(name, "") for row in rows)]
        }
        return cls(columns=columns, rows=rows, decimals=decimals)

    def first_of_words(self) -> str:
        """The plain name of the first column with a cell that is not a number; "" if all are columns of numbers."""
        return next((name for name in self.columns if any(_is_word(row.cells.get(name, "")) for row in self.rows)), "")

    def cell(self, row: TableRow, name: str) -> ScoreCell:
        """The number in a cell. Raises ValueError with a reason to show to the user."""
        return parse_cell(row.cells.get(name, ""), decimal=self.decimals.get(name, "."))

    def number(self, row: TableRow, *names: str) -> float | None:
        """The number in the first of the cells that holds one; None if none does."""
        for name in names:
            try:
                return self.cell(row, name).value
            except ValueError:
                continue
        return None

    def count(self, row: TableRow, *names: str) -> int | None:
        """As :meth:`number`, for counts and seeds."""
        value = self.number(row, *names)
        return None if value is None else whole_or_none(value)

    def figures(self, skip: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
        """(plain name, name as written) of the columns other than ``skip``."""
        left_out = {*skip}
        return ((name, column) for name, column in self.columns.items() if name not in left_out)


def _is_word(text: str) -> bool:
    try:
        parse_cell(text)
    except ValueError:
        return any(char.isalpha() for char in text)
    return False
