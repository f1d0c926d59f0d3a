"""Coverage holes: who is covered equals a loop, fillers are the greedy cover's, each missed example is told once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.metrics.coverage_holes import coverage_holes
from tests.devices import DEVICES
from tests.selection.pools import blobs


def far(a: np.ndarray, b: np.ndarray) -> float:
    return round(float(((a.astype(float) - b.astype(float)) ** 2).sum()) / 2, 9)


@settings(max_examples=25)
@given(seed=st.integers(0, 500), epsilon=st.sampled_from([0.05, 0.3, 0.7]))
def test_it_equals_the_loops(seed, epsilon):
    target, pool = blobs(25, seed=seed, width=5), blobs(40, seed=seed + 1, width=5)
    subset = pool[::8]
    result = coverage_holes(target, subset, pool, epsilon=epsilon)
    missed = []
    for row, example in enumerate(target):
        nearest = min(far(example, other) for other in subset)
        assert result.distances[row] == pytest.approx(nearest, abs=1e-6)
        if nearest > epsilon:
            missed.append(row)
    assert np.flatnonzero(~result.covered).tolist() == missed
    assert sorted(row for hole in result.holes for row in hole.examples) == missed
    open_rows = set(missed)
    for hole in (hole for hole in result.holes if hole.filler is not None):
        fills = {row: {e for e in open_rows if far(target[e], pool[row]) <= epsilon} for row in range(len(pool))}
        assert set(hole.examples) == fills[hole.filler]
        assert len(hole.examples) == max(map(len, fills.values()))
        open_rows -= set(hole.examples)
    assert all(far(target[e], row) > epsilon for e in open_rows for row in pool)
    for hole in (hole for hole in result.holes if hole.filler is None):
        assert all(far(target[e], target[hole.examples[0]]) <= epsilon for e in hole.examples)


@pytest.mark.parametrize("device", DEVICES)
def test_filling_the_holes_leaves_none_that_could_be_filled(device):
    target, pool = blobs(60, seed=1), blobs(400, seed=2)
    first = coverage_holes(target, pool[:5], pool, epsilon=0.3, device=device)
    fillers = [hole.filler for hole in first.holes if hole.filler is not None]
    after = coverage_holes(target, np.concatenate([pool[:5], pool[fillers]]), pool, epsilon=0.3, device=device)
    assert all(hole.filler is None for hole in after.holes)
    assert after.share > first.share


def test_the_ends_are_no_trouble():
    target, pool = blobs(5, seed=1), blobs(9, seed=2)
    assert coverage_holes(target, target, pool, epsilon=0.1).holes == ()
    nothing = coverage_holes(target, pool[:0], pool[:0], epsilon=0.01)
    assert nothing.share == 0 and sum(len(hole.examples) for hole in nothing.holes) == 5
    for bad in ((target, 0.0), (target, 3.0), (target[:0], 0.1)):
        with pytest.raises(InputError):
            coverage_holes(bad[0], pool, pool, epsilon=bad[1])
