"""Lays landmarks out by UMAP's objective, places every other row among them, and clusters in the same way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.features.landmarks.graph import curve, edges, strengths
from core.features.landmarks.kernels import move_landmarks, move_rows
from core.features.layout import pca
from core.features.partition import NOISE, canonical, hdbscan_labels
from core.progress import Progress, silent

EPOCHS = 200  # of the landmarks
ROW_EPOCHS = 30  # of the other rows, which begin near their end
EXTENT = 10.0  # of the first layout
BLOCK = 65_536  # rows moved at once
LEAST = 5  # landmarks of the smallest cluster: fewer are chance


def landmark_layout(
    vectors: NDArray[np.float32],
    graph: tuple[NDArray[np.int32], NDArray[np.float32]],
    *,
    dimensions: int,
    min_dist: float,
    seed: int,
    progress: Progress = silent,
) -> NDArray[np.float32]:
    """(landmarks, dimensions) float32: the layout of the landmarks, from their PCA, by :data:`EPOCHS` epochs.

    ``graph`` holds positions and distances of neighbours, (landmarks, k) each, each landmark its own first. The
    objective is UMAP's (McInnes et al. 2018), begun from PCA and not from the graph's spectrum. One seed gives one
    layout.
    """
    heads, tails, weights = edges(*graph)
    spread = pca(vectors, dimensions=dimensions)
    places = spread * np.float32(EXTENT / max(float(np.abs(spread).max(initial=0)), 1e-12))
    places += np.random.default_rng(seed).normal(scale=1e-4, size=places.shape).astype(np.float32)
    places = np.ascontiguousarray(places, dtype=np.float32)
    every = (weights.max(initial=1e-12) / np.maximum(weights, 1e-12)).astype(np.float32)
    used = every <= EPOCHS
    heads, tails, every = heads[used], tails[used], every[used]
    due, (a, b) = every.copy(), curve(min_dist)
    for epoch in range(EPOCHS):
        move_landmarks(places, heads, tails, every, due, a, b, epoch, EPOCHS, seed)
        progress(epoch + 1, EPOCHS, f"epochs of the {dimensions}-D layout")
    return places


def placed(
    landmarks: NDArray[np.float32],
    near: NDArray[np.int32],
    distances: NDArray[np.float32],
    *,
    min_dist: float,
    seed: int,
    progress: Progress = silent,
) -> NDArray[np.float32]:
    """(rows, dimensions) float32: each row among its nearest landmarks, which stay where they are.

    ``landmarks`` (landmarks, dimensions); ``near`` and ``distances`` (rows, k). A row begins at the mean of those of
    its landmarks that lie near its nearest one, weighted by strength, so that none starts in the void between two
    groups, and then follows the landmarks' own objective for :data:`ROW_EPOCHS` epochs.
    """
    a, b = curve(min_dist)
    made = np.empty((len(near), landmarks.shape[1]), dtype=np.float32)
    reach = 0.05 * float(np.ptp(landmarks, axis=0).max(initial=0))
    for start in range(0, len(near), BLOCK):
        rows = slice(start, start + BLOCK)
        strong = strengths(distances[rows])
        around = landmarks[near[rows]]  # (block, k, d)
        beside = np.linalg.norm(around - around[:, :1], axis=2) <= reach
        weights = np.where(beside, strong, 0)
        weights /= weights.sum(axis=1, keepdims=True)
        places = np.ascontiguousarray((weights[:, :, None] * around).sum(axis=1), dtype=np.float32)
        move_rows(places, landmarks, near[rows], np.where(beside, strong, 0), a, b, ROW_EPOCHS, seed, start)
        made[rows] = places
        progress(min(start + BLOCK, len(near)), len(near), "rows placed on the map")
    return made


def landmark_labels(
    coordinates: NDArray[np.float32], near: NDArray[np.int32], distances: NDArray[np.float32], *, min_cluster_size: int
) -> NDArray[np.int32]:
    """(rows,) int32 cluster of each row, -1 for noise: HDBSCAN on the landmarks, and a vote of each row's nearest ones.

    ``coordinates`` (landmarks, d). ``min_cluster_size`` counts rows; a cluster has the same share of the landmarks, at
    least :data:`LEAST` of them: smaller ones are not seen by a sample. Noise votes too; ties go to the larger cluster.
    """
    least = max(LEAST, round(min_cluster_size * len(coordinates) / max(1, len(near))))
    of_landmark = hdbscan_labels(coordinates, min_cluster_size=least)
    groups = int(of_landmark.max(initial=NOISE)) + 1
    labels = np.empty(len(near), dtype=np.int32)
    for start in range(0, len(near), BLOCK):
        rows = slice(start, start + BLOCK)
        said = np.where(of_landmark[near[rows]] == NOISE, groups, of_landmark[near[rows]])  # (block, k)
        strong = strengths(distances[rows]).astype(np.float64)
        votes = np.stack([((said == said[:, [at]]) * strong).sum(axis=1) for at in range(said.shape[1])], axis=1)
        best = votes >= votes.max(axis=1, keepdims=True) - 1e-9
        labels[rows] = np.where(best, said, groups + 1).min(axis=1)
    labels[labels == groups] = NOISE
    return canonical(labels)
