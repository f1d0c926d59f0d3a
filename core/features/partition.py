"""Rows into clusters: HDBSCAN on few coordinates, k-means on the vectors, and what becomes of noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError

NOISE = -1
# What may become of the rows that HDBSCAN puts into no cluster.
NOISE_CHOICES = {
    "outside": "left out: noise rows carry no cluster",
    "nearest": "joins the cluster of the nearest clustered row",
    "own": "one more cluster, made of all noise rows",
}
ROWS_A_GROUP = 58  # rows a cluster in the paper: 117,000 rows in about 2,000 clusters


def hdbscan_labels(coordinates: NDArray[np.float32], *, min_cluster_size: int = 20) -> NDArray[np.int32]:
    """(rows,) int32 cluster of each row, -1 for noise; cluster 0 is the largest.

    HDBSCAN as the paper has it (D.1): euclidean, excess of mass, min_samples = min_cluster_size. A larger
    ``min_cluster_size`` gives fewer, larger clusters and, as a rule, more noise. Fewer rows than that, or rows
    that are all in one place, give noise only.
    """
    if min_cluster_size < 2:
        raise InputError(f"min_cluster_size is at least 2, not {min_cluster_size}.")
    rows = len(coordinates)
    if rows < max(min_cluster_size, 3) or not np.ptp(coordinates, axis=0).any():
        return np.full(rows, NOISE, dtype=np.int32)
    from hdbscan import HDBSCAN

    fitted = HDBSCAN(
        min_cluster_size=min_cluster_size,
        metric="euclidean",
        cluster_selection_method="eom",
        core_dist_n_jobs=1,
    ).fit(np.asarray(coordinates, dtype=np.float64))
    return canonical(fitted.labels_)


def kmeans_labels(vectors: NDArray[np.float32], *, groups: int | None = None, seed: int = 42) -> NDArray[np.int32]:
    """(rows,) int32 cluster of each row by k-means on the unit vectors: no projection, no noise.

    ``groups`` defaults to one for every :data:`ROWS_A_GROUP` rows, the paper's mean. More groups are smaller and
    finer. Fitted in mini-batches; repeatable with the seed on one machine.
    """
    import warnings

    from sklearn.cluster import MiniBatchKMeans

    rows = len(vectors)
    wanted = groups if groups is not None else max(2, round(rows / ROWS_A_GROUP))
    if not 1 <= wanted <= rows:
        raise InputError(f"k-means makes between 1 and {rows} groups of {rows} rows, not {wanted}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct rows than groups: the empty ones vanish below
        fitted = MiniBatchKMeans(n_clusters=wanted, batch_size=4_096, n_init=1, random_state=seed).fit(
            np.ascontiguousarray(vectors)
        )
    return canonical(fitted.labels_)


def canonical(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """``labels`` with clusters numbered by falling size, among equals by their first row; noise stays -1.

    Rows stand in row-id order, so the numbers do not depend on the order in which a method found its clusters.
    """
    labels = np.asarray(labels)
    clustered = labels >= 0
    renamed = np.full(len(labels), NOISE, dtype=np.int32)
    if not clustered.any():
        return renamed
    _, first, where, sizes = np.unique(labels[clustered], return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    renamed[clustered] = rank[where]
    return renamed


def settle_noise(
    labels: NDArray[np.int32], coordinates: NDArray[np.float32], *, noise: str = "outside"
) -> NDArray[np.int32]:
    """``labels`` after noise has become what :data:`NOISE_CHOICES` calls ``noise``; other rows keep theirs.

    ``nearest`` measures euclidean distance in ``coordinates`` (rows, dimensions), where the clusters were found;
    among rows at equal distance the lower cluster wins. Where there is no cluster at all it changes nothing.
    """
    if noise not in NOISE_CHOICES:
        raise InputError(f"Noise is one of {', '.join(NOISE_CHOICES)}, not {noise!r}.")
    lost = labels == NOISE
    if noise == "outside" or not lost.any() or (noise == "nearest" and lost.all()):
        return labels
    settled = np.array(labels)
    if noise == "own":
        settled[lost] = labels.max() + 1
        return settled
    from scipy.spatial import KDTree

    members = np.flatnonzero(~lost)
    tree = KDTree(np.asarray(coordinates[members], dtype=np.float64))
    nearest, found = tree.query(np.asarray(coordinates[lost], dtype=np.float64), k=min(4, len(members)))
    nearest, found = nearest.reshape(len(nearest), -1), found.reshape(len(found), -1)
    tied = nearest <= nearest[:, :1]
    settled[lost] = np.where(tied, labels[members[found]], np.iinfo(np.int32).max).min(axis=1)
    return settled
