"""k-center and log-determinant greedy: the same choices as the definitions, whatever the blocks and the device."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.selection.greedy.determinant import log_det_greedy
from core.selection.greedy.farthest import farthest_first, medoid
from core.selection.plan import Request
from tests.devices import DEVICES
from tests.selection.pools import blobs, prepared, view_of
from tests.selection.strategies import slow


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=12)
@given(rows=st.integers(2, 90), width=st.integers(2, 12), seed=st.integers(0, 99), kept=st.integers(0, 5))
def test_farthest_first_chooses_what_the_definition_chooses(device, rows, width, seed, kept):
    vectors = blobs(rows, width=width, seed=seed)
    before = list(range(min(kept, rows - 1)))
    count = min(30, rows - len(before))
    result = farthest_first(vectors, count=count, given=np.array(before, dtype=np.int64), device=device)
    assert result.order.tolist() == slow.farthest_first(vectors, count, medoid(vectors), before)


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=12)
@given(rows=st.integers(2, 60), width=st.integers(2, 8), seed=st.integers(0, 99), kept=st.integers(0, 4))
def test_log_det_chooses_what_the_definition_chooses(device, rows, width, seed, kept):
    vectors = blobs(rows, width=width, seed=seed)
    before = list(range(min(kept, rows - 1)))
    count = min(20, rows - len(before))
    result = log_det_greedy(vectors, count=count, ridge=0.5, given=np.array(before, dtype=np.int64), device=device)
    assert result.order.tolist() == slow.log_det(vectors, count, 0.5, before)
    assert (result.values > 0).all()


def test_the_number_of_active_rows_changes_no_choice():
    from core.selection.greedy.determinant import Leverage
    from core.selection.greedy.lazy_greedy import choose_falling

    vectors = blobs(3000, width=24, centres=40)
    orders = []
    for active in (8, 300, 5000):
        leverage = Leverage(vectors, ridge=1.0, chosen=np.empty(0, dtype=np.int64))
        start = leverage.exact(np.arange(3000))
        orders.append(choose_falling(vectors, leverage, start, count=200, active=active).order.tolist())
    assert orders[0] == orders[1] == orders[2]


def test_log_det_gains_add_up_to_the_log_determinant():
    vectors = blobs(200, width=10)
    result = log_det_greedy(vectors, count=50, ridge=2.0)
    rows = vectors[result.order].astype(np.float64)
    whole = np.linalg.slogdet(np.eye(50) + rows @ rows.T / 2.0)[1]
    assert result.values.sum() == pytest.approx(whole, rel=1e-9)


def test_the_spread_is_at_least_that_of_an_independent_library():
    import submodlib

    vectors = blobs(150, width=8)
    cosine = vectors.astype(np.float64) @ vectors.T
    function = submodlib.DisparityMinFunction(n=150, mode="dense", sijs=cosine.astype(np.float32))
    theirs = [row for row, _ in function.maximize(budget=20, optimizer="NaiveGreedy", show_progress=False)]
    first = theirs[0]
    ours = farthest_first(vectors, count=20, start=first).order
    assert spread(cosine, ours) >= 0.99 * spread(cosine, theirs)


def spread(cosine: np.ndarray, rows) -> float:
    among = 1 - cosine[np.ix_(rows, rows)]
    np.fill_diagonal(among, np.inf)
    return float(among.min())


def test_the_tail_falls_away_from_the_chosen_rows_and_copies_come_last():
    vectors = blobs(60, width=6)
    vectors[50:] = vectors[:10]
    plan = prepared("kcenter", view_of(vectors), prefix=15)
    near = (vectors.astype(np.float64) @ vectors[plan.order[:15]].T.astype(np.float64)).max(axis=1)
    tail = np.round(1 - near[plan.order[15:]], 6)
    assert (np.diff(tail) <= 0).all()
    assert sorted(plan.order.tolist()) == list(range(60))
    least = plan.answer(Request(size=5, position=0.0)).rows
    assert sorted(least) == sorted(plan.order[-5:])


def test_given_rows_cover_and_are_never_chosen():
    vectors = blobs(80, width=6)
    for name in ("kcenter", "log_det", "facility_location", "novelselect", "repr_filter"):
        plan = prepared(name, view_of(vectors), given=[3, 4, 70], prefix=20)
        assert not set(plan.order.tolist()) & {3, 4, 70}, name
        free = prepared(name, view_of(vectors), prefix=20)
        assert plan.order[:10].tolist() != free.order[:10].tolist(), name


def test_quality_lengthens_a_vector_in_log_det():
    vectors = blobs(50, width=5)
    quality = np.ones(50)
    quality[17] = 9.0
    plan = prepared("log_det", view_of(vectors, column_quality=quality), quality="quality")
    assert plan.order[0] == 17
