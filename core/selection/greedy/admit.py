"""Score-first selection with a similarity ceiling: takes rows in order of merit, skips rows similar to a taken one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.device import full_precision
from core.progress import Progress, silent
from core.selection.plan import Rows, no_rows

if TYPE_CHECKING:
    import torch

Metric = Literal["cosine", "manhattan"]
BLOCK = 1024
ROUNDING = 4e-6  # single-precision products this near the ceiling are computed again in double precision


@dataclass(frozen=True, eq=False)
class Admitted:
    """The result of a walk along the rows in order of merit.

    ``order`` are the rows taken; ``room`` (taken,) is how far each row's largest similarity to a taken row was below
    the ceiling; ``skipped`` rows were too similar and ``unread`` rows were never reached, both in order of merit. Where
    the walk was stopped, ``search`` holds what it goes on from.
    """

    order: Rows
    room: NDArray[np.float64]
    skipped: Rows
    unread: Rows
    search: Mapping[str, NDArray[Any]] | None = None


@full_precision()
def admit_by_merit(
    vectors: NDArray[np.float32],
    merit: Rows,
    *,
    ceiling: float,
    count: int,
    given: Rows | None = None,
    metric: Metric = "cosine",
    until: int | None = None,
    begun: Mapping[str, NDArray[Any]] | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> Admitted:
    """Walk ``merit`` (rows of ``vectors``, best first) and take a row when no taken or ``given`` row has a similarity
    above ``ceiling`` with it, until ``count`` are taken.

    Similarity is the cosine, or 1 − ‖x − y‖₁ / (‖x‖₁ + ‖y‖₁), which lies in [0, 1] and takes some twenty times as
    long. As ``ceiling`` falls fewer, more different rows are taken and the walk reaches further down.
    O(rows read · taken · d). With ``until`` the walk stops after the block of rows in which so many are taken, and goes
    on from the result's ``search`` as ``begun``.
    """
    import torch

    given = no_rows() if given is None else given
    space = torch.from_numpy(vectors).to(device)
    taken = list(given)
    order: list[int] = []
    room: list[float] = []
    skipped: list[int] = []
    read = 0
    if begun is not None:
        order, room, skipped = (begun[name].tolist() for name in ("order", "room", "skipped"))
        read = len(order) + len(skipped)
        taken += order
    pause = count if until is None else min(until, count)
    while read < len(merit) and len(order) < pause:
        block = merit[read : read + BLOCK]
        here = space[torch.from_numpy(block).to(device)]
        near = np.full(len(block), -1.0)
        for start in range(0, len(taken), 16 * BLOCK):
            part = np.asarray(taken[start : start + 16 * BLOCK], dtype=np.int64)
            similar = _similar(here, space[torch.from_numpy(part).to(device)], metric)
            near = np.maximum(near, _nearest(similar, vectors, block, part, ceiling, metric))
        among = _similar(here, here, metric)
        for place, row in enumerate(block.tolist()):
            read += 1
            if near[place] > ceiling:
                skipped.append(row)
                continue
            order.append(row)
            taken.append(row)
            room.append(ceiling - float(near[place]))
            beside = _nearest(among[:, place : place + 1], vectors, block, block[place : place + 1], ceiling, metric)
            near = np.maximum(near, beside)
            if len(order) == count:
                break
        progress(len(order), count, "rows taken")
    taken_rows, skipped_rows = np.asarray(order, dtype=np.int64), np.asarray(skipped, dtype=np.int64)
    spare = np.asarray(room, dtype=np.float64)
    stopped = read < len(merit) and len(order) < count
    search = {"order": taken_rows, "room": spare, "skipped": skipped_rows} if stopped else None
    return Admitted(taken_rows, spare, skipped_rows, np.asarray(merit[read:], dtype=np.int64), search)


def _similar(left: torch.Tensor, right: torch.Tensor, metric: Metric) -> NDArray[np.float32]:
    """(left, right) float32 similarities."""
    import torch

    if metric == "cosine":
        return (left @ right.T).cpu().numpy()
    apart = torch.cdist(left, right, p=1.0)
    apart /= left.abs().sum(dim=1)[:, None] + right.abs().sum(dim=1)
    return (1 - apart).cpu().numpy()


def _nearest(
    similar: NDArray[np.float32],
    vectors: NDArray[np.float32],
    rows: Rows,
    others: Rows,
    ceiling: float,
    metric: Metric,
) -> NDArray[np.float64]:
    """(rows,) the largest of ``similar`` (rows, others); values near the ceiling are recomputed in double precision."""
    nearest = similar.max(axis=1).astype(np.float64)
    for place in np.flatnonzero(np.abs(nearest - ceiling) < ROUNDING):
        close = vectors[others[similar[place] > ceiling - 2 * ROUNDING]].astype(np.float64)
        own = vectors[rows[place]].astype(np.float64)
        if metric == "cosine":
            exact = close @ own
        else:
            exact = 1 - np.abs(close - own).sum(axis=1) / (np.abs(close).sum(axis=1) + np.abs(own).sum())
        nearest[place] = np.round(exact.max(), 10)
    return nearest
