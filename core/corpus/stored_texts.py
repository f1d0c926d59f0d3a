"""The texts of a large corpus, read from its file as they are asked for: few rows are in memory at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, overload

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus.component_text import columns_of, texts_of
from core.view import Texts

HELD_BYTES = 256_000_000  # of texts: up to so many, all of a component's are kept in memory
HELD_GROUPS = 16  # row groups whose texts are kept for what asks one row after another
GROUPS_AT_ONCE = 24


class _File:
    """The rows of a Parquet file by row group; several threads may ask."""

    def __init__(self, path: str, component: str) -> None:
        self._file = pq.ParquetFile(path, memory_map=True)
        self._component = component
        self._columns = columns_of(component, thinking="thinking" in self._file.schema_arrow.names)
        sizes = [self._file.metadata.row_group(group).num_rows for group in range(self._file.num_row_groups)]
        self.ends = np.cumsum(sizes, dtype=np.int64)
        self._lock = threading.Lock()
        self._held: OrderedDict[int, list[str]] = OrderedDict()

    def read(self, groups: list[int]) -> list[str]:
        """The texts of some row groups, in that order."""
        with self._lock:
            table = self._file.read_row_groups(groups, columns=self._columns)
        return texts_of(table, self._component)

    def group(self, number: int) -> list[str]:
        """The texts of one row group, kept for the next question."""
        texts = self._held.get(number)
        if texts is None:
            texts = self.read([number])
            with self._lock:
                self._held[number] = texts
                while len(self._held) > HELD_GROUPS:
                    self._held.popitem(last=False)
        return texts

    def begin(self, group: int) -> int:
        return int(self.ends[group - 1]) if group else 0


class StoredTexts(Texts):
    """(rows,) the texts of a component, as a sequence: what a list of them says, without holding them all.

    Reading in ascending order costs one pass over the file. :meth:`at` reads many rows in any order at the cost of the
    row groups that hold them; single rows in any order cost a row group each. ``rows`` are positions in the file, all
    by default.
    """

    def __init__(self, file: _File, rows: NDArray[np.int64] | None = None) -> None:
        self._file = file
        self._rows = rows

    @classmethod
    def of(cls, path: str, component: str) -> StoredTexts:
        """All texts of the rows of a Parquet file."""
        return cls(_File(path, component))

    def __len__(self) -> int:
        if self._rows is not None:
            return len(self._rows)
        return int(self._file.ends[-1]) if len(self._file.ends) else 0

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return self.at(np.arange(*place.indices(len(self))))
        inside = range(len(self))[place]
        row = inside if self._rows is None else int(self._rows[inside])
        group = int(np.searchsorted(self._file.ends, row, side="right"))
        return self._file.group(group)[row - self._file.begin(group)]

    def __iter__(self) -> Iterator[str]:
        if self._rows is None:
            for first in range(0, len(self._file.ends), GROUPS_AT_ONCE):
                yield from self._file.read(list(range(first, min(first + GROUPS_AT_ONCE, len(self._file.ends)))))
            return
        step = 2048 * GROUPS_AT_ONCE
        for first in range(0, len(self._rows), step):
            yield from self.at(np.arange(first, min(first + step, len(self._rows))))

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, (list, Texts)) and len(self) == len(other) and all(map(str.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def at(self, places: NDArray[np.int64]) -> list[str]:
        """The texts at ``places`` (n,), in that order; each row group that holds some is read once."""
        rows = np.asarray(places, dtype=np.int64) if self._rows is None else self._rows[places]
        order = np.argsort(rows, kind="stable")
        texts = [""] * len(rows)
        groups = np.searchsorted(self._file.ends, rows[order], side="right")
        names, starts = np.unique(groups, return_index=True)
        for group, inside in zip(names.tolist(), np.split(order, starts[1:])):
            of_group, begin = self._file.read([group]), self._file.begin(group)
            for place in inside.tolist():
                texts[place] = of_group[int(rows[place]) - begin]
        return texts

    def take(self, rows: NDArray[np.int64]) -> StoredTexts:
        """The texts of the rows at positions ``rows``; none is read yet."""
        rows = np.asarray(rows, dtype=np.int64)
        return StoredTexts(self._file, rows if self._rows is None else self._rows[rows])
