"""Sorted runs: the rows that were read from a stretch of a file, in the order of their ids, in memory or in a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.corpus.kept_cells import packed
from core.corpus.reading import Rows
from core.corpus.scripts import script_of
from core.corpus.word_counts import word_count

MOST_BUCKETS = 4096
_TEXTS = ("instruction", "input", "response", "system", "tools", "turns", "thinking", "source", "category", "original",
          "conversation", "script", "extras")  # fmt: skip
_SMALL = ("place", "pictures", "turn", "file", "instruction_characters", "response_characters", "turns_count",
          "instruction_words", "response_words")  # fmt: skip
SCHEMA = pa.schema(
    [
        ("id", pa.uint64()),
        *((name, pa.large_string()) for name in _TEXTS),
        *((name, pa.int32()) for name in _SMALL),
        ("record", pa.int64()),
        ("line", pa.int64()),
    ]
)
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, eq=False)
class SortedRun:
    """Rows in the order of their ids, those of equal ids as they were read.

    The range of ids is divided into as many equal buckets as ``counts`` has entries. ``table`` holds the rows, or the
    file at ``path`` does, with a batch for each bucket. ``records`` are to be added to the
    number of each row's record, ``files`` to that of its file. ``counts`` and ``sizes`` (buckets,): rows, bytes.
    """

    counts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    thinking: bool
    pictures: bool
    by_turn: bool
    table: pa.Table | None = None
    path: Path | None = None
    records: int = 0
    files: int = 0

    def __len__(self) -> int:
        return int(self.counts.sum())

    def read(self, first: int, last: int, columns: Sequence[str]) -> pa.Table:
        """The ``columns`` of the rows in the buckets from ``first`` up to ``last``, without it."""
        if self.table is not None:
            start = int(self.counts[:first].sum())
            table = self.table.select(columns).slice(start, int(self.counts[first:last].sum()))
        else:
            options = pa.ipc.IpcReadOptions(included_fields=[SCHEMA.get_field_index(name) for name in columns])
            with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file, options=options) as batches:
                filled = [bucket for bucket in range(first, last) if self.counts[bucket]]
                table = pa.Table.from_batches(
                    [batches.get_batch(bucket) for bucket in filled],
                    schema=pa.schema([field for field in SCHEMA if field.name in columns]),
                )
        for name, added in (("record", self.records), ("file", self.files)):
            if added and name in columns:
                place = table.schema.get_field_index(name)
                moved = pa.array(table[name].to_numpy() + added, SCHEMA.field(name).type)
                table = table.set_column(place, SCHEMA.field(name), moved)
        return table.select(columns)

    def written(self, path: Path) -> SortedRun:
        """The run in a file, which stands there whole or not at all."""
        assert self.table is not None
        table = self.table.combine_chunks()
        unfinished = path.with_suffix(".unfinished")
        starts = np.cumsum(self.counts) - self.counts
        with pa.OSFile(str(unfinished), "wb") as file, pa.ipc.new_file(file, SCHEMA, options=_OPTIONS) as writer:
            for start, rows in zip(starts.tolist(), self.counts.tolist(), strict=True):
                part = table.slice(start, rows)
                writer.write_batch(part.to_batches()[0] if rows else _EMPTY)
        os.replace(unfinished, path)
        return SortedRun(self.counts, self.sizes, self.thinking, self.pictures, self.by_turn, None, path,
                   self.records, self.files)  # fmt: skip


def buckets_for(total: float, size: int) -> int:
    """Into how many buckets the range of ids is divided for ``total`` bytes of files, so that one bucket of all runs
    has about half of ``size`` bytes: a power of two. More buckets make smaller reads and less memory."""
    return min(max(2, 1 << int(2 * total / size).bit_length()), MOST_BUCKETS)


def run_of(rows: Rows, *, buckets: int) -> SortedRun:
    """The rows of a stretch of a file as a run, with what is counted of each row by itself: characters, words, script.

    ``buckets``: see :func:`buckets_for`; the same for all runs that are merged.
    """
    ids = np.array(rows.ids, dtype=np.uint64)
    order = np.argsort(ids, kind="stable")
    asked = [
        len(text) + (len(given) + 2 if given else 0) for text, given in zip(rows.instruction, rows.input, strict=True)
    ]
    words = [
        word_count(text) + (word_count(given) if given else 0)
        for text, given in zip(rows.instruction, rows.input, strict=True)
    ]
    columns = {
        "id": pa.array(ids),
        **{name: pa.array(getattr(rows, name), pa.large_string()) for name in _TEXTS[:-2]},
        "script": pa.array(map(_script, rows.response, rows.instruction), pa.large_string()),
        "extras": pa.array(map(packed, rows.extras), pa.large_string()),
        "place": pa.array(np.arange(len(ids), dtype=np.int32)),
        "pictures": pa.array(rows.pictures, pa.int32()),
        "turn": pa.array(rows.turn, pa.int32()),
        "file": pa.array(rows.file, pa.int32()),
        "instruction_characters": pa.array(asked, pa.int32()),
        "response_characters": pa.array(map(len, rows.response), pa.int32()),
        "turns_count": pa.array(map(_exchanges, rows.turns), pa.int32()),
        "instruction_words": pa.array(words, pa.int32()),
        "response_words": pa.array(map(word_count, rows.response), pa.int32()),
        "record": pa.array(rows.record, pa.int64()),
        "line": pa.array(rows.line, pa.int64()),
    }
    table = pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)
    sizes = np.fromiter(map(len, rows.original), np.int64, len(ids))
    sizes += np.fromiter(map(len, rows.response), np.int64, len(ids)) + np.array(asked, dtype=np.int64)
    bucket = (ids >> np.uint64(65 - buckets.bit_length())).astype(np.int64)
    return SortedRun(
        np.bincount(bucket, minlength=buckets),
        np.bincount(bucket, weights=sizes, minlength=buckets).astype(np.int64),
        any(rows.thinking), any(rows.pictures), any(rows.turn), table.take(pa.array(order)),
    )  # fmt: skip


def partitions(runs: Sequence[SortedRun], *, rows: int, size: int) -> list[tuple[int, int]]:
    """Neighbouring buckets as (first, last), the last not among them, with at most ``rows`` rows and ``size`` bytes of
    all runs together wherever a single bucket has no more. More rows at a time take more memory and fewer reads."""
    counts = np.sum([run.counts for run in runs], axis=0)
    sizes = np.sum([run.sizes for run in runs], axis=0)
    found: list[tuple[int, int]] = []
    first, taken, filled = 0, 0, 0
    for bucket in range(len(counts)):
        if bucket > first and (taken + counts[bucket] > rows or filled + sizes[bucket] > size):
            found.append((first, bucket))
            first, taken, filled = bucket, 0, 0
        taken, filled = taken + int(counts[bucket]), filled + int(sizes[bucket])
    return [*found, (first, len(counts))]


def _exchanges(turns: str | None) -> int:
    return 1 if turns is None else max(turns.count('{"role":"user"'), 1)


def _script(response: str, instruction: str) -> str:
    script = script_of(response)
    return script if script != "Other" else script_of(instruction)


_EMPTY = pa.RecordBatch.from_pylist([], schema=SCHEMA)
