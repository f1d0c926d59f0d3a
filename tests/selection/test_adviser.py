"""The adviser: every combination of answers gets a strategy that can run with what is there, and a reason."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from core.errors import InputError
from core.selection.adviser import HAVE, WANT, advise
from core.selection.registry import strategies

EVERY_HAVE = [frozenset(some) for count in range(len(HAVE) + 1) for some in combinations(HAVE, count)]
SIZES = [(1, 50), (40, 50), (50, 50), (500, 10_000), (2_000, 20_000), (5_000, 117_000), (9_000, 10_000),
         (20_000, 117_000), (80_000, 117_000), (1_000, 1_000_000), (200_000, 1_000_000)]  # fmt: skip
ANSWERS = list(product(EVERY_HAVE, WANT, SIZES))


def needed(name: str) -> set[str]:
    """Which answers of HAVE the strategy cannot do without: its required columns and its examples."""
    strategy = strategies()[name]
    required = [part for part in strategy.parameters if part.kind in ("numeric_column", "column") and not part.optional]
    values = {part.name: part.default for part in strategy.parameters}
    needs = {"scores" if part.kind == "numeric_column" else "categories" for part in required if not part.of_target}
    needs |= {"categories"} if name == "balanced" else set()
    return needs | ({"examples"} if "target" in strategy.needs(values) else set())


@pytest.mark.parametrize(("have", "want", "size"), ANSWERS)
def test_every_answer_gets_a_strategy_that_can_run(have: frozenset[str], want: str, size: tuple[int, int]) -> None:
    advice = advise(have=have, want=want, rows=size[0], pool_rows=size[1])
    assert needed(advice.strategy) <= have
    assert advice.reasons
    assert all(text.endswith(".") for text in (*advice.reasons, *advice.cautions))
    assert advice.lacks in ("", *(set(HAVE) - have))


def test_every_wish_that_needs_something_says_what_is_lacking() -> None:
    def lacking(want: str) -> str:
        return advise(have=(), want=want, rows=1_000, pool_rows=50_000).lacks

    assert {want: lacking(want) for want in WANT} == {
        "coverage": "", "quality": "scores", "both": "scores", "balance": "", "target": "examples", "baseline": "",
    }  # fmt: skip


def test_the_answers_decide() -> None:
    def strategy(want: str, rows: int, pool: int, *have: str) -> str:
        return advise(have=have, want=want, rows=rows, pool_rows=pool).strategy

    assert strategy("coverage", 1_000, 50_000) == "kcenter"
    assert strategy("coverage", 5_000, 50_000) == "novelselect"
    assert strategy("coverage", 20_000, 117_000) == "micro"
    assert strategy("coverage", 1_000, 1_000_000) == "micro"
    assert strategy("coverage", 30_000, 50_000) == "repr_filter"
    assert strategy("both", 5_000, 50_000, "scores") == "qdit"
    assert strategy("both", 5_000, 1_000_000, "scores") == "deita"
    assert strategy("quality", 5_000, 50_000, "scores") == "deita"
    assert strategy("quality", 40_000, 50_000, "scores") == "score"
    assert strategy("quality", 5_000, 50_000) == "length"
    assert strategy("balance", 500, 50_000, "categories") == "b2nerd"
    assert strategy("balance", 5_000, 50_000) == "macro"
    assert strategy("target", 500, 50_000, "examples") == "tsds"
    assert strategy("target", 9_000, 50_000, "examples") == "gio"
    assert strategy("baseline", 500, 50_000) == "random"


def test_asking_for_the_whole_pool_needs_no_strategy() -> None:
    for want in WANT:
        assert advise(have=HAVE, want=want, rows=50, pool_rows=50).strategy == "random"


@pytest.mark.parametrize(
    "wrong",
    [
        {"have": ("money",)},
        {"want": "everything"},
        {"rows": 0},
        {"pool_rows": 0},
    ],
)
def test_another_answer_is_refused(wrong: dict[str, object]) -> None:
    usual: dict[str, object] = {"have": (), "want": "coverage", "rows": 10, "pool_rows": 100}
    with pytest.raises(InputError):
        advise(**{**usual, **wrong})  # type: ignore[arg-type]
