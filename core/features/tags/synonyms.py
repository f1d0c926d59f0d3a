"""Groups tags that mean the same: neighbours among their embeddings, named after the tag at the centre."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent

BLOCK = 2_048  # tags compared at once with all others: 2,048 × 50,000 floats are 410 MB


def near_groups(vectors: NDArray[np.float32], *, eps: float, progress: Progress = silent) -> NDArray[np.int64]:
    """(tags,) group of each tag, numbered by its first member: DBSCAN by cosine distance with min_samples 2.

    With min_samples 2 every tag that has a neighbour within ``eps`` is a core point, so the clusters are the connected
    components of the neighbour graph, and a noise tag is a group of its own. The graph is computed exactly, in blocks
    of matrix products. A larger ``eps`` chains more tags together. ``vectors`` (tags, d) have unit length.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    count = len(vectors)
    starts, ends = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start in range(0, count, BLOCK):
        block = vectors[start : start + BLOCK] @ vectors[start:].T  # later tags only: the graph has no direction
        first, other = np.nonzero(block >= np.float32(1 - eps - 1e-6))
        keep = other > first
        starts.append(first[keep] + start)
        ends.append(other[keep] + start)
        progress(min(start + BLOCK, count), count, "tags compared")
    first, other = np.concatenate(starts), np.concatenate(ends)
    graph = sparse.coo_matrix((np.ones(len(first), dtype=np.int8), (first, other)), shape=(count, count))
    return _by_first(connected_components(graph, directed=False)[1])


def dense_groups(vectors: NDArray[np.float32], *, eps: float) -> NDArray[np.int64]:
    """(tags,) groups by HDBSCAN, min_cluster_size 2 and min_samples 2, noise as groups of one.

    With ``eps`` 0.15 this is the synonym merge of From Macro to Micro, App. D.2; our default is :func:`near_groups`.
    ``eps`` is the cosine distance below which clusters are not split (cluster_selection_epsilon, as the Euclidean
    distance of unit vectors at that cosine). O(tags²) time, O(tags) memory: minutes at 20,000 tags, a quarter of an
    hour and more at 50,000, an hour and more at 100,000.
    """
    if len(vectors) < 3:
        return np.arange(len(vectors))
    import hdbscan

    labels = hdbscan.HDBSCAN(
        min_cluster_size=2, min_samples=2, cluster_selection_epsilon=float(np.sqrt(2 * eps)), core_dist_n_jobs=1
    ).fit_predict(vectors.astype(np.float64))
    (noise,) = np.nonzero(labels < 0)
    labels[noise] = labels.max(initial=-1) + 1 + np.arange(len(noise))
    return _by_first(labels)


def centres(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], rows: NDArray[np.int64]
) -> dict[int, tuple[int, float]]:
    """{tag: (centre of its group, cosine to it)} for every tag that is not the centre itself.

    The centre is the member nearest to the group's mean, compared to four digits; ties go to the tag in more ``rows``,
    then to the first. The paper calls it the "cluster-centre tag".
    """
    order = np.argsort(groups, kind="stable")
    edges = np.flatnonzero(np.diff(groups[order], prepend=-1, append=-1))
    merged: dict[int, tuple[int, float]] = {}
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if stop - start < 2:
            continue
        members = order[start:stop]
        mean = vectors[members].mean(axis=0)
        near = np.round(vectors[members] @ mean / max(float(np.linalg.norm(mean)), 1e-12), 4)
        centre = int(members[np.lexsort((members, -rows[members], -near))[0]])
        cosines = vectors[members] @ vectors[centre]
        merged |= {
            tag: (centre, float(min(1.0, cosine)))
            for tag, cosine in zip(members.tolist(), cosines.tolist(), strict=True)
            if tag != centre
        }
    return merged


def _by_first(labels: NDArray[np.signedinteger]) -> NDArray[np.int64]:
    """The same groups, numbered in the order of their first members."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return place[inverse]
