"""A shard: a range of the rows of a file that every worker can read, and how a corpus is cut into shards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.component_text import bytes_before_compression, texts_between
from core.corpus.store import Corpus
from core.workspace import atomic
from core.workspace.digests import digest, digest_ids

MOST_ROWS = 65_536  # of a shard: a worker that dies costs so many rows at most …
MOST_BYTES = 256 * 2**20  # … and about so much text, uncompressed
TEXTS = ("instruction", "input", "response", "thinking")  # the columns that components are made of
COUNTED = (*TEXTS, "turns")  # whose bytes bound a shard
ROWS = "rows.parquet"


@dataclass(frozen=True, kw_only=True)
class RowShard:
    """The rows ``start`` to ``stop`` of what lies at ``path``, a file or folder that all workers see.

    ``content`` names what lies there, whatever the path is (a corpus's id, a digest): two shards of one content and
    one range are the same shard. Rows stand in row-id order. A stage whose unit is not a row counts its own unit.
    """

    path: str
    content: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def __str__(self) -> str:
        return f"{self.start:,} to {self.stop:,}"

    def texts(self, component: str) -> list[str]:
        """(rows,) the texts of a component of the shard's rows, which is all that is read of the file."""
        return texts_between(self.path, component, self.start, self.stop)

    def as_dict(self) -> dict[str, Any]:
        """The shard as JSON values, which is how it reaches a worker."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> RowShard:
        """The shard that :meth:`as_dict` wrote."""
        return cls(**values)


def cut(*, path: str, content: str, length: int, count: int) -> list[RowShard]:
    """``count`` shards of nearly equal length, in order; fewer where there are not so many rows."""
    count = max(1, min(count, length))
    ends = [length * number // count for number in range(count + 1)]
    return [RowShard(path=path, content=content, start=a, stop=b) for a, b in itertools.pairwise(ends)]


def shards_of(corpus: Corpus, *, most_rows: int = MOST_ROWS, count: int | None = None) -> list[RowShard]:
    """The shards of a corpus, by row-id order: ``count`` of them, else the fewest that keep to ``most_rows`` rows and
    :data:`MOST_BYTES` of stored columns each. Fewer rows a shard lose less with a worker and cost more starts."""
    return _cut_rows(corpus.rows_path, corpus.id, len(corpus), most_rows, count)


def shards_of_rows(
    corpus: Corpus, rows: NDArray[np.int64], *, home: Path, most_rows: int = MOST_ROWS, count: int | None = None
) -> list[RowShard]:
    """The shards of some ``rows`` (ascending positions): their texts are written under ``home`` first, read one row
    group at a time. Shards of all rows are those of :func:`shards_of`."""
    if len(rows) == len(corpus):
        return shards_of(corpus, most_rows=most_rows, count=count)
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = digest(["some rows", digest_ids(corpus.ids[rows])])
    target = home / f"{content}.rows"
    if not target.is_dir():
        wanted = np.zeros(len(corpus), dtype=np.bool_)
        wanted[rows] = True
        with atomic.staged_folder(target) as folder, pq.ParquetFile(corpus.rows_path) as file:
            names = [name for name in file.schema_arrow.names if name in TEXTS]
            schema = pa.schema([file.schema_arrow.field(name) for name in names])
            begin = 0
            with pq.ParquetWriter(folder / ROWS, schema) as written:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group, columns=names)
                    chosen = table.filter(pa.array(wanted[begin : begin + len(table)]))
                    begin += len(table)
                    if len(chosen):
                        written.write_table(chosen)
    return _cut_rows(str(target / ROWS), content, len(rows), most_rows, count)


def _cut_rows(path: str, content: str, length: int, most_rows: int, count: int | None) -> list[RowShard]:
    if count is None:
        count = max(math.ceil(length / most_rows), math.ceil(bytes_before_compression(path, COUNTED) / MOST_BYTES))
    return cut(path=path, content=content, length=length, count=count)


def stored_bytes(corpus: Corpus) -> int:
    """Bytes of the texts of a corpus before compression, as its Parquet file states them."""
    return bytes_before_compression(corpus.rows_path, COUNTED)
