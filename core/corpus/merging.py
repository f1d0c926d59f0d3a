"""Merges sorted runs into the files of a corpus, one part of the range of ids after another, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus.column_tally import Column, ColumnTally, cells_of
from core.corpus.deduplicate import DECIDING, EXTRA, IdPart, part_of
from core.corpus.kept_cells import unpacked
from core.corpus.runs import SCHEMA, SortedRun, partitions
from core.corpus.typed_column import Kind, OddCells
from core.progress import Progress, silent

ROW_GROUP = 2048  # rows of a Parquet row group: to show one row, this many are read
PLACES_GROUP = 1 << 20  # places of a row group of the file that holds them
TEXTS = ("instruction", "input", "response", "system", "tools", "turns", "source", "category", "original")
COUNTED = ("instruction_characters", "response_characters", "instruction_words", "response_words")
_OPTIONS: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "write_statistics": False}
REPEATED = ["source", "category", "script", "conversation"]  # columns written with a dictionary


@dataclass(frozen=True, eq=False)
class Decided:
    """What is known of the rows that stay before they are written."""

    ids: NDArray[np.uint64]  # (rows,) ascending
    columns: list[Column]
    not_taken: list[str]  # fields that are not scalars, or beyond the first 64
    odd: list[tuple[OddCells, int, int]]  # with the file of the first of the cells, and its line or record
    read: int
    several_sources: bool

    @property
    def kinds(self) -> dict[str, Kind]:
        return {column.name: column.kind for column in self.columns}


@dataclass
class Totals:
    """What a report counts over the rows that stay: numbers of each row, and how many rows have each word."""

    numbers: dict[str, NDArray[np.int32]] = field(default_factory=dict)  # (rows,) by their name
    sources: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    scripts: Counter[str] = field(default_factory=Counter)
    turns: Counter[int] = field(default_factory=Counter)


class RunMerge:
    """The merge of ``runs``, which stand in reading order: first :meth:`decide`, then :meth:`write`.

    ``text_files`` are the files whose fields are all text: there a column of numerals becomes a column of numbers.
    ``rows`` and ``size`` bound what is in memory at a time, see :func:`core.corpus.runs.partitions`.
    """

    def __init__(self, runs: Sequence[SortedRun], *, text_files: Sequence[int] = (), rows: int, size: int) -> None:
        self.runs = runs
        self.read = sum(map(len, runs))
        self.thinking, self.pictures, self.by_turn = (
            any(getattr(run, name) for run in runs) for name in ("thinking", "pictures", "by_turn")
        )
        self._text_files = text_files
        self._parts = partitions(runs, rows=rows, size=size)
        self._only: IdPart | None = None

    def decide(self, see: Callable[[IdPart], None] = lambda part: None, progress: Progress = silent) -> Decided:
        """Find which rows stay and which columns they bring; ``see`` is shown each part, in the order of the ids."""
        tally = ColumnTally()
        ids: list[NDArray[np.uint64]] = []
        odd_places: dict[int, tuple[int, int]] = {}  # of rows with the first odd cell of a field: file, line or record
        before, several = 0, False
        for part in self._each(DECIDING, progress, "rows compared"):
            kept = part.rows_kept(["file", "record", "line", "extras"])
            files, lines = kept["file"].to_numpy(), kept["line"].to_numpy()
            extras = [text and unpacked(text) for text in kept["extras"].to_pylist()]
            tally.add(extras, before=before, in_text_files=np.isin(files, self._text_files).tolist())
            places = np.where(lines > 0, lines, kept["record"].to_numpy())
            for row in tally.odd_rows(after=before):
                odd_places[row] = int(files[row - before]), int(places[row - before])
            ids.append(part.ids)
            several = several or bool(part.sources)
            before += len(part.kept)
            see(part)
        columns, not_taken = tally.decided(text_files=bool(self._text_files))
        odd = [(column.odd, *odd_places[column.odd.row]) for column in columns if column.odd]
        return Decided(np.concatenate(ids), columns, not_taken, odd, self.read, several)

    def write(self, folder: Path, decided: Decided, held_out: NDArray[np.bool_], progress: Progress = silent) -> Totals:
        """Write rows.parquet and positions.parquet into ``folder``; ``held_out`` (rows,) goes with the rows."""
        totals = Totals()
        numbers: dict[str, list[NDArray[np.int32]]] = {name: [] for name in COUNTED}
        columns = ("id", "place", *TEXTS, "thinking", "pictures", "conversation", "turn", "script", "turns_count",
                   "extras", "file", "record", "line", *COUNTED)  # fmt: skip
        rows = _Writer(folder / "rows.parquet", ROW_GROUP, {"use_dictionary": REPEATED, **_OPTIONS})
        places = _Writer(folder / "positions.parquet", PLACES_GROUP, _OPTIONS)
        before = 0
        with rows, places:
            for part in self._each(columns, progress, "rows written"):
                kept = part.rows_kept(columns)
                after = before + len(part.kept)
                stored = _stored(kept, part, decided, thinking=self.thinking, pictures=self.pictures)
                rows.add(stored.append_column("holdout", pa.array(held_out[before:after])))
                places.add(_positions(part, before))
                _count(totals, kept, part)
                for name in COUNTED:
                    numbers[name].append(kept[name].to_numpy())
                before = after
        totals.numbers = {name: np.concatenate(arrays) for name, arrays in numbers.items()}
        return totals

    def _each(self, columns: Sequence[str], progress: Progress, note: str) -> Iterator[IdPart]:
        """The parts in the order of the ids; where there is only one, it is read once."""
        if len(self._parts) == 1:
            self._only = self._only or part_of(self.runs, self._parts[0], SCHEMA.names)
            progress(0, self.read, note)
            yield self._only
            return
        done = 0
        with ThreadPoolExecutor(1) as reading:  # the next part is read while this one is worked on
            following = reading.submit(part_of, self.runs, self._parts[0], columns)
            for bounds in [*self._parts[1:], None]:
                progress(done, self.read, note)
                part = following.result()
                if bounds:
                    following = reading.submit(part_of, self.runs, bounds, columns)
                yield part
                done += len(part)


def _stored(kept: pa.Table, part: IdPart, decided: Decided, *, thinking: bool, pictures: bool) -> pa.Table:
    """The rows of a part as they are stored, without their holdout."""
    columns: dict[str, Any] = {"id": kept["id"], **{name: kept[name].cast(pa.string()) for name in TEXTS}}
    if decided.several_sources:
        own = enumerate(kept["source"].to_pylist())
        every = [part.sources.get(row) or [source] for row, source in own]
        columns["sources"] = pa.array(every, pa.list_(pa.string()))
    if thinking:
        texts = kept["thinking"].to_pylist()
        columns["thinking"] = kept["thinking"].cast(pa.string())
        columns["thinking_characters"] = pa.array(np.array(list(map(len, texts)), dtype=np.int32))
    if pictures:
        columns["pictures"] = kept["pictures"]
    columns["conversation"] = kept["conversation"].cast(pa.string())
    columns["turn"] = kept["turn"]
    columns["multiplicity"] = pa.array(part.counts.astype(np.int32))
    for name in ("instruction_characters", "response_characters", "turns_count"):
        columns[name] = kept[name]
    columns["script"] = kept["script"].cast(pa.string())
    if decided.columns:
        cells = cells_of([text and unpacked(text) for text in kept["extras"].to_pylist()])
        for column in decided.columns:
            columns[EXTRA + column.name] = column.array(cells.get(column.name), kept.num_rows)
    return pa.table(columns)


def _positions(part: IdPart, before: int) -> pa.Table:
    places = part.rows_read(["file", "record", "line"])
    file, record, line = (places[name].to_numpy() for name in places.column_names)
    ranked = np.lexsort((record, file, part.group_of))
    return pa.table(
        {
            "row": (part.group_of[ranked] + before).astype(np.int32),
            "file": file[ranked].astype(np.int32),
            "record": record[ranked],
            "line": line[ranked],
        }
    )


def _count(totals: Totals, kept: pa.Table, part: IdPart) -> None:
    sources = Counter(kept["source"].to_pylist())
    for row, named in part.sources.items():
        sources[kept["source"][row].as_py()] -= 1
        sources.update(named)
    totals.sources.update(+sources)
    totals.categories.update(name for name in kept["category"].to_pylist() if name is not None)
    totals.scripts.update(kept["script"].to_pylist())
    totals.turns.update(kept["turns_count"].to_pylist())


class _Writer:
    """Writes tables to a Parquet file in row groups of exactly ``rows`` rows, however many come at a time.

    Each waits until the one before it is written, in a thread beside the work on the next.
    """

    def __init__(self, path: Path, rows: int, options: dict[str, Any]) -> None:
        self._path, self._rows, self._options = path, rows, options
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        try:
            if not failed:
                self._write(whole=True)
                self._written()
        finally:
            self._thread.shutdown()
            if self._writer is not None:
                self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Take the next rows."""
        self._waiting.append(table)
        if sum(waiting.num_rows for waiting in self._waiting) >= self._rows:
            self._write()

    def _write(self, *, whole: bool = False) -> None:
        self._written()
        table = pa.concat_tables(self._waiting).combine_chunks()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, **self._options)
        end = table.num_rows if whole else table.num_rows // self._rows * self._rows
        self._writing = self._thread.submit(self._writer.write_table, table.slice(0, end), row_group_size=self._rows)
        self._waiting = [table.slice(end)]

    def _written(self) -> None:
        """Wait for what is being written."""
        if self._writing is not None:
            self._writing.result()
