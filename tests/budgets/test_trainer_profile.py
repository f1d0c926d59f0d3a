"""Trainer profiles: tokens into minutes and money and back, kept by name, never invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as drawn

from core.budgets.profile_store import drop_profile, profile_named, profiles, put_profile
from core.budgets.sizing import sized
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import ALL_TOKENS, MINUTES, MONEY, SUPERVISED
from core.errors import InputError, WorkspaceError
from core.workspace.artefacts import Workspace

PROFILE = TrainerProfile(
    name="eight", tokens_a_second=20_000, price_an_hour=2.5, currency="EUR", gpus=8, epochs=3, cutoff=2_048
)


def test_minutes_and_money_are_what_one_reckons_by_hand() -> None:
    # 12,000,000 tokens, three times: 36,000,000 ÷ 20,000 a second = 1,800 s = half an hour of 8 GPUs at 2.50
    assert PROFILE.minutes_of(12_000_000) == pytest.approx(30)
    assert PROFILE.money_of(12_000_000) == pytest.approx(10)
    assert PROFILE.tokens_for(30, MINUTES) == PROFILE.tokens_for(10, MONEY) == 12_000_000


@given(
    tokens=drawn.integers(1, 10**12),
    speed=drawn.floats(1e-3, 1e7),
    epochs=drawn.floats(0.1, 20),
    price=drawn.floats(0.01, 100),
)
def test_tokens_come_back_from_their_minutes_and_their_price(
    tokens: int, speed: float, epochs: float, price: float
) -> None:
    profile = TrainerProfile(name="p", tokens_a_second=speed, epochs=epochs, price_an_hour=price, gpus=2)
    money = profile.money_of(tokens)
    assert money is not None
    for back in (profile.tokens_for(profile.minutes_of(tokens), MINUTES), profile.tokens_for(money, MONEY)):
        assert abs(back - tokens) <= 1 + tokens * 1e-11


def test_a_size_in_minutes_holds_tokens_and_says_by_which_figures() -> None:
    size = sized(30, MINUTES, profile=PROFILE)
    assert (size.size, size.unit, size.row_cutoff) == (12_000_000, ALL_TOKENS, 2_048)
    assert size.budget == {"amount": 30.0, "unit": "minutes", "profile": PROFILE.as_dict()}
    learnt = TrainerProfile(name="learnt", tokens_a_second=100, supervised_only=True)
    assert sized(1, MINUTES, profile=learnt).unit == SUPERVISED


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"tokens_a_second": 0}, "tokens a second"),
        ({"tokens_a_second": float("nan")}, "tokens a second"),
        ({"tokens_a_second": None}, "tokens_a_second"),
        ({"price_an_hour": -1}, "0 or more"),
        ({"gpus": 0}, "GPUs"),
        ({"epochs": 0}, "epochs"),
        ({"name": " "}, "name"),
        ({"currency": "a long currency"}, "currency"),
        ({"speed": 3}, "no 'speed'"),
    ],
)
def test_figures_that_nobody_can_mean_are_refused(figures: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        TrainerProfile.of({**PROFILE.as_dict(), **figures})


def test_what_a_profile_cannot_pay_for_is_refused() -> None:
    free = TrainerProfile(name="free", tokens_a_second=10)
    for amount, unit, profile, said in (
        (5, MONEY, free, "no price"),
        (0, MINUTES, PROFILE, "above 0"),
        (-1, MONEY, PROFILE, "above 0"),
        (float("inf"), MINUTES, PROFILE, "above 0"),
        (1e-9, MINUTES, free, "no token"),
        (1e300, MINUTES, PROFILE, "more tokens"),
    ):
        with pytest.raises(InputError, match=said):
            sized(amount, unit, profile=profile)
    assert free.money_of(1_000) is None


def test_parts_of_a_row_and_unknown_units_are_refused() -> None:
    for amount, unit in ((1.5, "rows"), (-1, "tokens"), (float("nan"), "all_tokens"), (5, "words")):
        with pytest.raises(InputError):
            sized(amount, unit)


def test_profiles_are_kept_by_name_and_come_back_after_deleting(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert profiles(workspace) == {}
    with pytest.raises(InputError, match="nobody but you knows"):
        profile_named(workspace, "")
    put_profile(workspace, PROFILE)
    assert profile_named(workspace, "") == PROFILE  # the only one
    slow = TrainerProfile(name="a laptop", tokens_a_second=90)
    put_profile(workspace, slow)
    assert list(profiles(workspace)) == ["a laptop", "eight"]
    for name in ("", "nine"):
        with pytest.raises(InputError, match="a laptop, eight"):
            try:
                profile_named(workspace, name)
            except InputError as error:
                raise InputError(str(error)) from error
    dropped = drop_profile(workspace, "eight")
    assert dropped == PROFILE and list(profiles(workspace)) == ["a laptop"]
    put_profile(workspace, dropped)
    assert profile_named(workspace, "eight") == PROFILE


def test_a_damaged_or_newer_file_of_profiles_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    put_profile(workspace, PROFILE)
    (path,) = tmp_path.glob("names/*.json")
    for text, said in (("{", "damaged"), ('{"format": 9, "profiles": {}}', "newer"), ("[]", "damaged")):
        path.write_text(text)
        with pytest.raises(WorkspaceError, match=said):
            profiles(workspace)
    path.write_text('{"format": 1, "profiles": {"odd": {"tokens_a_second": "fast"}, "good": {"tokens_a_second": 5}}}')
    assert list(profiles(workspace)) == ["good"]
