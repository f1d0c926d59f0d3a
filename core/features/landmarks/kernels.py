"""Compiled steps of UMAP's objective: landmarks move together, other rows move among landmarks that stay.

UMAP's own compiled code is translated anew in each process, which takes half a minute and more; these two kernels are
kept on the disk once translated.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

NEGATIVES = 5  # landmarks drawn at random, from which a point moves away, for each step towards a neighbour
MOST_STEP = 4.0  # of one coordinate


@njit(cache=True, inline="always")
def _next(state: np.uint64) -> np.uint64:
    """The next state of a generator of random numbers (xorshift64)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@njit(cache=True, inline="always")
def _clipped(step: float) -> float:
    return min(MOST_STEP, max(-MOST_STEP, step))


@njit(cache=True, inline="always")
def _mixed(number: np.uint64) -> np.uint64:
    """A state that differs much for numbers that differ little (splitmix64)."""
    number = (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    number = (number ^ (number >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    number = (number ^ (number >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (number ^ (number >> np.uint64(31))) | np.uint64(1)


@njit(cache=True, nogil=True)
def move_landmarks(
    places: NDArray[np.float32],
    heads: NDArray[np.int32],
    tails: NDArray[np.int32],
    every: NDArray[np.float32],
    due: NDArray[np.float32],
    a: float,
    b: float,
    epoch: int,
    epochs: int,
    seed: int,
) -> None:
    """One epoch over the edges of the landmarks' graph, in place, in one thread, so that a seed gives one layout.

    ``places`` (landmarks, d); an edge from ``heads`` to ``tails`` is used every ``every`` epochs, next when ``due``.
    """
    count, width = places.shape
    rate = 1.0 - epoch / epochs
    state = _mixed(np.uint64(seed) * np.uint64(1_000_003) + np.uint64(epoch))
    for edge in range(len(heads)):
        if due[edge] > epoch:
            continue
        due[edge] += every[edge]
        head, tail = heads[edge], tails[edge]
        squared = 0.0
        for axis in range(width):
            squared += (places[head, axis] - places[tail, axis]) ** 2
        if squared > 0:
            pull = -2.0 * a * b * squared ** (b - 1.0) / (1.0 + a * squared**b)
            for axis in range(width):
                step = _clipped(pull * (places[head, axis] - places[tail, axis])) * rate
                places[head, axis] += step
                places[tail, axis] -= step
        for _ in range(NEGATIVES):
            state = _next(state)
            other = np.int64(state % np.uint64(count))
            if other == head:
                continue
            squared = 0.0
            for axis in range(width):
                squared += (places[head, axis] - places[other, axis]) ** 2
            if squared > 0:
                push = 2.0 * b / ((0.001 + squared) * (1.0 + a * squared**b))
                for axis in range(width):
                    places[head, axis] += _clipped(push * (places[head, axis] - places[other, axis])) * rate


@njit(cache=True, nogil=True, parallel=True)
def move_rows(
    places: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    near: NDArray[np.int32],
    strengths: NDArray[np.float32],
    a: float,
    b: float,
    epochs: int,
    seed: int,
    first: int,
) -> None:
    """All epochs of each row, in place: towards its nearest landmarks by their strength, away from drawn ones.

    ``places`` (rows, d); ``near`` and ``strengths`` (rows, k); landmarks stay. Each row has its own random numbers, by
    its number counted from ``first``, so that the result depends on no batch and on no number of threads.
    """
    count, width = landmarks.shape
    for row in prange(len(places)):
        state = _mixed(np.uint64(seed) * np.uint64(1_000_003) + np.uint64(first + row))
        place = places[row]
        for epoch in range(epochs):
            rate = 0.5 * (1.0 - epoch / epochs)
            for at in range(near.shape[1]):
                state = _next(state)
                if np.float64(state >> np.uint64(11)) / 9007199254740992.0 > strengths[row, at]:
                    continue
                squared = 0.0
                for axis in range(width):
                    squared += (place[axis] - landmarks[near[row, at], axis]) ** 2
                if squared > 0:
                    pull = -2.0 * a * b * squared ** (b - 1.0) / (1.0 + a * squared**b)
                    for axis in range(width):
                        place[axis] += _clipped(pull * (place[axis] - landmarks[near[row, at], axis])) * rate
                state = _next(state)
                other = np.int64(state % np.uint64(count))
                squared = 0.0
                for axis in range(width):
                    squared += (place[axis] - landmarks[other, axis]) ** 2
                if squared > 0:
                    push = 2.0 * b / ((0.001 + squared) * (1.0 + a * squared**b))
                    for axis in range(width):
                        place[axis] += _clipped(push * (place[axis] - landmarks[other, axis])) * rate
