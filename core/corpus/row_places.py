"""Where the rows of a corpus came from: the file, the record and the line of each of their occurrences."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus.row_ids import show_place
from core.workspace.artefacts import Artefact

LINES_AT_MOST = 1 << 40  # of one file


@dataclass(frozen=True, eq=False)
class RowPlaces:
    """The places of all rows: ``table`` has a line for each, by row, with the index of its file among ``files``."""

    files: list[str]
    table: pa.Table = field(repr=False)

    @classmethod
    def read(cls, artefact: Artefact) -> RowPlaces:
        """Those of a stored corpus."""
        files = [file["name"] for file in artefact.manifest["files"]]
        return cls(files, pq.read_table(artefact.path("positions.parquet")))

    def first_of(self, positions: NDArray[np.int64]) -> list[str]:
        """The first place of each row at ``positions``, as file:line (file:record if the file has no lines)."""
        first = np.searchsorted(self._row, positions)
        file, record, line = (self.table[name].to_numpy()[first] for name in ("file", "record", "line"))
        shown = np.where(line > 0, line, record)
        return [show_place(self.files[index], at) for index, at in zip(file.tolist(), shown.tolist(), strict=True)]

    def all_of(self, positions: NDArray[np.int64]) -> list[list[dict[str, Any]]]:
        """Every place of each row at ``positions``: {file, record, line}."""
        wanted = np.asarray(positions).astype(self._row.dtype)  # of another type, all rows would be converted first
        first, last = (np.searchsorted(self._row, wanted, side=side) for side in ("left", "right"))
        ends = np.cumsum(last - first)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(last - ends, last - first)
        columns = [self.table[name].to_numpy()[places].tolist() for name in ("file", "record", "line")]
        entries = [
            {"file": self.files[file], "record": record, "line": line}
            for file, record, line in zip(*columns, strict=True)
        ]
        return [entries[start:end] for start, end in zip([0, *ends.tolist()], ends.tolist(), strict=False)]

    def rows_from(self, file: str, line: int) -> NDArray[np.int64]:
        """The positions of the rows from this line of ``file``, ascending; a duplicate's line gives the row kept."""
        keys, rows = self._by_place
        inside = [
            rows[slice(*np.searchsorted(keys, [_key(index, line), _key(index, line) + 1]))]
            for index, name in enumerate(self.files)
            if name == file
        ]
        return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *inside]))

    @cached_property
    def _row(self) -> NDArray[np.int64]:
        """(places,) the row of each place, ascending."""
        rows: NDArray[np.int64] = self.table["row"].to_numpy()
        return rows

    @cached_property
    def _by_place(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(places,) a number for each file and line, ascending, and the row that came from there."""
        row, file, record, line = (
            self.table[name].to_numpy().astype(np.int64) for name in ("row", "file", "record", "line")
        )
        keys = _key(file, np.where(line > 0, line, record))
        order = np.argsort(keys, kind="stable")
        return keys[order], row[order]


def _key(file: Any, line: Any) -> Any:
    """One number for a file (its index among the files) and a line or record of it; ascending in both."""
    return file * LINES_AT_MOST + line
