"""Metrics of k-means cells: inertia inside the rows' own cells, entropy over the reference's cells."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.metrics.kmeans import assign, kmeans
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.row_order import seeded_order
from core.metrics.token_distribution import shannon
from core.metrics.vectors import distinct_rows, unit_vectors
from core.parameters import Parameter
from core.view import View

ROWS_A_CELL = 256  # k-means on the reference is fitted to at most this many rows for each cell

_CENTRES: WeakKeyDictionary[View, dict[tuple[int, int], NDArray[np.float64]]] = WeakKeyDictionary()


def _inertia(measuring: Measuring) -> Reading:
    """Mean squared distance to the nearest of K centres fitted to these rows. O(iterations · rows · K · d)."""
    vectors, cells = unit_vectors(measuring.view), measuring.parameters["clusters"]
    different = len(distinct_rows(vectors))
    if different <= cells:
        return undefined(f"{different:,} different rows leave nothing inside {cells} clusters")
    vectors = vectors[seeded_order(measuring.view.ids, seed=measuring.seed)]
    centres = kmeans(vectors, clusters=cells, seed=measuring.seed, device=measuring.device, progress=measuring.progress)
    _, squared = assign(vectors, centres, device=measuring.device)
    return Reading(value=float(squared.mean()), detail={"sum": float(squared.sum()), "seed": measuring.seed})


def _partition_entropy(measuring: Measuring) -> Reading:
    """Entropy of the rows over k-means cells of the reference. O(iterations · 256 K² · d + rows · K · d)."""
    assert measuring.reference is not None  # named in needs
    pool, cells = unit_vectors(measuring.reference), measuring.parameters["clusters"]
    centres = _CENTRES.setdefault(measuring.reference, {})
    if (cells, measuring.seed) not in centres:
        order = seeded_order(measuring.reference.ids, seed=measuring.seed)[: ROWS_A_CELL * cells]
        learnt = pool[order]
        different = len(distinct_rows(learnt))
        if different < cells:
            return undefined(f"the reference has {different:,} different rows and {cells} cells are asked for")
        centres[cells, measuring.seed] = kmeans(
            learnt,
            clusters=cells,
            seed=measuring.seed,
            iterations=20,
            device=measuring.device,
            progress=measuring.progress,
        )
    labels, _ = assign(unit_vectors(measuring.view), centres[cells, measuring.seed], device=measuring.device)
    counts = np.sort(np.bincount(labels, minlength=cells))[::-1]
    return Reading(
        value=shannon(counts / counts.sum()) / float(np.log(2)),
        detail={
            "cells with rows": int(np.count_nonzero(counts)),
            "highest possible": float(np.log2(cells)),
            "seed": measuring.seed,
        },
    )


def _clusters(default: int, help: str) -> Parameter:
    return Parameter(name="clusters", title="K", kind="int", default=default, minimum=2, maximum=5000, help=help)


METRICS = (
    Metric(
        name="inertia",
        title="Cluster inertia",
        family="embedding",
        direction=1,
        formula="(1/N) Σ_j Σ_{x in cluster j} ‖x − μ_j‖² after k-means with K clusters on these rows (k-means++, one "
        "start). The paper's sum is in the detail.",
        source="Baseline 6 of NovelSum (2502.17184), K = 200. Known from memory, not re-read.",
        measure=_inertia,
        needs=lambda parameters: ("embeddings",),
        parameters=(_clusters(200, "More clusters leave less inside each: the value falls."),),
        size_dependent=True,
        cost="O(iterations · rows · K · d)",
    ),
    Metric(
        name="partition_entropy",
        title="Partition entropy",
        family="embedding",
        direction=1,
        formula="−Σ_j p_j log2 p_j, p_j the share of these rows in cell j of a k-means with K cells on the reference "
        "(learnt from at most 256 K of its rows, 20 steps).",
        source="Baseline 11 of NovelSum (2502.17184), the authors' entropy script; K = 100.",
        measure=_partition_entropy,
        needs=lambda parameters: ("embeddings", "reference"),
        parameters=(_clusters(100, "More cells can be told apart: the value rises, up to log2 K."),),
        size_dependent=True,
        unit="bits",
        cost="O(256 K² · d + rows · K · d)",
    ),
)
