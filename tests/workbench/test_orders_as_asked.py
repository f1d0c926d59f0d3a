"""Plans of large pools: ordered as far as a request takes, extended by the next, with the rows of a whole plan."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.corpus.row_ids import show_id
from core.features.own_vectors import attach_vectors
from core.features.vector_files import VectorFile
from core.progress import silent
from core.selection.partial_order import OrderTooShort
from core.selection.ranked_plan import RankedPlan
from core.workbench import plans
from core.workbench.build import build, carry_out, open_recipe, prepared
from core.workbench.inspections.slider_curve import slider_curve
from core.workbench.inspections.why import why
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.saving import build_series
from core.workbench.tasks.selecting import prepare
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

CHOICE = {"component": "response", "embedder": "own:drawn"}
PREFIX = 1_000


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A corpus above the size from which NovelSelect is a job, with vectors of its own."""
    home = tmp_path_factory.mktemp("wide")
    workspace, corpus = corpus_of(home, records(4_300))
    vectors = np.random.default_rng(0).standard_normal((len(corpus), 12)).astype(np.float32)
    own = VectorFile(vectors=vectors, ids=None, broken=np.empty(0, dtype=np.int64))
    attach_vectors(workspace, corpus, "response", own, label="drawn")
    return home, corpus.id


@pytest.fixture
def here(wide: tuple[Path, str], tmp_path: Path) -> tuple[Workspace, str]:
    """The corpus in a workspace without any plan."""
    shutil.copytree(wide[0], tmp_path / "home")
    return Workspace(tmp_path / "home"), wide[1]


def asked(corpus: str, size: int, **more: object) -> Recipe:
    fields = {"strategy": "novelselect", "parameters": {"prefix": PREFIX}, **more}
    return Recipe(corpus=corpus, choice=CHOICE, size=size, **fields)  # type: ignore[arg-type]


def digest_of(workspace: Workspace, recipe: Recipe) -> str:
    return build(workspace, recipe).recipe.ids_digest


def ordered(plan: object) -> int:
    assert isinstance(plan, RankedPlan)
    return len(plan.order)


def test_a_small_request_orders_no_more_than_it_takes_and_the_next_goes_on(here: tuple[Workspace, str]) -> None:
    workspace, corpus = here
    first = build(workspace, asked(corpus, 120))
    assert 120 <= ordered(first.plan) <= 160
    assert len(workspace.keys("plans")) == 1
    again = build(workspace, asked(corpus, 110))
    assert len(workspace.keys("plans")) == 1, "what is stored is enough"
    assert again.ids.tolist() == first.ids[:110].tolist()
    longer = build(workspace, asked(corpus, 500))
    assert 500 <= ordered(longer.plan) <= 625
    assert longer.ids[:120].tolist() == first.ids.tolist()
    whole = build(workspace, asked(corpus, 500, position=0.0))
    assert isinstance(whole.plan, RankedPlan)
    assert whole.plan.unordered is None
    assert digest_of(workspace, asked(corpus, 500)) == longer.recipe.ids_digest


def test_rows_and_recipes_are_those_of_a_plan_that_was_whole_from_the_start(
    here: tuple[Workspace, str], tmp_path: Path
) -> None:
    workspace, corpus = here
    shutil.copytree(workspace.home, tmp_path / "other")
    other = Workspace(tmp_path / "other")
    build(other, asked(corpus, 50, position=0.0))  # whole first
    assert len(other.keys("plans")) == 1
    for size, position in ((100, 1.0), (300, 1.0), (100, 0.99), (40, 0.5), (900, 1.0), (1_500, 1.0)):
        recipe = asked(corpus, size, position=position)
        in_parts, at_once = build(workspace, recipe), build(other, recipe)
        assert in_parts.recipe == at_once.recipe
        assert in_parts.ids.tolist() == at_once.ids.tolist()
        assert in_parts.answer.realised == at_once.answer.realised
        assert in_parts.warnings == at_once.warnings
    assert len(other.keys("plans")) == 1


