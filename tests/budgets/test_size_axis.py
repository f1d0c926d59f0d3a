"""An axis of sizes: what recipes count there, shown in the unit that was asked for, and back."""

from __future__ import annotations

import pytest

from core.budgets.size_axis import axis_of, size_axis
from core.budgets.sizing import sized
from core.budgets.trainer_profile import TrainerProfile
from core.errors import InputError

MINE = TrainerProfile(name="mine", tokens_a_second=10, price_an_hour=6, currency="EUR", gpus=2, epochs=2, cutoff=40)


@pytest.mark.parametrize(("unit", "amount"), [("rows", 30), ("tokens", 700), ("minutes", 1.5), ("money", 0.2)])
def test_an_amount_is_the_size_that_a_recipe_of_that_amount_has_and_shows_as_itself(unit: str, amount: float) -> None:
    axis = size_axis(unit, profile=MINE)
    size = axis.size_for(amount)
    assert axis.shown(size) == pytest.approx(amount, rel=0.01)
    fields = axis.fields(size)
    assert {**fields, "budget": {}} == {**sized(amount, unit, profile=MINE).as_fields(), "budget": {}}
    assert axis_of(fields) == axis


def test_amounts_are_worded_with_their_unit_and_currency() -> None:
    assert size_axis("rows").worded(1) == "1 row"
    assert size_axis("all_tokens").worded(12_000) == "12,000 all tokens"
    assert size_axis("minutes", profile=MINE).worded(900) == "3.00 minutes"  # 900 tokens × 2 epochs ÷ 10 a second
    assert size_axis("money", profile=MINE).worded(900) == "0.600 EUR"
    assert size_axis("money", profile=MINE).title == "money in EUR"


def test_money_without_a_price_and_minutes_without_a_profile_are_refused() -> None:
    with pytest.raises(InputError, match="no price"):
        size_axis("money", profile=TrainerProfile(name="free", tokens_a_second=10))
    with pytest.raises(InputError, match="need a trainer profile"):
        size_axis("minutes", profile=None)
    with pytest.raises(InputError, match="cut at"):
        size_axis("rows", row_cutoff=5)
