"""Views slice what they hold, whatever the feature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from core.errors import FeatureMissing
from core.view import TokenRows, TypeRows, View

rows_of_tokens = st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=12)


def token_rows(rows: list[list[int]]) -> TokenRows:
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    return TokenRows(indptr, ids, 10, np.bincount(ids, minlength=10).astype(np.int64))


@settings(max_examples=60)
@given(rows_of_tokens, st.data(), st.booleans())
def test_taking_rows_of_tokens_equals_picking_lists(rows, data, counted) -> None:
    picked = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8))
    whole = token_rows(rows)
    if counted:
        assert whole.counts.shape == (len(rows), 10)
    taken = whole.take(np.array(picked, dtype=np.int64))
    slow = [rows[at] for at in picked]
    assert [taken.ids[a:b].tolist() for a, b in zip(taken.indptr[:-1], taken.indptr[1:])] == slow
    expected = [[row.count(token) for token in range(10)] for row in slow]
    assert taken.counts.toarray().tolist() == expected
    assert taken.frequency is whole.frequency


def test_rows_taken_from_taken_rows_copy_no_ids_until_they_are_read() -> None:
    whole = token_rows([[1, 2], [3], [4, 5, 6], [7]])
    taken = whole.take(np.array([3, 2, 0])).take(np.array([1, 2]))
    source, rows = taken.whole
    assert (source is whole, rows.tolist()) == (True, [2, 0])
    assert (taken.indptr.tolist(), taken.lengths.tolist()) == ([0, 3, 5], [3, 2])
    assert "ids" not in taken.__dict__
    assert taken.ids.tolist() == [4, 5, 6, 1, 2]
    assert taken.whole[0] is taken
    assert replace(taken, tokenizer="words").ids.tolist() == [4, 5, 6, 1, 2]


def test_a_taken_view_slices_every_feature() -> None:
    view = View(
        np.arange(4, dtype=np.uint64),
        "response",
        {
            "text": lambda: ["a", "b", "c", "d"],
            "embeddings": lambda: np.eye(4, dtype=np.float32),
            "tags": lambda: TypeRows(sparse.csr_matrix(np.eye(4)), ["p", "q", "r", "s"]),
            "column:x": lambda: np.arange(4.0),
        },
    )
    taken = view.take(np.array([1, 3]))
    assert taken.text == ["b", "d"]
    assert taken.embeddings.argmax(axis=1).tolist() == [1, 3]
    assert taken.tags.matrix.toarray().argmax(axis=1).tolist() == [1, 3]
    assert taken.column("x").tolist() == [1.0, 3.0]
    assert taken.columns == ("x",)


def test_a_feature_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(FeatureMissing, match="python -m core embed"):
        View(np.arange(1, dtype=np.uint64)).embeddings  # noqa: B018


def test_a_loader_is_called_once() -> None:
    calls = []
    view = View(np.arange(2, dtype=np.uint64), "response", {"text": lambda: calls.append(1) or ["a", "b"]})
    assert view.text is view.text
    assert calls == [1]


@settings(max_examples=60)
@given(st.lists(st.sets(st.integers(0, 4)), min_size=1, max_size=9))
def test_types_are_counted_by_row_and_by_type(rows) -> None:
    cells = [(row, kind) for row, kinds in enumerate(rows) for kind in sorted(kinds)]
    places = ([row for row, _ in cells], [kind for _, kind in cells])
    matrix = sparse.csr_matrix((np.ones(len(cells), dtype=np.int8), places), shape=(len(rows), 5))
    types = TypeRows(matrix, ["p", "q", "r", "s", "t"])
    assert types.per_row.tolist() == [len(kinds) for kinds in rows]
    assert types.per_type.tolist() == [sum(kind in kinds for kinds in rows) for kind in range(5)]
    assert types.rows_with("r").tolist() == [row for row, kinds in enumerate(rows) if 2 in kinds]
    assert types.rows_with("none such").tolist() == []


def test_a_part_of_a_part_slices_the_whole_and_leaves_the_part_between_unread() -> None:
    vectors = np.arange(12.0).reshape(6, 2)
    loaders = {"embeddings": lambda: vectors, "text": lambda: list("abcdef"), "column:x": lambda: vectors[:, 0]}
    whole = View(np.arange(6, dtype=np.uint64), "response", loaders)
    pool = whole.take(np.array([0, 2, 3, 5]))
    few = pool.take(np.array([1, 3]))
    assert few.embeddings.tolist() == vectors[[2, 5]].tolist()
    assert few.get("text") == ["c", "f"] and few.get("response.text") == ["c", "f"]
    assert not pool._held
    assert pool.embeddings.tolist() == vectors[[0, 2, 3, 5]].tolist()
    again = pool.take(np.array([3]))
    assert again.embeddings.tolist() == vectors[[5]].tolist() and again.column("x").tolist() == [10.0]
