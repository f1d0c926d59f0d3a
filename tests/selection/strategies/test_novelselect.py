"""NovelSelect: the authors' picks, the definition's picks, and what happens to copies."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.selection.greedy import novelty
from core.selection.greedy.novelty import HEAD, _Search, density, novel_select
from core.selection.plan import no_rows
from tests.devices import DEVICES
from tests.golden import GOLDEN, small
from tests.selection.pools import blobs, prepared, view_of
from tests.selection.strategies import slow


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", ["0", "42"])
def test_the_picks_are_those_of_the_authors_code(seed, device):
    vectors = np.load(GOLDEN / "novelsum_reference.npy", allow_pickle=False)
    values = json.loads((GOLDEN / "novelsum.json").read_text())
    picks = values["novelselect_reference_pool_k100"][seed]
    plan = prepared("novelselect", view_of(vectors), start=picks[0], prefix=100, device=device)
    assert plan.order[:100].tolist() == picks


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("start", small.STARTS)
def test_the_small_golden_picks_are_made(start, device):
    _, vectors = small.rows()
    plan = prepared("novelselect", view_of(vectors), start=start, prefix=small.PICKS, device=device)
    assert plan.order[: small.PICKS].tolist() == json.loads(small.VALUES.read_text())["picks"][str(start)]


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=15)
@given(
    rows=st.integers(2, 120),
    seed=st.integers(0, 99),
    power=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    weighed=st.booleans(),
    kept=st.integers(0, 4),
)
def test_lazy_picks_are_those_of_the_definition(device, rows, seed, power, weighed, kept):
    vectors = blobs(rows, width=6, seed=seed)
    sigma = density(vectors, neighbours=5, device=device)
    assert np.allclose(sigma, slow.density(vectors, 5, 0.5), rtol=1e-3)
    quality = np.random.default_rng(seed).uniform(0.5, 2, rows) if weighed else None
    before = list(range(min(kept, rows - 1)))
    count = min(100, rows - len(before))
    result = novel_select(
        vectors,
        sigma,
        count=count,
        power=power,
        quality=quality,
        given=np.array(before, dtype=np.int64),
        device=device,
    )
    assert result.chosen.order.tolist() == slow.novel_select(vectors, sigma, count, 0, power, quality, before)


@pytest.mark.parametrize("device", DEVICES)
def test_picks_stay_exact_when_bins_are_laid_again_and_few_rows_are_active(device):
    vectors = blobs(1500, width=12, centres=30)
    vectors[700:760] = vectors[:60] + 1e-4 * vectors[100:160]  # near-duplicates: densities of every size
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sigma = density(vectors)
    expected = slow.novel_select(vectors, sigma, 400, 7)
    for active in (64, 1500):
        result = novel_select(vectors, sigma, count=400, start=7, active=active, device=device)
        assert result.chosen.order.tolist() == expected
    assert result.sorted_scores < 0.05 * 1500 * 400


def test_a_bound_is_never_below_the_score():
    vectors = blobs(400, width=8, centres=20)
    sigma = density(vectors)
    search = novelty._Search(vectors, sigma, None, 1.0, 200, np.empty(0, dtype=np.int64), "cpu")
    for row in range(0, 400, 2):
        search.take(row)
        search.renew(search.members)
        if row % 30 == 0:
            search.flush()
            search.activate(50)
    search.flush()
    rows = np.flatnonzero(search.free)
    claimed = search.bound[rows].copy()
    assert (claimed * (1 + novelty.SAFETY) >= search._exact(rows)).all()


def test_the_tail_is_exact_novelty_beside_the_prefix():
    vectors = blobs(120, width=6)
    sigma = density(vectors)
    result = novel_select(vectors, sigma, count=40, start=0)
    chosen = result.chosen.order
    delta = np.maximum(1 - vectors.astype(np.float64) @ vectors[chosen].T, 0) * (sigma[:, None] + sigma[chosen])
    weight = 1 / np.arange(1, 41)
    expected = np.sort(delta, axis=1) @ weight / weight.sum()
    left = np.isfinite(result.chosen.left)
    assert left.sum() == 80
    assert np.allclose(result.chosen.left[left], expected[left], rtol=1e-4)


def test_copies_are_left_out_and_counted():
    vectors = blobs(50, width=6)
    vectors[40:] = vectors[:10]
    plan = prepared("novelselect", view_of(vectors), start=0)
    assert plan.outside == {"copy of another row's embedding": 10}
    assert plan.order.tolist() == prepared("novelselect", view_of(vectors[:40]), start=0).order.tolist()


def test_quality_of_zero_or_less_is_refused():
    view = view_of(blobs(10), column_quality=np.arange(10.0))
    with pytest.raises(InputError, match="0 or less"):
        prepared("novelselect", view, quality="quality")


def test_a_short_order_looks_up_no_rank_outside_its_weights():
    """With fewer than HEAD rows the kernels read the weight at which an empty bin ends; garbage there lost rows."""
    search = _Search(blobs(18, width=6, seed=0), np.ones(18), None, 1.0, 3, no_rows(), "cpu")
    assert len(search.fall) >= HEAD and len(search.mass) > HEAD
