"""Partitions rows into clusters: HDBSCAN on few coordinates, k-means or EVoC on the vectors, or a column.

Also settles how noise rows are treated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InputError, quoted

NOISE = -1
NOISE_WORDS = ("-1", "noise", "Noise", "outlier", "Outlier")  # how other tools write noise
# How the rows that HDBSCAN puts into no cluster can be treated.
NOISE_CHOICES = {
    "outside": "left out: noise rows carry no cluster",
    "nearest": "joins the nearest cluster: its nearest row's after UMAP, else the one with the nearest mean vector",
    "own": "one more cluster, made of all noise rows",
}
ROWS_A_GROUP = 58  # mean rows of a cluster in the paper: 117,000 rows in about 2,000 clusters


def hdbscan_labels(coordinates: NDArray[np.float32], *, min_cluster_size: int = 20) -> NDArray[np.int32]:
    """(rows,) int32 cluster of each row, -1 for noise; cluster 0 is the largest.

    HDBSCAN as in the paper (D.1): euclidean, excess of mass, min_samples = min_cluster_size. A larger
    ``min_cluster_size`` gives fewer, larger clusters and, as a rule, more noise. If there are fewer rows than
    ``min_cluster_size``, or all rows have the same coordinates, every row is noise.
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


def evoc_labels(
    vectors: NDArray[np.float32], *, min_cluster_size: int = 20, neighbors: int = 15, seed: int = 42
) -> NDArray[np.int32]:
    """(rows,) int32 cluster of each row by EVoC on the unit vectors, without a projection; -1 for noise.

    Takes EVoC's finest layer with clusters of at least ``min_cluster_size`` rows; a larger size gives fewer, larger
    clusters. More ``neighbors`` follow the global structure more. With fewer rows than either parameter needs, every
    row is noise.
    """
    if min_cluster_size < 2:
        raise InputError(f"min_cluster_size is at least 2, not {min_cluster_size}.")
    rows = len(vectors)
    if rows <= max(min_cluster_size, neighbors) or not np.ptp(vectors, axis=0).any():
        return np.full(rows, NOISE, dtype=np.int32)
    from evoc import EVoC

    fitted = EVoC(base_min_cluster_size=min_cluster_size, n_neighbors=neighbors, random_state=seed)
    fitted.fit(np.ascontiguousarray(vectors, dtype=np.float32))
    return canonical(fitted.cluster_layers_[0])


def nearest_centre(labels: NDArray[np.int32], vectors: NDArray[np.float32]) -> NDArray[np.int32]:
    """``labels`` with each noise row put into the cluster whose mean vector is nearest by cosine; ties: lower cluster.

    ``vectors`` (rows, d) are unit vectors. O(noise rows · clusters · d), a block of rows at a time.
    """
    lost = np.flatnonzero(labels == NOISE)
    clusters = int(labels.max(initial=NOISE)) + 1
    if not clusters or not len(lost):
        return labels
    member = np.flatnonzero(labels >= 0)
    select = sparse.csr_matrix(
        (np.ones(len(member), dtype=np.float32), (labels[member], member)), shape=(clusters, len(labels))
    )
    centres = np.asarray(select @ vectors)
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), np.float32(1e-12))
    settled = np.array(labels)
    for start in range(0, len(lost), 8_192):
        rows = lost[start : start + 8_192]
        settled[rows] = np.argmax(vectors[rows] @ centres.T, axis=1)
    return settled


def column_labels(values: NDArray[Any]) -> tuple[NDArray[np.int32], list[str]]:
    """(rows,) int32 cluster of each row from a column's words or numbers, and the clusters' names, largest first.

    A row without a value, or with one of the usual words for noise (-1, "noise", "outlier"), is noise.
    """
    words = np.array([_word(value) for value in values.tolist()], dtype=object)
    lost = np.isin(words, ["", *NOISE_WORDS])
    names, where = np.unique(words[~lost].astype(str), return_inverse=True)
    raw = np.full(len(values), NOISE, dtype=np.int64)
    raw[~lost] = where
    labels = canonical(raw)
    first = np.unique(labels, return_index=True)[1][1 if lost.any() else 0 :]
    return labels, [str(names[raw[row]]) for row in first]


def _word(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def canonical(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """``labels`` with the clusters numbered by descending size, those of equal size by first row; noise stays -1.

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
    """``labels`` with the noise rows treated as the entry ``noise`` of :data:`NOISE_CHOICES` says.

    "nearest" measures euclidean distance in ``coordinates`` (rows, dimensions), in which the clusters were made; among
    rows at equal distance the lower cluster wins. It changes nothing where every row is noise.
    """
    if noise not in NOISE_CHOICES:
        raise InputError(f"Noise is one of {', '.join(NOISE_CHOICES)}, not {quoted(noise)}.")
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
    nearest, nearest_means = tree.query(np.asarray(coordinates[lost], dtype=np.float64), k=min(4, len(members)))
    nearest, nearest_means = nearest.reshape(len(nearest), -1), nearest_means.reshape(len(nearest_means), -1)
    tied = nearest <= nearest[:, :1]
    settled[lost] = np.where(tied, labels[members[nearest_means]], np.iinfo(np.int32).max).min(axis=1)
    return settled
