"""NovelSum: the distance of each row to the others, near rows weighing most, multiplied by the local density."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.device import full_precision
from core.errors import InputError
from core.metrics.neighbours import nearest
from core.metrics.vectors import distinct_rows, on_device, precise, unit_vectors
from core.progress import Progress, silent
from core.view import View

if TYPE_CHECKING:
    import torch

ROWS = 512
TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The choices in NovelSum on which the paper and the authors' code differ.

    ``side``: the density of the row itself, or of each neighbour, multiplies the distance. ``keep_self``: the row's
    distance 0 to itself takes rank 1, so that its nearest neighbour weighs 1/2^α. ``density``: squared Euclidean or
    cosine distance to the K nearest reference rows; ``density_mean``: their mean or their sum. ``drop``: the nearest
    reference row is dropped always, or only where it is the row itself. ``average``: weighted averages and their mean
    over rows, or plain sums.
    """

    side: Literal["row", "column"] = "row"
    keep_self: bool = True
    density: Literal["squared_l2", "cosine"] = "squared_l2"
    density_mean: bool = True
    drop: Literal["always", "self"] = "always"
    average: bool = True


CONVENTIONS: Mapping[str, Convention] = {
    "repo": Convention(),
    "paper": Convention(
        side="column", keep_self=False, density="cosine", density_mean=False, drop="self", average=False
    ),
}

_DIFFERENT: WeakKeyDictionary[View, NDArray[np.int64]] = WeakKeyDictionary()
_HITS: WeakKeyDictionary[View, dict[int, NDArray[np.float64]]] = WeakKeyDictionary()


@full_precision()
def novelsum_grid(
    view: View,
    *,
    reference: View | None = None,
    neighbours: Sequence[int] = (10,),
    alphas: Sequence[float] = (1.0,),
    betas: Sequence[float] = (0.5,),
    convention: Convention = CONVENTIONS["repo"],
    device: str = "cpu",
    progress: Progress = silent,
) -> dict[tuple[int, float, float], float]:
    """NovelSum for every (K, α, β), from one product and one sort of each block of rows.

    ``reference`` (None: these rows themselves) gives the densities. α near 0 counts all distances equally, a large α
    only the nearest; β near 0 ignores density, a large β favours rows in dense regions; a larger K smooths the density.
    Distances are float32, sums float64: devices, blocks and threads agree to 1e-6. Memory: one block of 512 rows.
    O(rows² · (d + log rows) + rows · reference · d). Source: NovelSum (2502.17184); ``convention`` sets the choices
    that the paper leaves open.
    """
    vectors = unit_vectors(view)
    rows = len(vectors)
    if rows < 2:
        raise InputError("one row has no distance to another")
    densities = np.ones((rows, len(neighbours) * len(betas)))  # σ^β, a column for each (K, β)
    if any(betas):
        hits = _reference_hits(view, reference or view, count=max(neighbours) + 1, device=device, progress=progress)
        for number, (k, beta) in enumerate((k, beta) for k in neighbours for beta in betas):
            densities[:, number] = _density(hits, k=k, convention=convention) ** beta
    ranks = np.arange(1, rows + 1 if convention.keep_self else rows, dtype=np.float64)
    weights = np.stack([ranks**-alpha for alpha in alphas], axis=1)  # (ranks, alphas)
    if convention.average:
        weights /= weights.sum(axis=0)
    totals = np.zeros((densities.shape[1], len(alphas)))
    for start, distances in _distance_blocks(vectors, keep_self=convention.keep_self, device=device):
        if convention.side == "row":
            novelty = _weighted(distances, weights, None)  # (block, alphas)
            totals += densities[start : start + len(novelty)].T @ novelty
        else:
            for number, sums in enumerate(_weighted(distances, weights, densities)):
                totals[number] += sums.sum(axis=0)
        progress(start + distances.shape[0], rows, "rows compared")
    if convention.average:
        totals /= rows
    columns = [(k, beta) for k in neighbours for beta in betas]
    return {
        (k, alpha, beta): float(totals[column, at])
        for column, (k, beta) in enumerate(columns)
        for at, alpha in enumerate(alphas)
    }


