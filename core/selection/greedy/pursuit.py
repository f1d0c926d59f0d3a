"""Orthogonal matching pursuit: rows whose combination comes nearest to the mean of their cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DECIMALS = 9
NOTHING = 1e-6  # of the mean's length: what is left of it counts as nothing


def pursue(vectors: NDArray[np.floating], aim: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The rows of ``vectors`` (n, d) in the order in which they are taken to make up ``aim`` (d,), and what each left.

    Each step takes the free row with the largest inner product with the residual, ties by the lower row; the residual
    is what remains of ``aim`` after its projection onto the span of the rows taken. It stops where the residual, or the
    largest product, is nothing (:data:`NOTHING`), at the latest after d rows. The second result (taken,) is the length
    of the residual after each, as a share of the aim's. O(taken · n · d).
    """
    rows = vectors.astype(np.float64)
    residual = aim.astype(np.float64)
    whole = float(np.linalg.norm(residual))
    if whole == 0:
        return np.empty(0, dtype=np.int64), np.empty(0)
    residual = residual / whole
    basis = np.empty((min(rows.shape), rows.shape[1]))
    free = np.ones(len(rows), dtype=np.bool_)
    order: list[int] = []
    left: list[float] = []
    while len(order) < len(basis):
        products = np.round(np.where(free, rows @ residual, -np.inf), DECIMALS)
        row = int(np.argmax(products))
        if products[row] <= NOTHING:
            break
        free[row] = False
        direction = rows[row].copy()
        for _ in range(2):  # twice, so that rounding leaves no part of the others
            direction -= basis[: len(order)].T @ (basis[: len(order)] @ direction)
        length = float(np.linalg.norm(direction))
        if length < 1e-8:  # the rows taken span it already
            continue
        basis[len(order)] = direction / length
        residual -= basis[len(order)] * (basis[len(order)] @ residual)
        order.append(row)
        left.append(float(np.linalg.norm(residual)))
        if left[-1] <= NOTHING:
            break
    return np.array(order, dtype=np.int64), np.array(left)
