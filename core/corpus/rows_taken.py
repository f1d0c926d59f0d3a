"""Single rows of a Parquet file, wherever in it they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

GROUPS = 24  # row groups that are read at a time


def rows_taken(path: str, wanted: NDArray[np.int64], columns: Sequence[str]) -> Any:
    """The ``columns`` of the rows at ``wanted`` (n,), in that order, as a table.

    Only the row groups that hold them are read, :data:`GROUPS` at a time: memory does not grow with the file.
    """
    file = pq.ParquetFile(path, memory_map=True)
    if not len(wanted):
        return file.schema_arrow.empty_table().select(list(columns))
    sizes = np.array([file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)])
    ends = np.cumsum(sizes)
    order = np.argsort(wanted, kind="stable")
    ascending = wanted[order]
    groups, starts = np.unique(np.searchsorted(ends, ascending, side="right"), return_index=True)
    parts = []
    for at in range(0, len(groups), GROUPS):
        read = groups[at : at + GROUPS]
        rows = ascending[starts[at] : starts[at + GROUPS] if at + GROUPS < len(groups) else None]
        within = np.searchsorted(ends[read], rows, side="right")  # which of the groups that are read
        before = np.cumsum(sizes[read]) - sizes[read]
        places = rows - (ends - sizes)[read][within] + before[within]
        parts.append(file.read_row_groups(read.tolist(), columns=list(columns)).take(places))
    return pa.concat_tables(parts).take(np.argsort(order, kind="stable"))
