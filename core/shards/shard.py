"""A shard: a range of the rows of a file that every worker can read, and how a corpus is cut into shards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.corpus.component_text import texts_between
from core.corpus.store import Corpus

MOST_ROWS = 65_536  # of a shard: a worker that dies costs so many rows at most …
MOST_BYTES = 256 * 2**20  # … and about so much text, uncompressed


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
    if count is None:
        count = max(math.ceil(len(corpus) / most_rows), math.ceil(stored_bytes(corpus) / MOST_BYTES))
    return cut(path=corpus.rows_path, content=corpus.id, length=len(corpus), count=count)


def stored_bytes(corpus: Corpus) -> int:
    """Bytes of the texts of a corpus before compression, as its Parquet file states them."""
    import pyarrow.parquet as pq

    wanted = {"instruction", "input", "response", "thinking", "turns"}
    metadata = pq.read_metadata(corpus.rows_path)
    total = 0
    for group in range(metadata.num_row_groups):
        columns = (metadata.row_group(group).column(place) for place in range(metadata.num_columns))
        total += sum(column.total_uncompressed_size for column in columns if column.path_in_schema in wanted)
    return total
