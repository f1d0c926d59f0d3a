"""How long a training is: tokens gone through, all epochs together, and the minutes and money that they take."""

from __future__ import annotations

import pytest

from core.budgets.trainer_profile import TrainerProfile
from core.budgets.training_budget import training_length, training_words
from core.errors import InputError

MINE = TrainerProfile(name="mine", tokens_a_second=10, price_an_hour=6, currency="EUR", gpus=2, epochs=3)


def test_minutes_are_the_tokens_gone_through_whatever_the_epochs() -> None:
    assert training_length(2, "minutes", profile=MINE) == (1_200, "all_tokens")  # 2 × 60 s × 10 a second
    assert training_length(0.4, "money", profile=MINE) == (1_200, "all_tokens")  # 12 EUR an hour for both GPUs
    learnt = TrainerProfile(name="learnt", tokens_a_second=10, supervised_only=True)
    assert training_length(2, "minutes", profile=learnt) == (1_200, "supervised_tokens")
    assert MINE.tokens_for(2, "minutes") == 400  # of rows, which three epochs go through thrice
    assert training_length(500, "supervised_tokens") == (500, "supervised_tokens")


def test_what_tokens_take_is_said_only_by_a_profile_that_counts_the_same() -> None:
    assert training_words(1_200, "all_tokens", MINE) == "2.00 minutes · 0.400 EUR"
    assert training_words(1_200, "supervised_tokens", MINE) == ""
    assert training_words(1_200, "all_tokens", None) == ""


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        (5, "rows"),
        (5, "tokens"),
        (1.5, "all_tokens"),
        (5, "minutes"),
        (float("inf"), "all_tokens"),
        (float("nan"), "supervised_tokens"),
    ],
)
def test_what_is_no_length_of_a_training_is_refused(amount: float, unit: str) -> None:
    with pytest.raises(InputError):
        training_length(amount, unit)
