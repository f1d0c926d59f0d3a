"""Distance to the nearest neighbours: among the rows, and from the pool to the rows."""

from __future__ import annotations

import numpy as np

from core.metrics.metric import Measuring, Metric
from core.metrics.neighbours import nearest
from core.metrics.reading import Reading, undefined
from core.metrics.vectors import unit_vectors
from core.parameters import Parameter


def _knn(measuring: Measuring) -> Reading:
    """Mean cosine distance from a row to its K-th nearest other row. O(rows² · d)."""
    vectors, k = unit_vectors(measuring.view), measuring.parameters["k"]
    if len(vectors) <= k:
        return undefined(f"a row has only {len(vectors) - 1} others and K = {k} are asked for")
    # The first hit is the row itself, or a row equal to it: distance 0 either way.
    squared, _ = nearest(vectors, vectors, count=k + 1, device=measuring.device, progress=measuring.progress)
    distances = squared[:, k] / 2
    return Reading(
        value=float(distances.mean()),
        detail={"median": float(np.median(distances)), "rows at distance 0": int(np.count_nonzero(distances == 0))},
    )


def _facility_location(measuring: Measuring) -> Reading:
    """Mean cosine distance from a reference row to the nearest of these rows. O(reference · rows · d)."""
    assert measuring.reference is not None  # named in needs
    vectors, pool = unit_vectors(measuring.view), unit_vectors(measuring.reference)
    squared, _ = nearest(pool, vectors, count=1, device=measuring.device, progress=measuring.progress)
    distances = squared[:, 0] / 2
    return Reading(
        value=float(distances.mean()),
        detail={"sum": float(distances.sum()), "farthest": float(distances.max()), "reference rows": len(pool)},
    )


METRICS = (
    Metric(
        name="knn",
        title="Nearest-neighbour distance (KNN)",
        family="embedding",
        direction=1,
        formula="(1/N) Σ_i (1 − cos(e_i, its K-th nearest other row)). With K = 1 also called the Chamfer distance.",
        source="Baseline 5 of NovelSum (2502.17184). Known from memory, not re-read.",
        measure=_knn,
        needs=lambda parameters: ("embeddings",),
        parameters=(
            Parameter(
                name="k",
                title="K",
                kind="int",
                default=1,
                minimum=1,
                maximum=1000,
                help="A larger K looks past near-duplicates: the value rises.",
            ),
        ),
        size_dependent=True,
        cost="O(rows² · d)",
    ),
    Metric(
        name="facility_location",
        title="Facility location",
        family="embedding",
        direction=-1,
        formula="(1/|pool|) Σ_{y in pool} min_{x in rows} (1 − cos(y, x)): how far the pool lies from the rows. "
        "The paper's sum is in the detail.",
        source="Baseline 8 of NovelSum (2502.17184).",
        measure=_facility_location,
        needs=lambda parameters: ("embeddings", "reference"),
        of_a_part=True,
        costly=True,
        size_dependent=True,
        cost="O(reference · rows · d)",
    ),
)
