"""Whitening: covariance I, what shrinkage does, and the switch that every ranked strategy of vectors has."""

from __future__ import annotations

import numpy as np
import pytest

from core.parameters import complete
from core.selection import whitening as module
from core.selection.registry import strategies, strategy
from core.selection.strategy import Preparation
from core.selection.whitening import WHITEN, whitened_view, whitening
from core.view import View
from tests.selection.pools import blobs, prepared, view_of


def stretched(rows: int, *, width: int = 8, seed: int = 0) -> np.ndarray:
    """Unit vectors that vary far more in some directions than in others, around a common mean."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(rows, width)) * np.linspace(0.2, 3, width) + 2.0
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_after_it_every_direction_varies_equally_and_none_goes_with_another(monkeypatch):
    vectors = stretched(500)
    vectors[17] = 0.0
    monkeypatch.setattr(module, "BLOCK", 64)
    change = whitening(vectors)
    whitened = change.of(vectors)
    assert change.shrunk == 0
    kept = np.delete(whitened, 17, axis=0)
    assert np.allclose(np.cov(kept.T), np.eye(8), atol=1e-6)
    assert np.allclose(kept.mean(axis=0), 0, atol=1e-6)
    assert not whitened[17].any()


def test_it_is_a_pca_whitening_but_for_a_rotation():
    vectors = stretched(300).astype(np.float64)
    centred = vectors - vectors.mean(axis=0)
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    slow = centred @ axes.T / spread * np.sqrt(len(vectors) - 1)
    ours = whitening(vectors.astype(np.float32)).of(vectors.astype(np.float32))
    assert np.allclose(ours @ ours.T, slow @ slow.T, atol=1e-3)


def test_with_fewer_rows_than_directions_no_direction_is_stretched_more_than_tenfold():
    vectors = stretched(6, width=30)
    change = whitening(vectors)
    assert change.shrunk == 0.01
    typical = np.trace(np.cov(vectors.astype(np.float64).T)) / 30
    assert np.linalg.eigvalsh(change.matrix).max() <= 10.001 / np.sqrt(typical)
    assert np.isfinite(change.of(vectors)).all()


@pytest.mark.parametrize("vectors", [np.ones((5, 3), np.float32), np.full((2, 3), np.nan, np.float32)])
def test_vectors_that_cannot_be_whitened_stay_as_they_are(vectors):
    np.testing.assert_array_equal(whitening(vectors).of(vectors), vectors)


def test_every_ranked_strategy_that_reads_vectors_has_the_switch_and_no_other():
    having = {name for name, one in strategies().items() if WHITEN in one.parameters}
    assert {"kcenter", "log_det", "facility_location", "deita", "composite", "tsds", "gio", "novelselect"} <= having
    for name, chosen in strategies().items():
        needs = chosen.needs({parameter.name: parameter.default for parameter in chosen.parameters})
        assert (name in having) == (chosen.kind == "ranked" and any("embeddings" in need for need in needs)), name


def test_switched_on_a_strategy_chooses_by_the_whitened_vectors():
    vectors = stretched(120)
    on = prepared("kcenter", view_of(vectors), whiten=True, prefix=40)
    by_hand = whitened_view(view_of(vectors), {"embeddings": whitening(vectors)})
    assert on.order.tolist() == prepared("kcenter", by_hand, prefix=40).order.tolist()
    assert on.order.tolist() != prepared("kcenter", view_of(vectors), prefix=40).order.tolist()
    assert np.allclose(np.linalg.norm(by_hand.embeddings, axis=1), 1, atol=1e-6)


def test_the_vectors_of_a_view_have_both_names_whitened():
    vectors = stretched(60)
    view = View(np.arange(60, dtype=np.uint64), "response", {"response.embeddings": lambda: vectors})
    changed = whitened_view(view, {"embeddings": whitening(vectors)})
    assert changed.embeddings is changed.get("embeddings")
    np.testing.assert_array_equal(changed.embeddings, changed.get("response.embeddings"))
    assert not np.allclose(changed.embeddings, vectors)


def test_examples_are_whitened_as_the_pool_is():
    vectors, examples = stretched(80), stretched(6, seed=1)
    chosen = strategy("gio")
    parameters = complete(chosen.parameters, {"whiten": True})
    view, target = view_of(vectors), view_of(examples)
    plan = chosen.prepare(Preparation(view=view, target=target, parameters=parameters))
    change = {"embeddings": whitening(vectors)}
    by_hand = chosen.prepare(
        Preparation(
            view=whitened_view(view, change),
            target=whitened_view(target, change),
            parameters=complete(chosen.parameters),
        )
    )
    assert plan.order.tolist() == by_hand.order.tolist()


def test_switched_off_it_is_not_written():
    chosen = strategy("kcenter")
    assert "whiten" not in complete(chosen.parameters, {"whiten": False})
    assert complete(chosen.parameters, {"whiten": True})["whiten"] is True
    assert (
        prepared("kcenter", view_of(blobs(30)), whiten=False).order.tolist()
        == prepared("kcenter", view_of(blobs(30))).order.tolist()
    )