def _distance_blocks(
    vectors: NDArray[np.float32], *, keep_self: bool, device: str
) -> Iterator[tuple[int, torch.Tensor]]:
    """Blocks (512, rows) of cosine distances, each with its first row; the distance to oneself is 0 or ∞."""
    import torch

    data = on_device(vectors, device=device, dtype=torch.float32)
    for start in range(0, len(vectors), ROWS):
        distances = (1 - data[start : start + ROWS] @ data.T).clamp_(min=0.0)
        here = torch.arange(distances.shape[0], device=distances.device)
        distances[here, here + start] = 0.0 if keep_self else torch.inf
        yield start, distances


def _weighted(
    distances: torch.Tensor, weights: NDArray[np.float64], densities: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Σ over ranks of weight × distance, (block, alphas).

    With ``densities`` (rows, columns) each distance is multiplied by that of the neighbour: (columns, block, alphas).
    On a CPU numpy sorts float32 rows many times faster than torch; on other devices torch sorts the block in place.
    """
    count = len(weights)
    if distances.device.type == "cpu":
        block = distances.numpy()
        if densities is None:
            block.sort(axis=1)
            return block[:, :count].astype(np.float64) @ weights
        order = np.argsort(block, axis=1)[:, :count]
        ranked = np.take_along_axis(block, order, axis=1)
        return np.stack([(ranked * column[order]) @ weights for column in densities.T])
    import torch

    kind = precise(distances.device.type)
    scale = torch.from_numpy(weights).to(kind).to(distances.device)
    ordered = torch.sort(distances, dim=1)
    ranked_there, at = ordered.values[:, :count].to(kind), ordered.indices[:, :count]
    if densities is None:
        return (ranked_there @ scale).cpu().numpy().astype(np.float64)
    columns = torch.from_numpy(densities.T.copy()).to(kind).to(distances.device)
    sums = torch.stack([(ranked_there * column[at]) @ scale for column in columns])
    return sums.cpu().numpy().astype(np.float64)


def _density(hits: NDArray[np.float64], *, k: int, convention: Convention) -> NDArray[np.float64]:
    """(rows,) σ = 1 / (mean or sum of the distances to the K nearest reference rows + 1e-9)."""
    distances = hits if convention.density == "squared_l2" else hits / 2
    if convention.drop == "always":
        distances = distances[:, 1 : k + 1]
    else:
        own = distances[:, :1] == 0
        distances = np.where(own, distances[:, 1 : k + 1], distances[:, :k])
    near = distances.mean(axis=1) if convention.density_mean else distances.sum(axis=1)
    return 1 / (near + TINY)


def _reference_hits(view: View, reference: View, *, count: int, device: str, progress: Progress) -> NDArray[np.float64]:
    """(rows, count) squared distances to the nearest different reference vectors, ascending.

    The distances of a row of the reference are cached with the reference: subsets of one pool share most of their rows.
    """
    vectors, pool = unit_vectors(view), unit_vectors(reference)
    if reference not in _DIFFERENT:
        _DIFFERENT[reference] = distinct_rows(pool)
    different = _DIFFERENT[reference]
    if len(different) < count:
        raise InputError(f"the reference has {len(different):,} different vectors and K = {count - 1} needs {count:,}")
    by_count = _HITS.setdefault(reference, {})
    known = by_count.setdefault(count, np.full((len(pool), count), np.nan))
    order = np.argsort(reference.ids, kind="stable")
    at = order[np.searchsorted(reference.ids, view.ids, sorter=order).clip(max=len(pool) - 1)]
    same = (reference.ids[at] == view.ids) & (pool[at] == vectors).all(axis=1)
    wanted = np.flatnonzero(~same | np.isnan(known[at, 0]))
    hits = np.empty((len(vectors), count))
    hits[same] = known[at[same]]
    if len(wanted):
        base = pool if len(different) == len(pool) else pool[different]
        hits[wanted], _ = nearest(vectors[wanted], base, count=count, device=device, progress=progress)
    known[at[same]] = hits[same]
    return hits
