"""The nearest kept row."""

from __future__ import annotations

import numpy as np

from core.selection import nearest
from core.selection.nearest import nearest_kept


def test_the_nearest_kept_row_is_the_one_of_a_full_comparison(monkeypatch):
    monkeypatch.setattr(nearest, "BLOCK", 7)
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(60, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kept = generator.permutation(60)[:30]
    for row in range(60):
        distance = {other: 1 - float(vectors[other] @ vectors[row]) for other in kept.tolist() if other != row}
        expected = min(distance, key=lambda other: distance[other])
        matches, far = nearest_kept(row, kept, embeddings=vectors)
        assert matches == expected
        assert abs(far - distance[expected]) < 1e-6


def test_a_row_is_not_its_own_neighbour_and_twins_go_to_the_lower_row():
    vectors = np.eye(3, dtype=np.float32)[[0, 1, 1, 1]]
    assert nearest_kept(1, np.array([3, 2, 1]), embeddings=vectors) == (2, 0.0)
    assert nearest_kept(1, np.array([1]), embeddings=vectors) is None