def test_a_budget_in_tokens_and_rules_reach_as_far_as_they_need(here: tuple[Workspace, str], tmp_path: Path) -> None:
    workspace, corpus = here
    shutil.copytree(workspace.home, tmp_path / "other")
    other = Workspace(tmp_path / "other")
    build(other, asked(corpus, 50, position=0.0))
    rule = {"column": "category", "minimum": {"poem": 60}, "maximum": {"note": 20}}
    banned = [show_id(row) for row in build(other, asked(corpus, 90)).ids[:40].tolist()]
    for recipe in (
        asked(corpus, 3_000, unit="tokens"),
        asked(corpus, 150, quotas=(rule,)),
        asked(corpus, 200, excluded=tuple(banned)),
    ):
        assert build(workspace, recipe).recipe == build(other, recipe).recipe


def test_the_job_orders_as_far_as_its_request_and_waiting_ends(here: tuple[Workspace, str]) -> None:
    workspace, corpus = here
    recipe = asked(corpus, 200)
    corpus_view = open_recipe(workspace, recipe)
    whole = plans.completed(recipe, corpus_view)
    further = plans.completed(replace(recipe, size=600), corpus_view)
    assert plans.waits(corpus_view, whole)
    totals: list[float] = []
    made = prepare(workspace, {"recipe": recipe.as_dict()}, lambda done, total, note="": totals.append(total))
    assert workspace.has(*made["artefacts"][0])
    assert totals[-1] == plans.order_wanted(corpus_view, whole)
    assert not plans.waits(corpus_view, whole)
    assert plans.waits(corpus_view, further)
    assert plans.waits(corpus_view, replace(whole, position=0.5))
    prepare(workspace, {"recipe": further.as_dict()}, silent)
    assert not plans.waits(corpus_view, further)


def test_small_pools_and_strategies_that_do_not_stop_are_ordered_at_once(here: tuple[Workspace, str]) -> None:
    workspace, corpus = here
    small = asked(corpus, 50, pool={"categories": ["poem"]})
    for recipe in (small, asked(corpus, 50, strategy="length", parameters={}), asked(corpus, 950)):
        corpus_view = open_recipe(workspace, recipe)
        assert plans.order_wanted(corpus_view, plans.completed(recipe, corpus_view)) is None


def test_the_curve_shows_the_positions_that_are_reached(here: tuple[Workspace, str]) -> None:
    workspace, corpus = here
    recipe = asked(corpus, 120)
    built = build(workspace, recipe)
    measurer = Measurer(built.corpus_view, "response")
    assert set(slider_curve(built, measurer, "ie")) == {1.0}
    whole = build(workspace, replace(recipe, position=0.0))
    curve = slider_curve(whole, measurer, "ie")
    assert len(curve) > 10
    assert curve[1.0] == slider_curve(built, measurer, "ie")[1.0]


def test_a_request_beyond_a_part_goes_on_by_itself(here: tuple[Workspace, str]) -> None:
    workspace, corpus = here
    recipe = asked(corpus, 120)
    corpus_view = open_recipe(workspace, recipe)
    whole, plan = prepared(corpus_view, recipe)
    with pytest.raises(OrderTooShort):
        plan.answer(replace(build(workspace, recipe).request, size=800))
    built = carry_out(corpus_view=corpus_view, recipe=replace(whole, size=800), plan=plan)
    assert len(built.ids) == 800
    beyond = built.corpus_view.pool_rows[-1]
    assert why(build(workspace, recipe), beyond).facts


def test_a_series_and_its_commands_are_as_before(here: tuple[Workspace, str], monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, corpus = here
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    build(workspace, asked(corpus, 60))
    saved = build_series(workspace, asked(corpus, 60), count=3)
    assert [subset.recipe.position for subset in saved] == [0.0, 0.5, 1.0]
    assert digest_of(workspace, asked(corpus, 60)) == saved[-1].digest
    words = ["choose", corpus, "--strategy", "novelselect", "--size", "60", "--feature", "embedder=own:drawn"]
    assert main([*words, "--set", f"prefix={PREFIX}"]) == 0
