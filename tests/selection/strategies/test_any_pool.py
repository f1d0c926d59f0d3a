"""What holds for every greedy strategy: bad input is named, ids decide ties, a plan restores, nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.view import TokenRows
from tests.selection.pools import blobs, prepared, tags_of, view_of

CASES = {
    "kcenter": {},
    "facility_location": {},
    "log_det": {},
    "novelselect": {"start": 0},
    "deita": {"score": "score"},
    "repr_filter": {},
    "instag": {},
    "car": {"quality": "score"},
    "mods": {"quality": "score"},
    "qdit": {"quality": "score"},
    "core_set": {},
    "length": {},
    "score": {"column": "score"},
    "bids": {"columns": ["score", "other"]},
    "b2nerd": {"category": "kind"},
}
VECTORS = ("kcenter", "facility_location", "log_det", "novelselect", "repr_filter", "core_set", "b2nerd")
SCORED = {"deita": "score", "car": "quality", "mods": "quality", "qdit": "quality", "score": "column"}


def pool(rows: int = 60, **changes):
    rng = np.random.default_rng(1)
    features = {
        "column_score": rng.random(rows),
        "column_other": rng.random(rows),
        "column_kind": np.array([f"kind {row % 3}" for row in range(rows)], dtype=object),
        "tags": tags_of([[row % 7, row % 11] if row % 7 != row % 11 else [row % 7] for row in range(rows)]),
        "tokens": TokenRows(np.arange(rows + 1), np.zeros(rows, dtype=np.int32), 3, np.array([rows, 0, 0])),
    }
    return view_of(blobs(rows, width=6), **{**features, **changes})


@pytest.mark.parametrize("name", VECTORS)
def test_rows_without_a_direction_are_counted(name):
    vectors = blobs(60, width=6)
    vectors[10:14] = 0
    plan = prepared(name, pool(embeddings=vectors), **CASES[name])
    assert plan.outside["all-zero vector"] == 4
    assert not set(plan.order.tolist()) & set(range(10, 14))
    with pytest.raises(InputError, match="in the pool is the zero vector"):
        prepared(name, pool(embeddings=np.zeros((60, 6), dtype=np.float32)), **CASES[name])
    vectors[0, 0] = np.nan
    with pytest.raises(InputError, match="not numbers"):
        prepared(name, pool(embeddings=vectors), **CASES[name])


@pytest.mark.parametrize("name", SCORED)
def test_scores_that_cannot_order_are_refused(name):
    parameters = CASES[name]
    with pytest.raises(InputError, match="in every row"):
        prepared(name, pool(column_score=np.full(60, 2.5)), **parameters)
    with pytest.raises(InputError, match="no number"):
        prepared(name, pool(column_score=np.full(60, np.nan)), **parameters)
    with pytest.raises(InputError, match="text, not numbers"):
        prepared(name, pool(column_score=np.array(["a"] * 60, dtype=object)), **parameters)
    if name != "deita":
        with pytest.raises(InputError, match="No column is chosen"):
            prepared(name, pool(), **{**parameters, SCORED[name]: None})


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_tiny_pools_are_no_trouble(name, rows):
    plan = prepared(name, pool(rows), **CASES[name])
    assert len(plan.order) == rows


def test_rows_that_are_all_alike_are_no_trouble():
    alike = np.repeat(blobs(1, width=6), 60, axis=0)
    for name in VECTORS:
        plan = prepared(name, pool(embeddings=alike), **CASES[name])
        assert len(plan.order) == (1 if name == "novelselect" else 60), name


def test_no_tag_no_cluster_no_column_is_said():
    with pytest.raises(InputError, match="carries a tag"):
        prepared("instag", pool(tags=tags_of([[]] * 60)))
    with pytest.raises(InputError, match="noise"):
        prepared("core_set", pool(clusters=np.full(60, -1, dtype=np.int32)), partition="clusters")
    with pytest.raises(InputError, match="no score is chosen"):
        prepared("bids", pool())
    with pytest.raises(InputError, match="lower the threshold"):
        prepared("mods", pool(), quality="score", threshold=7.0)
    with pytest.raises(InputError, match="0 or less"):
        prepared("log_det", pool(column_score=np.arange(60.0)), quality="score")


@pytest.mark.parametrize(
    "name", ["kcenter", "facility_location", "log_det", "novelselect", "deita", "mods", "qdit", "bids", "b2nerd"]
)
def test_the_order_of_the_rows_does_not_change_the_choice(name):
    view = pool()
    turn = np.random.default_rng(9).permutation(60)
    moved = pool(
        embeddings=view.embeddings[turn],
        column_score=view.column("score")[turn],
        column_other=view.column("other")[turn],
        column_kind=view.column("kind")[turn],
    )
    start = {"start": int(np.flatnonzero(turn == 0)[0])} if name == "novelselect" else {}
    prefix = {} if name in ("bids", "b2nerd") else {"prefix": 20}
    first = prepared(name, view, **{**CASES[name], **prefix})
    second = prepared(name, moved, **{**CASES[name], **prefix, **start})
    assert turn[second.order].tolist() == first.order.tolist()
