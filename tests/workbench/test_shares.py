"""A mixture by weights: the rows that shares are at a size, in a recipe that is mixed anew without preparing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.__main__ import main
from core.errors import Infeasible, InputError
from core.workbench.build import build
from core.workbench.plans import completed, plan_key
from core.workbench.quotas import kept_rule, typed_rule
from core.workbench.recipe import Recipe
from core.workbench.shares import as_bounds, rows_of_shares
from tests.corpora import corpus_of, records

WEIGHTS = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0.01, 100), min_size=1, max_size=8)


@given(weights=WEIGHTS, size=st.integers(0, 500))
def test_rows_of_shares_add_up_and_are_within_one_row_of_the_exact_share(weights: dict, size: int) -> None:
    rows = rows_of_shares(weights, size)
    total = sum(weights.values())
    assert sum(rows.values()) == size
    assert all(abs(rows[value] - size * weight / total) < 1 + 1e-9 for value, weight in weights.items())


def test_the_largest_remainders_get_the_rows_left_and_ties_go_by_name() -> None:
    assert rows_of_shares({"a": 1, "b": 1, "c": 1}, 10) == {"a": 4, "b": 3, "c": 3}
    assert rows_of_shares({"web": 70, "book": 30}, 9) == {"web": 6, "book": 3}
    assert rows_of_shares({"a": 0, "b": 5}, 4) == {"a": 0, "b": 4}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    choice = {"component": "response", "low": 2, "high": 60}
    return workspace, corpus, Recipe(corpus=corpus.id, choice=choice, strategy="micro", size=40)


def mixed(made, shares: dict[str, float], **changes):
    workspace, _, recipe = made
    asked = replace(recipe, quotas=({"column": "category", "shares": shares},), **changes)
    built = build(workspace, asked)
    return built, Counter(built.corpus_view.pool.column("category")[built.answer.rows].tolist())


def test_a_subset_holds_its_mixture_at_every_size_and_is_mixed_anew_by_the_same_plan(made) -> None:
    keys = set()
    for shares, size, counts in (
        ({"poem": 50, "note": 30, "list": 20}, 40, {"poem": 20, "note": 12, "list": 8}),
        ({"poem": 50, "note": 30, "list": 20}, 20, {"poem": 10, "note": 6, "list": 4}),
        ({"poem": 1, "note": 3}, 40, {"poem": 10, "note": 30}),
    ):
        built, held = mixed(made, shares, size=size)
        assert held == counts
        keys.add(plan_key(completed(built.recipe, built.corpus_view)))
        assert build(made[0], built.recipe).recipe.ids_digest == built.recipe.ids_digest
    assert len(keys) == 1


def test_all_other_values_can_have_a_share_together(made) -> None:
    _, held = mixed(made, {"poem": 25, "*": 75})
    assert held["poem"] == 10 and held["note"] + held["list"] == 30 and held["note"] and held["list"]


def test_shares_that_cannot_be_are_refused(made) -> None:
    with pytest.raises(InputError, match="shares and bounds"):
        as_bounds({"column": "category", "shares": {"poem": 1}, "maximum": {"note": 3}}, size=10, unit="rows")
    with pytest.raises(InputError, match="size in rows"):
        mixed(made, {"poem": 1}, unit="tokens", size=500)
    for weight in (-1, float("nan"), "half", True):
        with pytest.raises(InputError, match="must be a number"):
            mixed(made, {"poem": weight})
    with pytest.raises(InputError, match="are 0"):
        mixed(made, {"poem": 0})
    with pytest.raises(Infeasible, match="poem"):
        mixed(made, {"poem": 1}, size=150)  # a third of 240 rows are poems
    with pytest.raises(Infeasible, match="song"):
        mixed(made, {"song": 1})


def test_a_rule_is_kept_and_linked_in_one_form() -> None:
    shares = {"column": "source", "shares": {"web": 7.0}}
    assert kept_rule({"column": "source", "minimum": {}, "maximum": {}, "shares": {"web": 7.0}}) == shares
    assert typed_rule({**shares, "minimum": {}}) == shares
    bounds = {"column": "source", "minimum": {"web": 1}, "maximum": {}}
    assert kept_rule(bounds) == bounds == typed_rule(bounds)
    assert kept_rule({"column": "source", "minimum": {}, "maximum": {}}) == {"column": "source"}


def test_the_command_mixes_by_shares(made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, corpus, _ = made
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    asked = f"choose {corpus.id} --strategy random --size 40 --quota category=poem:75% --quota category=note:25% --ids"
    assert main(asked.split()) == 0
    ids = [int(line, 16) for line in capsys.readouterr().out.split()]
    rows = [corpus.position_of(row_id) for row_id in ids]
    assert Counter(corpus.column("category")[rows].tolist()) == {"poem": 30, "note": 10}
