"""TSDS: the transport equals the linear programme, densities equal their definition, draws follow the weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from core.errors import InputError
from core.parameters import complete
from core.selection.plan import Request
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.selection.strategy import Preparation
from core.selection.targeted.candidates import nearest_candidates
from core.selection.targeted.transport import density, transport
from tests.devices import DEVICES
from tests.selection.pools import blobs, view_of


def choose(name: str, vectors: np.ndarray, examples: np.ndarray | None, *, seed: int = 0, given=(), **parameters):
    chosen = strategy(name)
    return chosen.prepare(
        Preparation(
            view=view_of(vectors),
            parameters=complete(chosen.parameters, parameters),
            seed=seed,
            given=np.asarray(given, dtype=np.int64),
            target=None if examples is None else view_of(examples),
        )
    )


def programme(distances: np.ndarray, weights: np.ndarray, alpha: float, scale: float) -> float:
    """The least value of the linear programme: masses γ and the cap u."""
    m, k = distances.shape
    price = np.append((alpha / scale) * distances.ravel(), (1 - alpha) * m)
    rows = np.zeros((m, m * k + 1))
    for example in range(m):
        rows[example, example * k : (example + 1) * k] = 1
    caps = np.zeros((m * k, m * k + 1))
    caps[np.arange(m * k), np.arange(m * k)] = weights.ravel()
    caps[:, -1] = -1
    return float(linprog(price, A_ub=caps, b_ub=np.zeros(m * k), A_eq=rows, b_eq=np.full(m, 1 / m)).fun)


@settings(max_examples=40)
@given(
    examples=st.integers(1, 5),
    width=st.integers(1, 8),
    alpha=st.sampled_from([0.02, 0.3, 0.5, 0.8, 0.98]),
    scale=st.sampled_from([0.2, 1.0, 5.0]),
    seed=st.integers(0, 1000),
)
def test_the_transport_is_the_linear_programmes(examples, width, alpha, scale, seed):
    rng = np.random.default_rng(seed)
    distances = np.sort(rng.random((examples, width)) * 1.4, axis=1)
    weights = 1 + 3 * rng.random((examples, width))
    mass = transport(distances, weights, alpha=alpha, scale=scale)
    np.testing.assert_allclose(mass.sum(axis=1), 1 / examples, rtol=1e-9)
    assert (mass >= 0).all()
    value = (alpha / scale) * (mass * distances).sum() + (1 - alpha) * examples * (weights * mass).max()
    assert value == pytest.approx(programme(distances, weights, alpha, scale), rel=1e-7)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("neighbours", [5, 1000])
def test_the_density_equals_a_loop(neighbours, device):
    vectors = blobs(60, width=6, spread=0.3)
    vectors[7] = vectors[3]
    result = density(vectors, radius=0.75, neighbours=neighbours, device=device)
    for row in range(60):
        far = np.linalg.norm(vectors.astype(float) - vectors[row], axis=1)
        kernel = np.sort(np.maximum(0, 1 - far**2 / 0.75**2))[::-1]
        assert result[row] == pytest.approx(kernel[:neighbours].sum(), abs=1e-4)


@pytest.mark.parametrize("device", DEVICES)
def test_candidates_are_the_nearest(device):
    vectors, examples = blobs(200, seed=1), blobs(7, seed=2)
    result = nearest_candidates(examples, vectors, k=20, device=device)
    for place, example in enumerate(examples):
        far = np.linalg.norm(vectors.astype(float) - example, axis=1)
        assert result.rows[place].tolist() == np.lexsort((np.arange(200), far))[:20].tolist()
        np.testing.assert_allclose(result.distances[place], np.sort(far)[:20], atol=1e-10)
    np.testing.assert_allclose(result.nearness, (vectors @ examples.T).max(axis=1), atol=1e-5)


def test_draws_follow_the_weights():
    vectors, examples = blobs(80, seed=1, spread=0.4), blobs(4, seed=2)
    first: dict[int, int] = {}
    for seed in range(1500):
        plan = choose("tsds", vectors, examples, seed=seed, alpha=0.6)
        first[int(plan.order[0])] = first.get(int(plan.order[0]), 0) + 1
        weight = {int(row): gain for row, gain in zip(plan.order, plan.gains)}
    assert sum(weight.values()) == pytest.approx(1)
    for row, gain in weight.items():
        spread = 4.5 * np.sqrt(gain * (1 - gain) / 1500)
        assert abs(first.get(row, 0) / 1500 - gain) < spread + 1e-3


def test_a_smaller_alpha_spreads_and_a_short_support_is_said():
    vectors, examples = blobs(300, seed=1), blobs(3, seed=1)
    narrow = choose("tsds", vectors, examples, alpha=0.95, scale=1.0)
    wide = choose("tsds", vectors, examples, alpha=0.1)
    assert narrow.prefix < wide.prefix
    answer = RankedPlan.restore(*narrow.state()).answer(Request(size=narrow.prefix + 1))
    assert any(f"Only {narrow.prefix:,} rows receive mass" in warning for warning in answer.warnings)
    assert not narrow.answer(Request(size=narrow.prefix)).warnings
    assert len(set(answer.rows.tolist())) == narrow.prefix + 1


def test_copies_share_the_mass_that_one_row_would_get():
    vectors = blobs(60, seed=5, spread=1.0, width=8)
    examples = blobs(6, seed=6, width=8)
    doubled = np.concatenate([vectors, np.repeat(vectors[10][None], 40, axis=0)])
    alone = choose("tsds", vectors, examples, alpha=0.3)
    crowd = choose("tsds", doubled, examples, alpha=0.3)
    own = {int(r): g for r, g in zip(crowd.order, crowd.gains)}
    copies = [own.get(row, 0.0) for row in (10, *range(60, 100))]
    single = {int(r): g for r, g in zip(alone.order, alone.gains)}.get(10, 0.0)
    assert single > 0
    assert max(copies) < single / 5
    assert sum(copies) < 3 * single


def test_given_rows_and_zero_vectors_are_left_out():
    vectors, examples = blobs(50, seed=1), blobs(3, seed=2)
    vectors[5] = 0
    plan = choose("tsds", vectors, examples, given=[7, 8])
    assert plan.outside == {"all-zero vector": 1}
    assert not {5, 7, 8} & set(plan.order.tolist()) and len(plan.order) == 47


@pytest.mark.parametrize("name", ["tsds", "gio"])
def test_examples_that_cannot_be_used_say_why(name):
    vectors = blobs(50, seed=1)
    with pytest.raises(InputError, match="needs example rows"):
        choose(name, vectors, None)
    with pytest.raises(InputError, match="same embedder"):
        choose(name, vectors, blobs(3, width=5))
    with pytest.raises(InputError, match="of the examples is the zero vector"):
        choose(name, vectors, np.zeros((3, 16), dtype=np.float32))
    chosen = strategy(name)
    bare = Preparation(
        view=view_of(vectors), parameters=complete(chosen.parameters, {}), target=view_of(None, column_score=np.ones(3))
    )
    with pytest.raises(InputError, match="no embeddings yet"):
        chosen.prepare(bare)


@pytest.mark.parametrize("name", ["tsds", "gio"])
@pytest.mark.parametrize(("rows", "examples"), [(1, 1), (2, 3), (5, 1)])
def test_tiny_pools_are_no_trouble(name, rows, examples):
    plan = choose(name, blobs(rows), blobs(examples, seed=9))
    assert sorted(plan.order.tolist()) == list(range(rows))


@pytest.mark.parametrize(("name", "settings"), [("tsds", {"alpha": 0.95, "scale": 1.0}), ("gio", {})])
def test_rows_like_the_examples_come_first(name, settings):
    vectors = blobs(400, centres=8, spread=0.15, seed=3)
    noise = 0.01 * np.random.default_rng(0).normal(size=(12, 16))
    examples = vectors[np.argsort(-(vectors @ vectors[0]))[:12]] + noise
    examples = (examples / np.linalg.norm(examples, axis=1, keepdims=True)).astype(np.float32)
    plan = choose(name, vectors, examples, **settings)
    near = (vectors @ examples.T).max(axis=1)
    first = plan.order[: min(plan.prefix, 10)]
    assert near[first].min() > 0.9 > near.mean() + 0.3
