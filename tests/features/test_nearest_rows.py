"""The rows nearest to a row, against all distances, and those that a map misplaces."""

from __future__ import annotations

import numpy as np

from core.features.nearest_rows import BLOCK, nearest_rows, nearest_to, similarities


def unit(rows: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_nearest_rows_are_those_of_all_distances_without_the_row_itself() -> None:
    vectors = unit(300)
    vectors[7] = vectors[3]  # a duplicate of the row is its nearest
    nearest = nearest_rows(vectors, vectors[:, :2], 3, count=12)
    slow = sorted((row for row in range(300) if row != 3), key=lambda row: (-float(vectors[row] @ vectors[3]), row))
    assert nearest.rows.tolist() == slow[:12]
    assert nearest.rows[0] == 7 and nearest.similarity[0] > 0.999


def test_a_neighbour_far_away_on_the_map_is_misplaced() -> None:
    vectors = unit(2_000)
    order = np.argsort(-(vectors @ vectors[0]), kind="stable")
    places = np.zeros((2_000, 2))
    places[order, 0] = np.arange(2_000)  # a map that keeps every distance to row 0 in order
    assert not nearest_rows(vectors, places, 0).misplaced.any()
    places[order[3], 0] = 1_500
    assert nearest_rows(vectors, places, 0).misplaced.tolist() == [number == 2 for number in range(10)]


def test_a_text_s_nearest_rows_come_in_order_and_few_rows_give_all() -> None:
    vectors = unit(5)
    rows, cosine = nearest_to(vectors, vectors[2], count=20)
    assert rows[0] == 2 and sorted(rows.tolist()) == [0, 1, 2, 3, 4]
    assert (np.diff(cosine) <= 0).all()
    assert len(similarities(vectors[:0], vectors[0])) == 0


def test_blocks_change_nothing() -> None:
    vectors = np.tile(unit(7), (BLOCK // 7 + 5, 1))
    assert np.allclose(similarities(vectors, vectors[1]), vectors @ vectors[1], atol=1e-6)
