"""The kept row that covers a row left out is that of a slow double loop, whatever way the kernel takes to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.selection import left_out
from core.selection.incidence import Incidence
from core.selection.left_out import covering_rows
from tests.selection import slow


def covering(incidence: Incidence, kept: list[int], row: int) -> int:
    """Most types in common, then the rarer ones, then the lower row."""
    rarity = 1.0 / np.maximum(incidence.df, 1)
    best, most = -1, (0, 0.0)
    for other in sorted(kept):
        shared = sorted(set(incidence.of(row).tolist()) & set(incidence.of(other).tolist()))
        worth = len(shared), sum(float(rarity[kind]) for kind in shared)
        if shared and worth > most:
            best, most = other, worth
    return best


@settings(max_examples=80)
@given(slow.incidences(most_rows=14, most_types=6), st.data())
def test_small_pools_of_all_shapes(incidence, data) -> None:
    kept = data.draw(st.lists(st.integers(0, incidence.rows - 1), max_size=8, unique=True))
    rows = [row for row in range(incidence.rows) if row not in kept]
    made = covering_rows(incidence, kept=np.array(kept, dtype=np.int64), rows=np.array(rows, dtype=np.int64))
    assert made.tolist() == [covering(incidence, kept, row) for row in rows]


@pytest.mark.parametrize(("types", "carried"), [(6, 4), (60, 9), (300, 12)])
def test_few_and_many_ties_in_blocks_that_threads_share(monkeypatch, types, carried) -> None:
    """Few types tie many rows, whose sums are made in one pass; many types tie few, which are compared one by one."""
    generator = np.random.default_rng(types)
    sets = [set(generator.choice(types, size=int(generator.integers(0, carried)), replace=False).tolist())
            for _ in range(260)]  # fmt: skip
    incidence = slow.of_sets(sets)
    kept, rows = np.arange(0, 260, 2), np.arange(1, 260, 2)
    expected = [covering(incidence, kept.tolist(), row) for row in rows.tolist()]
    for block in (3, 1000):
        monkeypatch.setattr(left_out, "BLOCK", block)
        assert covering_rows(incidence, kept=kept, rows=rows).tolist() == expected
