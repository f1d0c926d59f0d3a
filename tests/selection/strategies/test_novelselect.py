"""NovelSelect: the authors' picks, the definition's picks, and what happens to copies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.device import blocks_of
from core.errors import InputError
from core.progress import silent
from core.selection.greedy import novelty, novelty_device
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


@contextmanager
def on_a_card() -> Iterator[None]:
    """Within the block the processor runs the search that a graphics card runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(novelty, "WHOLE", ("cpu", "cuda"))
        yield


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=8)
@given(
    rows=st.integers(2, 70),
    seed=st.integers(0, 99),
    power=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    weighed=st.booleans(),
    kept=st.integers(0, 4),
)
def test_a_card_picks_by_the_definition(device, rows, seed, power, weighed, kept):
    vectors = blobs(rows, width=6, seed=seed)
    sigma = density(vectors, neighbours=5, device=device)
    quality = np.random.default_rng(seed).uniform(0.5, 2, rows) if weighed else None
    before = list(range(min(kept, rows - 1)))
    count = min(40, rows - len(before))
    with on_a_card():
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


@pytest.fixture
def crowded() -> tuple[np.ndarray, np.ndarray]:
    """Blobs with near-duplicates, whose densities have every size."""
    vectors = blobs(300, width=12, centres=20)
    vectors[250:280] = vectors[:30] + 1e-4 * vectors[100:130]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, density(vectors)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("block", [37, 10_000])
def test_a_card_picks_and_orders_the_rest_as_the_processor_does(crowded, device, block, monkeypatch):
    """Few rows a step, so that many steps choose nothing; any blocks."""
    monkeypatch.setattr(novelty_device, "FIRST", 2)
    monkeypatch.setattr(novelty_device, "FEWEST", 2)
    vectors, sigma = crowded
    expected = novel_select(vectors, sigma, count=120, start=7).chosen
    with on_a_card(), blocks_of(block):
        made = novel_select(vectors, sigma, count=120, start=7, device=device).chosen
    assert made.order.tolist() == expected.order.tolist()
    np.testing.assert_allclose(made.values, expected.values, rtol=1e-12)
    np.testing.assert_allclose(made.left, expected.left, rtol=1e-5)


@pytest.mark.parametrize("device", DEVICES)
def test_more_ties_than_a_step_scores_go_to_the_lowest_row_on_a_card(device, monkeypatch):
    monkeypatch.setattr(novelty_device, "FIRST", 4)
    monkeypatch.setattr(novelty_device, "MOST", 8)
    with on_a_card():
        made = novel_select(np.eye(40, dtype=np.float32), np.ones(40), count=12, start=5, device=device)
    assert made.chosen.order.tolist() == [5, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize("device", DEVICES)
def test_a_search_on_a_card_that_was_stopped_goes_on_to_the_same_order(crowded, device):
    vectors, sigma = crowded
    with on_a_card():
        whole = novel_select(vectors, sigma, count=60, start=3, device=device).chosen
        part = novel_select(vectors, sigma, count=60, start=3, until=25, device=device).chosen
        assert part.order.tolist() == whole.order[:25].tolist() and np.isfinite(part.left).sum() == 275
        rest = novel_select(vectors, sigma, count=60, start=3, begun=part.search, device=device).chosen
    assert rest.order.tolist() == whole.order.tolist() and rest.search is None
    np.testing.assert_array_equal(rest.left, whole.left)


def test_bounds_on_a_card_are_never_below_the_score(crowded):
    vectors, sigma = crowded
    search = novelty_device.DeviceSearch(vectors, sigma, None, 1.0, 100, "cpu")
    search.take(np.array([11]))
    search.choose(70, silent)
    told = search.bound.clone()
    search.renew()
    free = search.free
    assert (told[free] * (1 + novelty_device.SAFETY) >= search.score[free]).all()
    assert float((told[free] / search.score[free]).median()) < 1.02  # and close to it


def test_the_host_reads_what_a_card_chose_once_a_run_of_steps(crowded, monkeypatch):
    """Reading a value of a card makes the host wait for all that the card was asked before."""
    reads: list[str] = []
    for name in ("__int__", "__bool__", "__float__", "__index__", "item", "tolist", "nonzero", "numpy"):
        own = getattr(torch.Tensor, name)

        def read(self, *values, own=own, name=name, **options):
            reads.append(name)
            return own(self, *values, **options)

        monkeypatch.setattr(torch.Tensor, name, read)
    vectors, sigma = crowded
    search = novelty_device.DeviceSearch(vectors, sigma, None, 1.0, 201, "cpu")
    search.take(np.array([0]))
    search.choose(200, silent)
    assert len(reads) < 30 and set(reads) <= {"__int__", "numpy"}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is there")
def test_no_step_waits_for_the_card(crowded):
    vectors, sigma = crowded
    search = novelty_device.DeviceSearch(vectors, sigma, None, 1.0, 100, "cuda")
    search.take(np.array([0]))
    search.choose(20, silent)
    torch.cuda.set_sync_debug_mode("error")
    try:
        search._step(search.chosen)
    finally:
        torch.cuda.set_sync_debug_mode("default")
