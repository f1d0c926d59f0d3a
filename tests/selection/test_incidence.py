"""Incidences made from labels, counts, tokens and tags."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse

import core.selection.incidence as incidence_module
from core.selection.incidence import from_counts, from_labels, from_tokens, from_types
from core.view import TokenRows, TypeRows


def test_labels_become_one_type_a_row_and_noise_none():
    incidence = from_labels(np.array([7, -1, 3, 7]))
    assert incidence.keys.tolist() == [3, 7]
    assert incidence.per_row.tolist() == [1, 0, 1, 1]
    assert incidence.df.tolist() == [1, 2]
    assert [incidence.of(row).tolist() for row in range(4)] == [[1], [], [0], [1]]


def test_counts_and_tokens_give_the_same_types_within_a_mask():
    generator = np.random.default_rng(0)
    lengths = generator.integers(0, 9, 40)
    ids = generator.integers(0, 30, lengths.sum()).astype(np.int32)
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    tokens = TokenRows(indptr, ids, 30, np.bincount(ids, minlength=30))
    mask = generator.random(30) < 0.4
    counts, other = from_counts(tokens.counts, mask=mask), from_tokens(tokens, mask=mask)
    for name in ("indptr", "types", "keys"):
        assert np.array_equal(getattr(counts, name), getattr(other, name))
    rows = [sorted(set(ids[a:b].tolist()) & set(np.flatnonzero(mask).tolist())) for a, b in pairwise(indptr.tolist())]
    assert [other.keys[other.of(row)].tolist() for row in range(40)] == rows


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_tokens_of_a_pool_are_read_in_blocks_and_give_the_types_of_their_counts(monkeypatch, most):
    monkeypatch.setattr(incidence_module, "BLOCK_TOKENS", most)
    generator = np.random.default_rng(1)
    lengths = generator.integers(0, 12, 60)
    ids = generator.integers(0, 40, lengths.sum()).astype(np.int32)
    whole = TokenRows(np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), ids, 40, np.bincount(ids))
    pool = whole.take(np.flatnonzero(generator.random(60) < 0.7))
    mask = generator.random(40) < 0.5
    made = from_tokens(pool, mask=mask)
    assert "ids" not in pool.__dict__  # no copy of the pool's tokens
    twin = from_counts(pool.counts, mask=mask)
    for name in ("indptr", "types", "keys"):
        assert np.array_equal(getattr(made, name), getattr(twin, name)), name
        assert getattr(made, name).dtype == getattr(twin, name).dtype


def test_no_rows_and_rows_without_a_type_of_the_mask_are_empty():
    tokens = TokenRows(np.array([0, 2, 2]), np.array([1, 1], dtype=np.int32), 3, np.array([0, 2, 0]))
    made = from_tokens(tokens, mask=np.array([True, False, True]))
    assert (made.indptr.tolist(), made.keys.tolist(), made.columns[1].tolist()) == ([0, 0, 0], [], [])
    assert from_tokens(tokens.take(np.empty(0, dtype=np.int64)), mask=np.ones(3, dtype=bool)).indptr.tolist() == [0]


def test_types_nobody_carries_are_left_out_and_names_follow():
    matrix = sparse.csr_matrix(np.array([[0, 0, 1], [1, 0, 1]]))
    incidence = from_types(TypeRows(matrix, ["a", "b", "c"]))
    assert incidence.names == ["a", "c"]
    assert [incidence.title(kind) for kind in incidence.of(0)] == ["c"]


def test_columns_are_the_transpose():
    incidence = from_labels(np.array([2, 0, 2, -1, 0, 2]))
    offsets, rows = incidence.columns
    matrix = incidence.matrix.tocsc()
    assert (matrix.indptr.tolist(), matrix.indices.tolist()) == (offsets.tolist(), rows.tolist())
    assert offsets.tolist() == [0, 2, 5]
    assert rows.tolist() == [1, 4, 0, 2, 5]


def test_counts_of_rows_add_up_repeats():
    incidence = from_labels(np.array([0, 1, 1]))
    assert incidence.counts(np.array([1, 2, 2])).tolist() == [0, 3]
    assert incidence.counts(np.empty(0, dtype=np.int64)).tolist() == [0, 0]
