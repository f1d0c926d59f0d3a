"""Every run learns exactly as many tokens as it was told, whatever its rows; the seed alone orders them."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.training.encoding import CONTEXT
from core.training.plan import plan_training, rate_at
from core.training.settings import ProxySettings
from tests.training.bases import drawn_rows


@pytest.mark.parametrize("counted", ["response", "all"])
@pytest.mark.parametrize("budget", [1, 17, 500, 1_234])
def test_the_budget_is_met_to_the_token(counted, budget) -> None:
    rows = drawn_rows(np.random.default_rng(1).integers(3, 40, size=30).tolist())
    settings = ProxySettings(tokens=budget, learning_rate=1e-3, counted=counted, batch_tokens=100)
    plan = plan_training(rows, settings, seed=3)
    total = 0
    for step, said in zip(plan.steps, plan.counted, strict=True):
        here = 0
        for row, length in step.tolist():
            kinds = rows.kinds[row][:length]
            here += length if counted == "all" else int((kinds[1:] != CONTEXT).sum())
        assert here == said
        total += here
    assert total == budget
    assert all(said >= 100 for said in plan.counted[:-1])
    whole = [row for step in plan.steps for row, _ in step.tolist()]
    first = whole[:30]
    assert len(set(first)) == len(first), "no row comes again before all have come"
    assert plan.epochs == pytest.approx(len(whole) / 30)


def test_seeds_order_the_rows_and_nothing_else_does() -> None:
    rows = drawn_rows([10] * 20)
    settings = ProxySettings(tokens=300, learning_rate=1e-3, batch_tokens=50)
    plans = [plan_training(rows, settings, seed=seed) for seed in (0, 0, 1)]
    orders = [[row for step in plan.steps for row, _ in step.tolist()] for plan in plans]
    assert orders[0] == orders[1] != orders[2]


def test_rows_without_a_response_are_left_out_and_only_such_rows_are_refused() -> None:
    rows = drawn_rows([10, 10, 10])
    rows.kinds[1][:] = CONTEXT
    settings = ProxySettings(tokens=60, learning_rate=1e-3, counted="all")
    plan = plan_training(rows, settings, seed=0)
    assert {row for step in plan.steps for row, _ in step.tolist()} == {0, 2}
    for kinds in rows.kinds:
        kinds[:] = CONTEXT
    with pytest.raises(InputError, match="No row has a response token"):
        plan_training(rows, settings, seed=0)


def test_the_rate_rises_and_falls_as_half_a_cosine() -> None:
    settings = ProxySettings(tokens=100, learning_rate=2.0, warmup=0.1)
    assert rate_at(0.05, settings) == pytest.approx(1.0)
    assert rate_at(0.1, settings) == pytest.approx(2.0)
    assert rate_at(0.55, settings) == pytest.approx(1.0)
    assert rate_at(1.0, settings) == pytest.approx(0.0)


def test_settings_that_make_no_sense_are_refused_with_their_name() -> None:
    for wrong, words in (
        ({"tokens": 0}, "tokens is at least 1"), ({"counted": "words"}, "response or all"),
        ({"precision": "int8"}, "Precision"), ({"learning_rate": 0.0}, "learning rate"), ({"warmup": 1.0}, "shares"),
        ({"cutoff": 4}, "cutoff is at least 16"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            ProxySettings(**{"tokens": 10, "learning_rate": 1e-3, **wrong})
    with pytest.raises(InputError, match="no setting 'epochs'"):
        ProxySettings.of({"tokens": 10, "learning_rate": 1e-3, "epochs": 3})
