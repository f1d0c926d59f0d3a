"""RDS+, LESS and TAGCOS: equal to their definitions, evaluated for every row at every step."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.parameters import complete
from core.selection.greedy.partition import k_means
from core.selection.greedy.pursuit import pursue
from core.selection.registry import strategy
from core.selection.strategy import Preparation
from core.selection.targeted.tasks import influences, task_directions
from core.selection.targeted.turns import example_turns
from tests.devices import DEVICES
from tests.selection.pools import blobs, prepared, view_of


def slow_turns(examples: np.ndarray, vectors: np.ndarray, taken: list[int]) -> list[int]:
    cosines = np.round((examples.astype(np.float64) @ vectors.astype(np.float64).T), 6)
    order: list[int] = []
    while len(order) + len(taken) < len(vectors):
        for own in cosines:
            left = [row for row in range(len(vectors)) if row not in order and row not in taken]
            if left:
                order.append(max(left, key=lambda row: (own[row], -row)))
    return order


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("given", [[], [3, 7, 40]])
def test_each_example_in_turn_takes_the_free_row_nearest_to_it(given, device) -> None:
    vectors, examples = blobs(90, seed=1), blobs(7, seed=2)
    turns = example_turns(examples, vectors, taken=np.array(given, dtype=np.int64), device=device)
    assert turns.order.tolist() == slow_turns(examples, vectors, given) and turns.whole
    np.testing.assert_allclose(turns.nearness, (examples @ vectors.T).max(axis=0), atol=1e-6)


def test_with_fewer_candidates_in_sight_the_order_is_the_beginning_of_the_whole() -> None:
    vectors, examples = blobs(200, seed=3), blobs(6, seed=4)
    whole = example_turns(examples, vectors, taken=np.empty(0, dtype=np.int64)).order
    for pairs in (6, 60, 240, 900):
        part = example_turns(examples, vectors, taken=np.empty(0, dtype=np.int64), most_pairs=pairs)
        assert not part.whole and 0 < len(part.order) < 200
        assert part.order.tolist() == whole[: len(part.order)].tolist()


def chosen(name: str, vectors: np.ndarray, target, **parameters):
    known = strategy(name)
    asked = complete(known.parameters, parameters)
    return known.prepare(Preparation(view=view_of(vectors), parameters=asked, target=target, given=np.array([5])))


def test_rds_orders_by_turns_or_by_the_nearest_example() -> None:
    vectors, examples = blobs(80, seed=5), blobs(5, seed=6)
    turns = chosen("rds", vectors, view_of(examples))
    assert turns.order.tolist() == slow_turns(examples, vectors, [5])
    nearest = chosen("rds", vectors, view_of(examples), take="nearest")
    near = np.round((examples.astype(np.float64) @ vectors.T).max(axis=0), 6)
    assert nearest.order.tolist() == [row for row in sorted(range(80), key=lambda row: (-near[row], row)) if row != 5]
    np.testing.assert_allclose(nearest.gains, near[nearest.order], atol=2e-6)


@pytest.mark.parametrize("tasks", ["all examples", "column", "each example"])
def test_less_takes_the_task_whose_mean_gradient_is_nearest(tasks) -> None:
    vectors, examples = blobs(70, seed=7), blobs(9, seed=8)
    names = np.array(["sums", "poems", None] * 3, dtype=object)
    plan = chosen(
        "less",
        vectors,
        view_of(examples, column_topic=names),
        tasks=tasks,
        **{"column": "topic"} if tasks == "column" else {},
    )
    groups = {
        "all examples": [range(9)], "column": [[1, 4, 7], [0, 3, 6]], "each example": [[row] for row in range(9)],
    }[tasks]  # fmt: skip
    values = []
    for vector in vectors.astype(np.float64):
        means = [examples[list(rows)].astype(np.float64).mean(axis=0) for rows in groups]
        values.append(max(vector @ mean / np.linalg.norm(mean) for mean in means))
    wanted = [row for row in sorted(range(70), key=lambda row: (-round(values[row], 6), row)) if row != 5]
    assert plan.order.tolist() == wanted
    np.testing.assert_allclose(plan.gains, np.array(values)[wanted], atol=2e-6)


def test_a_column_that_the_examples_lack_is_refused() -> None:
    with pytest.raises(InputError, match="The examples have no column"):
        chosen("less", blobs(9, seed=7), view_of(blobs(4, seed=8)), tasks="column", column="topic")


def test_tasks_without_a_direction_or_a_name_are_refused() -> None:
    examples = blobs(4, seed=9)
    with pytest.raises(InputError, match="No example has a task"):
        task_directions(examples, [None] * 4)
    with pytest.raises(InputError, match="cancel out"):
        task_directions(np.stack([examples[0], -examples[0]]), ["sums", "sums"])
    directions, names = task_directions(examples, ["b", "a", "b", None])
    assert names == ["a", "b"] and influences(examples, directions)[1, 0] == 1


def slow_pursuit(vectors: np.ndarray, aim: np.ndarray, steps: int) -> tuple[list[int], list[float]]:
    """Least squares anew at every step."""
    taken: list[int] = []
    left: list[float] = []
    residual = aim / np.linalg.norm(aim)
    for _ in range(steps):
        products = np.round(vectors @ residual, 9)
        products[taken] = -np.inf
        taken.append(int(np.argmax(products)))
        weights, *_ = np.linalg.lstsq(vectors[taken].T, aim / np.linalg.norm(aim), rcond=None)
        residual = aim / np.linalg.norm(aim) - vectors[taken].T @ weights
        left.append(float(np.linalg.norm(residual)))
    return taken, left


def test_a_pursuit_equals_least_squares_at_every_step_and_ends_where_nothing_is_left() -> None:
    vectors = blobs(60, width=12, seed=10).astype(np.float64)
    order, left = pursue(vectors, vectors.mean(axis=0))
    taken, shares = slow_pursuit(vectors, vectors.mean(axis=0), len(order))
    assert order.tolist() == taken
    np.testing.assert_allclose(left, shares, atol=1e-9)
    assert 1 < len(order) <= 12 and (np.diff(left) <= 1e-12).all()
    same, rest = pursue(np.repeat(vectors[:1], 5, axis=0), vectors[0])
    assert same.tolist() == [0] and rest[0] < 1e-6
    assert len(pursue(vectors, np.zeros(12))[0]) == 0


def test_tagcos_takes_from_each_cluster_what_makes_up_its_mean() -> None:
    vectors = blobs(120, width=12, centres=4, seed=11)
    plan = prepared("tagcos", view_of(vectors), parts=4)
    part = k_means(vectors, parts=4, seed=0)
    for name in range(4):
        rows = np.flatnonzero(part == name)
        own = [row for row in plan.order.tolist() if part[row] == name]
        order, _ = pursue(vectors[rows].astype(np.float64), vectors[rows].astype(np.float64).mean(axis=0))
        assert own[: len(order)] == rows[order].tolist()
    first = np.bincount(part[plan.order[:40]], minlength=4)
    np.testing.assert_allclose(first, 40 * np.bincount(part) / 120, atol=1.01)
    assert sorted(plan.order.tolist()) == list(range(120))
    again = prepared("tagcos", view_of(vectors), parts=4, given=plan.order[:3])
    assert again.order.tolist() == plan.order[3:].tolist()
