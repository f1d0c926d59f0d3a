"""Lays vectors out in few dimensions: by PCA, or by UMAP from a computed neighbour graph."""

from __future__ import annotations

import re
import warnings

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent

BLOCK = 65_536  # rows read at once
BAR = "{n_fmt}/{total_fmt}"


def pca(vectors: NDArray[np.float32], *, dimensions: int = 2) -> NDArray[np.float32]:
    """(rows, dimensions) float32: the rows along their directions of largest variance.

    Computed from the (d, d) covariance, so that rows are read twice in blocks and never copied as a whole. Each axis is
    signed so that its largest loading is positive: the same rows give the same picture. Axes beyond d are zero.
    """
    rows, width = vectors.shape
    mean = np.zeros(width)
    gram = np.zeros((width, width))
    for start in range(0, rows, BLOCK):
        block = np.asarray(vectors[start : start + BLOCK], dtype=np.float32)
        mean += block.sum(axis=0, dtype=np.float64)
        gram += block.T @ block
    mean /= max(rows, 1)
    _, directions = np.linalg.eigh(gram / max(rows, 1) - np.outer(mean, mean))
    axes = directions[:, ::-1][:, :dimensions]  # (d, dimensions), largest variance first
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    projected = np.zeros((rows, dimensions), dtype=np.float32)
    for start in range(0, rows, BLOCK):
        projected[start : start + BLOCK, : axes.shape[1]] = (vectors[start : start + BLOCK] - mean) @ axes
    return projected


def umap_layout(
    vectors: NDArray[np.float32],
    graph: tuple[NDArray[np.int32], NDArray[np.float32]],
    *,
    dimensions: int,
    min_dist: float,
    seed: int,
    progress: Progress = silent,
) -> NDArray[np.float32]:
    """(rows, dimensions) float32: a UMAP layout of ``vectors`` under the cosine metric from their neighbour graph.

    ``graph`` holds positions and distances, both (rows, neighbours), each row its own first neighbour. A larger
    ``min_dist`` spreads points inside a clump. The seed makes a fit repeatable on one machine; UMAP promises no
    more, so fits are stored. Cancelled between epochs.
    """
    from core.features.compiled_umap import umap_class

    positions, distances = graph
    progress(0, 0, f"starting positions of the {dimensions}-D layout")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # UMAP warns that a seed means one thread, and that it has no search index
        fitted = umap_class()(
            n_neighbors=positions.shape[1],
            n_components=dimensions,
            min_dist=min_dist,
            metric="cosine",
            random_state=seed,
            precomputed_knn=(positions, distances),
            tqdm_kwds={"file": _Epochs(progress, dimensions), "disable": False, "mininterval": 0.5, "bar_format": BAR},
        ).fit(np.asarray(vectors))
    return np.ascontiguousarray(fitted.embedding_, dtype=np.float32)


class _Epochs:
    """The stream that UMAP's progress bar writes to; it reports "12/200" as progress, which may raise Cancelled."""

    def __init__(self, progress: Progress, dimensions: int) -> None:
        self._progress, self._note = progress, f"epochs of the {dimensions}-D layout"

    def write(self, line: str) -> None:
        if match := re.search(r"(?<!\d)(\d++)/(\d+)", line):
            self._progress(int(match[1]), int(match[2]), self._note)

    def flush(self) -> None:
        """Do nothing; the progress bar calls it."""
