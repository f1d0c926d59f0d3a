"""Score-first selection with a similarity ceiling: take rows in order of merit, skip what resembles a taken row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent
from core.selection.plan import Rows, no_rows

BLOCK = 1024
ROUNDING = 4e-6  # single-precision products this near the ceiling are computed again in double precision


@dataclass(frozen=True, eq=False)
class Admitted:
    """``order`` the rows taken, ``room`` (taken,) how far below the ceiling each row's nearest taken row was,
    ``skipped`` those that were too similar and ``unread`` those never reached, both in order of merit."""

    order: Rows
    room: NDArray[np.float64]
    skipped: Rows
    unread: Rows


def admit_by_merit(
    vectors: NDArray[np.float32],
    merit: Rows,
    *,
    ceiling: float,
    count: int,
    given: Rows | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> Admitted:
    """Walk ``merit`` (rows of ``vectors``, best first) and take a row when no taken or ``given`` row has a cosine
    above ``ceiling`` with it, until ``count`` are taken.

    As ``ceiling`` falls fewer, more different rows are taken and the walk reaches further down.
    O(rows read · taken · d).
    """
    import torch

    given = no_rows() if given is None else given
    space = torch.from_numpy(vectors).to(device)
    taken = list(given)
    order: list[int] = []
    room: list[float] = []
    skipped: list[int] = []
    read = 0
    while read < len(merit) and len(order) < count:
        block = merit[read : read + BLOCK]
        here = space[torch.from_numpy(block).to(device)]
        near = np.full(len(block), -1.0)
        for start in range(0, len(taken), 16 * BLOCK):
            part = np.asarray(taken[start : start + 16 * BLOCK], dtype=np.int64)
            cosines = (here @ space[torch.from_numpy(part).to(device)].T).cpu().numpy()
            near = np.maximum(near, _nearest(cosines, vectors, block, part, ceiling))
        among = (here @ here.T).cpu().numpy()
        for place, row in enumerate(block.tolist()):
            read += 1
            if near[place] > ceiling:
                skipped.append(row)
                continue
            order.append(row)
            taken.append(row)
            room.append(ceiling - float(near[place]))
            beside = _nearest(among[:, place : place + 1], vectors, block, block[place : place + 1], ceiling)
            near = np.maximum(near, beside)
            if len(order) == count:
                break
        progress(len(order), count, "rows taken")
    return Admitted(
        np.asarray(order, dtype=np.int64),
        np.asarray(room),
        np.asarray(skipped, dtype=np.int64),
        np.asarray(merit[read:], dtype=np.int64),
    )


def _nearest(
    cosines: NDArray[np.float32], vectors: NDArray[np.float32], rows: Rows, others: Rows, ceiling: float
) -> NDArray[np.float64]:
    """(rows,) the largest of ``cosines`` (rows, others), those near the ceiling settled in double precision."""
    nearest = cosines.max(axis=1).astype(np.float64)
    for place in np.flatnonzero(np.abs(nearest - ceiling) < ROUNDING):
        close = others[cosines[place] > ceiling - 2 * ROUNDING]
        exact = vectors[close].astype(np.float64) @ vectors[rows[place]].astype(np.float64)
        nearest[place] = np.round(exact.max(), 10)
    return nearest
