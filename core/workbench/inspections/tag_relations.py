"""Which tags stand together in rows, and which tags a set of rows holds more or less often than all rows do."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.view import TypeRows

LEAST_TOGETHER = 3  # rows that two tags share before they are listed
LISTED = 2_000  # lines of a table
PICTURED = 18  # tags of a picture of pairs


def tags_together(types: TypeRows, *, tag: str = "", least: int = LEAST_TOGETHER, most: int = LISTED) -> pd.DataFrame:
    """Columns tag, with, rows, lift, share: pairs of tags in the same rows, those that say most of each other first.

    ``rows`` holds both; ``lift`` = rows · all / (rows of one · rows of the other) is 1 where they meet by chance;
    ``share`` is the per cent of the rows of the first, which is the rarer one, that hold the second. Pairs are ordered
    by rows · ln(lift), their part of the mutual information, and those with lift below 1 are left out. With ``tag``
    only its pairs are given, the tag first. Raising ``least`` leaves out chance meetings of rare tags.
    """
    counts = types.per_type
    matrix = types.matrix.astype(np.int32)
    if tag:
        places = [place for place, name in enumerate(types.names) if name == tag]
        beside = (matrix[:, places].T @ matrix).tocoo()
        first, other = np.full(beside.nnz, places[0] if places else 0), beside.col
        keep = other != first
    else:
        beside = (matrix.T @ matrix).tocoo()
        first, other = beside.row, beside.col
        rarer = (counts[first] < counts[other]) | ((counts[first] == counts[other]) & (first < other))
        keep = (first != other) & rarer
    keep &= beside.data >= least
    first, other, both = first[keep], other[keep], beside.data[keep].astype(np.int64)
    lift = both * float(matrix.shape[0]) / np.maximum(counts[first] * counts[other], 1)
    told = both * np.log(np.maximum(lift, 1e-12))
    order = np.lexsort((other, first, -np.round(told, 9)))
    order = order[lift[order] > 1][:most]
    return pd.DataFrame(
        {
            "tag": [types.names[place] for place in first[order].tolist()],
            "with": [types.names[place] for place in other[order].tolist()],
            "rows": both[order],
            "lift": lift[order],
            "share": 100 * both[order] / np.maximum(counts[first[order]], 1),
        }
    )


def tag_grid(types: TypeRows, *, tag: str = "", most: int = PICTURED, least: int = LEAST_TOGETHER) -> pd.DataFrame:
    """Columns tag, with, rows, lift, share: every pair of the ``most`` tags that tell most of each other, both ways.

    The tags are those of the first pairs of :func:`tags_together`; with ``tag``, that tag and those beside it. They
    come in the leaf order of an average linkage of their overlap (rows with both / rows of the rarer one), so that tags
    of one theme stand side by side: ``frame["tag"].unique()`` is that order. ``share`` is the per cent of the rows of
    the first that hold the second. Empty where no two tags share ``least`` rows.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    pairs = tags_together(types, tag=tag, least=least)
    chosen = list(dict.fromkeys(name for pair in zip(pairs["tag"], pairs["with"], strict=True) for name in pair))[:most]
    if len(chosen) < 2:
        return pd.DataFrame({name: [] for name in ("tag", "with", "rows", "lift", "share")})
    place_of = {name: place for place, name in enumerate(types.names)}
    matrix = types.matrix[:, [place_of[name] for name in chosen]].astype(np.int64)
    both = np.asarray((matrix.T @ matrix).todense())  # (tags, tags)
    counts = np.diag(both)
    overlap = both / np.maximum(np.minimum(counts[:, None], counts[None, :]), 1)
    apart = np.clip(1 - overlap, 0, 1)
    np.fill_diagonal(apart, 0)
    order = leaves_list(linkage(squareform(apart, checks=False), "average", optimal_ordering=True))
    first, other = (
        places.ravel() for places in np.meshgrid(order, order, indexing="ij")
    )  # the pairs line by line, in the order of the leaves
    first, other = first[first != other], other[first != other]
    shared = both[first, other]
    return pd.DataFrame(
        {
            "tag": [chosen[place] for place in first.tolist()],
            "with": [chosen[place] for place in other.tolist()],
            "rows": shared,
            "lift": shared * float(matrix.shape[0]) / np.maximum(counts[first] * counts[other], 1),
            "share": 100 * shared / np.maximum(counts[first], 1),
        }
    )


def tags_against(types: TypeRows, chosen: NDArray[np.int64], pool: NDArray[np.int64]) -> pd.DataFrame:
    """Columns tag, rows, expected, pool rows, ratio, z: the tags of ``chosen`` rows against those of the ``pool``.

    ``chosen`` and ``pool`` are positions of ``types``; the pool should hold the chosen rows. ``expected`` is what a
    random draw of as many rows holds on average, ``ratio`` = rows / expected, and ``z`` the distance from it in
    standard deviations of such a draw (hypergeometric). Largest distance first, ties by name; tags that the pool lacks
    are left out.
    """
    inside = np.asarray(types.matrix[chosen].sum(axis=0)).ravel().astype(np.int64)
    around = np.asarray(types.matrix[pool].sum(axis=0)).ravel().astype(np.int64)
    size, total = len(chosen), max(len(pool), 1)
    share = around / total
    expected = size * share
    spread = np.sqrt(np.maximum(size * share * (1 - share) * (total - size) / max(total - 1, 1), 0))
    distance = np.divide(inside - expected, spread, out=np.zeros(len(share)), where=spread > 0)
    (there,) = np.nonzero(around > 0)
    order = there[np.lexsort((there, -np.round(np.abs(distance[there]), 9)))]
    return pd.DataFrame(
        {
            "tag": [types.names[place] for place in order.tolist()],
            "rows": inside[order],
            "expected": expected[order],
            "pool rows": around[order],
            "ratio": inside[order] / np.maximum(expected[order], 1e-12),
            "z": distance[order],
        }
    )
