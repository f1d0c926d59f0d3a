"""Repairs a choice for several quotas at once: obeys them all and keeps as many preferred rows as possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.counted import counted
from core.selection.admission import NO_LIMIT, Limits

# Bounds on the work, not in seconds, so that every machine gives the same answer.
NODES = 2_000  # of the search tree
CELLS = 4_000  # most cells for three quotas or more


@dataclass(frozen=True, eq=False)
class Repair:
    """``rows`` in the order of the sequence, or None; then ``proven`` is True if no choice can obey every rule."""

    rows: NDArray[np.int64] | None
    proven: bool = False


def repair(
    sequence: NDArray[np.int64], *, preferred: int, room: int, counts: NDArray[np.int64], limits: Limits
) -> Repair:
    """``room`` rows of ``sequence`` that bring every group between its bounds, replacing as few as can be.

    ``sequence`` (rows,) are the rows that may be chosen, best first; without rules its first ``preferred`` rows would
    be taken; ``counts`` (groups,) are the rows chosen already. Rows that lie in the same group of every quota form a
    cell and are exchangeable, so only the number of rows to take from each cell is searched, by an integer programme.
    For two quotas its linear relaxation has integer solutions already, because it is a transport problem between the
    groups of one quota and those of the other. From a cell the first rows of the sequence are taken. With three quotas
    or more only the :data:`CELLS` largest cells are considered, and the search may end at :data:`NODES` without an
    answer: then nothing is proven.
    """
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    bound = np.flatnonzero((limits.minimum > counts) | (limits.maximum < NO_LIMIT))
    cell, groups_of = _cells(limits.groups[:, sequence], bound)
    whole = len(limits.quotas) < 3 or len(groups_of) <= CELLS
    if not whole:
        largest = np.sort(np.argsort(-np.bincount(cell), kind="stable")[:CELLS])
        there = np.isin(cell, largest)
        preferred = int(np.count_nonzero(there[:preferred]))
        sequence, cell, groups_of = sequence[there], np.searchsorted(largest, cell[there]), groups_of[largest]
    rows_in_cell = np.bincount(cell, minlength=len(groups_of))
    wished = np.bincount(cell[:preferred], minlength=len(groups_of))
    # Two variables for each cell: its preferred rows, which cost nothing, and its other rows, which cost 1 each.
    count = len(groups_of)
    place = {int(group): at for at, group in enumerate(bound.tolist())}
    lines = [np.repeat(len(bound), count)]
    columns = [np.arange(count)]
    for quota in range(groups_of.shape[1]):
        inside = np.flatnonzero(groups_of[:, quota] >= 0)
        lines.append(np.array([place[int(group)] for group in groups_of[inside, quota]], dtype=np.int64))
        columns.append(inside)
    at, which = np.concatenate(lines), np.concatenate(columns)
    half = sparse.csr_matrix((np.ones(len(at)), (at, which)), shape=(len(bound) + 1, count))
    least = np.append(limits.minimum[bound] - counts[bound], room).astype(np.float64)
    most = np.append(np.minimum(limits.maximum[bound] - counts[bound], len(sequence)), room).astype(np.float64)
    solution = milp(
        np.concatenate((np.zeros(count), np.ones(count))),
        integrality=np.ones(2 * count),
        bounds=Bounds(0, np.concatenate((wished, rows_in_cell - wished)).astype(np.float64)),
        constraints=LinearConstraint(sparse.hstack((half, half), format="csr"), least, most),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if solution.x is None:
        return Repair(None, proven=whole and solution.status == 2)
    taken = np.rint(solution.x).astype(np.int64)
    return Repair(sequence[_first_of_cells(cell, taken[:count] + taken[count:])])


def _cells(groups: NDArray[np.int32], bound: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(rows,) the cell of each row and (cells, quotas) the groups of each cell; groups without bounds count as none."""
    groups = np.where(np.isin(groups, bound), groups, -1).astype(np.int32)
    code = np.zeros(groups.shape[1], dtype=np.int64)
    for line in groups:
        code = code * (int(line.max(initial=-1)) + 2) + line + 1
        code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    _, first, cell = np.unique(code, return_index=True, return_inverse=True)
    return cell.astype(np.int64), groups[:, first].T


def _first_of_cells(cell: NDArray[np.int64], taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices, ascending, of the first ``taken`` (cells,) rows of each cell."""
    order = np.argsort(cell, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(cell, minlength=len(taken)))[:-1]))
    rank = np.arange(len(cell)) - starts[cell[order]]
    return np.sort(order[rank < taken[cell[order]]])


def unmet(limits: Limits, *, size: int, unit: str, found: int, short: int, proven: bool) -> str:
    """The message for unmet quotas; it says that they *cannot* be met only where that is proven."""
    titles = " and ".join(dict.fromkeys(quota.title for quota in limits.quotas))
    came = f"it comes to {counted(found, 'row')}, {short:,} short of a minimum."
    if proven:
        return f"The quotas on {titles} cannot all be met at {size:,} {unit}: no choice of rows obeys them all."
    return f"The quotas on {titles} were not met by the order at {size:,} {unit}: {came}"
