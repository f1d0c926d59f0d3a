"""Choosing in parts: the picks of each part alone, then the rule among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.errors import InputError
from core.parameters import complete
from core.row_positions import PoolRows
from core.selection.greedy.novelty import density
from core.selection.partitions import PARTITIONS
from core.selection.plan import no_rows
from core.selection.priorities import priorities
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategies, strategy
from core.selection.strategies.novelselect import OF_THE_WHOLE
from core.selection.strategy import Preparation
from core.view import View

IN_PARTS = ["kcenter", "facility_location", "log_det", "novelselect"]


@pytest.fixture
def view(blobs: tuple[np.ndarray, np.ndarray]) -> View:
    vectors, _ = blobs
    ids = np.sort(np.random.default_rng(3).integers(0, 2**63, len(vectors)).astype(np.uint64))
    return View(ids, "response", {"embeddings": lambda: vectors})


def plan_of(view: View, name: str, *, given: PoolRows | None = None, **values: Any) -> RankedPlan:
    parameters = complete(strategy(name).parameters, {"prefix": 40, **values})
    asked = Preparation(view=view, parameters=parameters, seed=5, given=no_rows() if given is None else given)
    made = strategy(name).prepare(asked)
    assert isinstance(made, RankedPlan)
    return made


def test_the_strategies_that_choose_in_parts_are_known_by_eye() -> None:
    able = [name for name, known in strategies().items() if PARTITIONS in known.parameters]
    assert able == IN_PARTS


@pytest.mark.parametrize("name", IN_PARTS)
def test_one_part_is_the_strategy_itself_and_is_not_written(view: View, name: str) -> None:
    assert "partitions" not in complete(strategy(name).parameters, {"partitions": 1})
    assert plan_of(view, name, partitions=1).order.tolist() == plan_of(view, name).order.tolist()
    assert not plan_of(view, name).notice


@pytest.mark.parametrize("name", IN_PARTS)
def test_several_parts_are_the_rule_in_each_part_and_then_among_their_picks(view: View, name: str) -> None:
    made = plan_of(view, name, partitions=3)
    if name == "novelselect":  # whose density is that of the whole pool
        vectors = view.embeddings
        dense = density(vectors, neighbours=10, power=0.5)
        view = View(view.ids, "response", {"embeddings": lambda: vectors, OF_THE_WHOLE: lambda: dense})
    part = priorities(view.ids, seed=5) % np.uint64(3)
    picks = []
    for number in range(3):
        rows = np.flatnonzero(part == number)
        picks.append(rows[plan_of(view.take(rows), name).order[:40]])
    union = np.sort(np.concatenate(picks))
    expected = union[plan_of(view.take(union), name).order]
    assert made.order[: len(expected)].tolist() == expected.tolist()
    assert sorted(made.order.tolist()) == list(range(len(view)))  # the others follow
    assert made.prefix == 40 and "in 3 parts" in made.notice


@pytest.mark.parametrize("name", IN_PARTS)
def test_rows_in_training_count_and_are_not_chosen(view: View, name: str) -> None:
    given = PoolRows(np.arange(0, 60, 3))
    made = plan_of(view, name, given=given, partitions=4)
    assert not set(made.order.tolist()) & set(given.tolist())
    assert len(made.order) == len(view) - len(given)
    assert made.order[:40].tolist() != plan_of(view, name, partitions=4).order[:40].tolist()


def test_more_parts_than_rows_choose_among_all_rows(view: View) -> None:
    few = view.take(np.arange(30))
    assert plan_of(few, "log_det", partitions=1_000).order[:20].tolist() == plan_of(few, "log_det").order[:20].tolist()


def test_what_parts_lose_is_little_on_blobs_and_never_more_than_a_random_draw(view: View) -> None:
    vectors = np.asarray(view.embeddings, dtype=np.float64)

    def volume(rows: np.ndarray) -> float:
        return float(np.linalg.slogdet(np.eye(vectors.shape[1]) + vectors[rows].T @ vectors[rows])[1])

    exact, parted = (volume(plan_of(view, "log_det", **values).order[:40]) for values in ({}, {"partitions": 6}))
    drawn = volume(np.random.default_rng(0).choice(len(view), 40, replace=False))
    assert drawn < parted <= exact + 1e-9
    assert parted >= 0.98 * exact


def test_a_first_row_lies_in_one_part_only(view: View) -> None:
    with pytest.raises(InputError, match="first row and several parts exclude each other"):
        plan_of(view, "novelselect", start=3, partitions=2)
