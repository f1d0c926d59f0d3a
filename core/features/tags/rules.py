"""Association rules between tags: a tag that always comes with another tag adds no information."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def companions(matrix: sparse.csr_matrix, *, support: int, confidence: float) -> dict[int, tuple[int, float]]:
    """{tag: (the tag it always comes with, confidence)} for the rules A → B that FP-Growth would find.

    ``matrix`` (rows, tags) of ones. A rule holds when at least ``support`` rows carry both tags and they are at least
    ``confidence`` of the rows with A; raising either merges less. Only rules from one tag to one tag can merge tags,
    and the product of the matrix with itself counts them all exactly. Of several B the one with most rows is taken
    (ties: the first). B must be commoner than A, or as common and earlier, so that rules form no circle.
    """
    counts = matrix.astype(np.int64)
    rows = np.asarray(counts.sum(axis=0)).ravel()  # (tags,)
    often = sparse.diags((rows >= support).astype(np.int64), dtype=np.int64)
    together = (often @ (counts.T @ counts) @ often).tocoo()
    tag, other, both = together.row, together.col, together.data
    share = both / np.maximum(rows[tag], 1)
    up = (rows[other] > rows[tag]) | ((rows[other] == rows[tag]) & (other < tag))
    (holds,) = np.nonzero((tag != other) & (both >= support) & (share >= confidence) & up)
    order = holds[np.lexsort((other[holds], -rows[other[holds]], tag[holds]))]
    strongest: dict[int, tuple[int, float]] = {}
    for place in order.tolist():
        strongest.setdefault(int(tag[place]), (int(other[place]), float(share[place])))
    return strongest
