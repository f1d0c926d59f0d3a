"""Small pools for strategies."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from core.parameters import complete
from core.selection.registry import strategy
from core.selection.strategy import Preparation
from core.view import TypeRows, View


def blobs(rows: int, *, width: int = 16, centres: int = 8, seed: int = 0, spread: float = 0.5) -> np.ndarray:
    """Unit vectors around a few centres, as sentence embeddings lie."""
    rng = np.random.default_rng(seed)
    middle = rng.normal(size=(centres, width))
    vectors = middle[rng.integers(0, centres, rows)] + spread * rng.normal(size=(rows, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def view_of(vectors: np.ndarray | None = None, *, ids: np.ndarray | None = None, **features: Any) -> View:
    """A view whose features are given as they are; ``column_score`` makes the column ``score``."""
    mapping = {key.replace("column_", "column:"): value for key, value in features.items()}
    if vectors is not None:
        mapping.setdefault("embeddings", vectors)
    first = next(iter(mapping.values()))
    rows = first.matrix.shape[0] if isinstance(first, TypeRows) else len(first)
    names = np.arange(rows, dtype=np.uint64) * np.uint64(7919) + np.uint64(3) if ids is None else ids
    return View(names, "response", {key: (lambda value=value: value) for key, value in mapping.items()})


def tags_of(rows: list[list[int]], kinds: int = 12) -> TypeRows:
    dense = np.zeros((len(rows), kinds), dtype=np.int8)
    for row, tags in enumerate(rows):
        dense[row, tags] = 1
    return TypeRows(sparse.csr_matrix(dense), [f"tag {kind}" for kind in range(kinds)])


def prepared(name: str, view: View, *, seed: int = 0, given: Any = (), device: str = "cpu", **parameters: Any):
    chosen = strategy(name)
    completed = complete(chosen.parameters, parameters)
    for feature in chosen.needs(completed):
        assert view.has(feature), feature
    rows = np.asarray(given, dtype=np.int64)
    return chosen.prepare(Preparation(view=view, parameters=completed, seed=seed, given=rows, device=device))
