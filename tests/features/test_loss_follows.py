"""Whether similarity follows a loss: against plain pairs, for a planted embedder and for one that knows nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from core.errors import InputError
from core.features.loss_follows import follows_loss


def on_a_circle(values: np.ndarray) -> np.ndarray:
    """Unit vectors whose angle is the value, so that near values are near."""
    return np.stack([np.cos(values), np.sin(values)], axis=1).astype(np.float32)


def test_an_embedder_that_knows_the_loss_follows_it_and_a_drawn_one_does_not() -> None:
    draw = np.random.default_rng(0)
    loss = draw.random(300) * 3
    knows = follows_loss(on_a_circle(loss), loss, pairs=5_000)
    noise = draw.normal(size=(300, 6))
    knows_not = follows_loss(
        (noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float32), loss, pairs=5_000
    )
    assert knows.low > 0.9 and knows.low <= knows.spearman <= knows.high
    assert knows_not.low < 0 < knows_not.high
    assert knows.apart[0] > knows.apart[-1] and (np.diff(knows.cosine) > 0).all()


def test_it_equals_spearman_over_all_pairs_that_were_drawn() -> None:
    draw = np.random.default_rng(1)
    loss = draw.random(40)
    loss[3] = np.nan
    vectors = on_a_circle(draw.random(40) * 2)
    seen = follows_loss(vectors, loss, pairs=20_000)
    rows = [row for row in range(40) if row != 3]
    ranks = dict(zip(rows, rankdata(loss[rows]) / len(rows)))
    pairs = [(a, b) for a in rows for b in rows if a != b]
    every = spearmanr(
        [float(vectors[a].astype(float) @ vectors[b]) for a, b in pairs],
        [-abs(ranks[a] - ranks[b]) for a, b in pairs],
    )
    assert seen.spearman == pytest.approx(every.statistic, abs=0.03)


def test_too_few_rows_and_equal_values_are_refused() -> None:
    vectors = on_a_circle(np.linspace(0, 1, 30))
    with pytest.raises(InputError, match="20 are needed"):
        follows_loss(vectors, np.where(np.arange(30) < 10, 1.0, np.nan))
    with pytest.raises(InputError, match="nothing can follow"):
        follows_loss(vectors, np.ones(30))
