"""The corpus's mid band reaches every strategy and metric that declares it, by every path, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main, parser
from core.commands.selecting import recipe_of
from core.corpus.pool import PoolSpec
from core.corpus.store import Corpus
from core.errors import InputError
from core.metrics.registry import metrics
from core.parameters import Parameter
from core.selection.registry import strategies
from core.view import TokenRows
from core.workbench import plans
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView, feature_keys
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.curves import Grid
from core.workbench.inspections.overlap import ready, recipe_at
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.corpora import corpus_of, records

APP = Path(__file__).resolve().parents[2] / "app.py"
COUNTS = {"low": 2.0, "high": 60.0, "unit": "count"}
PER_MILLION = {"low": 400.0, "high": 20_000.0, "unit": "per_million"}
QUANTILES = {"low": 0.2, "high": 0.9, "unit": "quantile"}
BANDS = pytest.mark.parametrize("band", [COUNTS, PER_MILLION, QUANTILES], ids=lambda band: band["unit"])
WINDOW = {"length": {"minimum": 20, "maximum": 40, "unit": "tokens"}}
OWN_ROWS = {"low": 10, "high": 500}  # what structural counts: rows that hold an n-gram, not occurrences of a token


@pytest.fixture
def made(workspace: Workspace) -> tuple[Workspace, Corpus]:
    return corpus_of(workspace.home, records())


def subsets_page(**query: Any) -> AppTest:
    """The Subsets page under an address."""
    test = AppTest.from_file(str(APP), default_timeout=120)
    for name, value in query.items():
        test.query_params[name] = str(value)
    test.run()
    test.switch_page("pages/subsets.py")
    return test.run()


def slider_parameters(test: AppTest) -> dict[str, Any]:
    """The parameters of the subset that the page shows."""
    assert not test.exception
    assert not test.error
    recipe: dict[str, Any] = test.session_state["ds.recipe"]
    return recipe["parameters"]


def band_in(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: parameters[name] for name in COUNTS if name in parameters}


def by_command(workspace: Workspace, *options: str) -> Recipe:
    """The completed recipe of a command line."""
    recipe = recipe_of(parser().parse_args(["choose", "made", *options]), workspace)
    return build(workspace, recipe).recipe


def features(band: dict[str, Any]) -> list[str]:
    return [word for name, value in band.items() for word in ("--feature", f"{name}={value}")]


def mid_tokens(tokens: TokenRows, low: float, high: float) -> set[int]:
    """The slow twin: token ids that occur from ``low`` to ``high`` times, counted one at a time."""
    times = Counter(tokens.ids.tolist())
    return {token for token, count in times.items() if low <= count <= high}


@BANDS
def test_every_path_gives_micro_and_the_coverage_of_types_the_same_band(made, band) -> None:
    workspace, corpus = made
    choice = FeatureSettings(**band)
    view = CorpusView(workspace, corpus, choice)
    recipe = recipe_at(view, "micro", size=20, position=1.0)
    grid = Grid(
        recipe=Recipe(corpus=corpus.id, choice=choice.as_dict(), strategy="random", size=20).as_dict(),
        strategies=["micro"], axis="position", at=[1.0], metric="types", component="response",
    )  # fmt: skip
    (point,) = grid.recipes("micro")
    told = {
        "page": slider_parameters(subsets_page(strategy="micro", **band)),
        "overlap": plans.completed(recipe, view).parameters,
        "curves": plans.completed(point, view).parameters,
        "readings": Measurer(view, "response").parameters("types"),
        "readings of curves": grid.measurer(workspace).parameters("types"),
        "command": by_command(workspace, "--size", "20", *features(band)).parameters,
    }
    assert {path: band_in(dict(parameters)) for path, parameters in told.items()} == dict.fromkeys(told, band)


@BANDS
def test_no_path_gives_structural_the_token_band_as_its_rows(made, band) -> None:
    workspace, corpus = made
    choice = FeatureSettings(**band)
    view = CorpusView(workspace, corpus, choice)
    able, unable = ready(view)
    assert "structural" in able, unable.get("structural")
    grid = Grid(
        recipe=Recipe(corpus=corpus.id, choice=choice.as_dict(), strategy="random", size=20).as_dict(),
        strategies=["structural"], axis="position", at=[1.0], metric="ie", component="response",
    )  # fmt: skip
    (point,) = grid.recipes("structural")
    told = {
        "page": slider_parameters(subsets_page(strategy="structural", **band)),
        "overlap": build(workspace, recipe_at(view, "structural", size=20, position=1.0)).recipe.parameters,
        "curves": plans.completed(point, view).parameters,
        "command": by_command(workspace, "--strategy", "structural", "--size", "20", *features(band)).parameters,
    }
    assert {path: band_in(dict(parameters)) for path, parameters in told.items()} == dict.fromkeys(told, OWN_ROWS)


def test_choose_takes_the_band_of_the_features_through_to_the_rows(made, capsys) -> None:
    workspace, corpus = made

    def chosen(*options: str) -> list[int]:
        capsys.readouterr()
        assert main(["choose", "made", "--size", "25", "--ids", *options]) == 0
        return [int(line, 16) for line in capsys.readouterr().out.split()]

    rows = chosen("--feature", "low=2", "--feature", "high=60")
    assert rows == chosen("--set", "low=2", "--set", "high=60")
    assert rows != chosen()
    # What the engine says it covered, counted again over the tokens that occur 2 to 60 times.
    view = CorpusView(workspace, corpus, FeatureSettings(low=2, high=60))
    built = build(workspace, Recipe(corpus=corpus.id, choice={"low": 2, "high": 60}, size=25))
    assert sorted(rows) == sorted(built.ids.tolist())
    tokens = view.whole.tokens
    mid = mid_tokens(tokens, 2, 60)
    at = np.searchsorted(corpus.ids, np.array(rows, dtype=np.uint64))
    covered = set().union(*(set(tokens.ids[tokens.indptr[row] : tokens.indptr[row + 1]].tolist()) for row in at)) & mid
    assert built.answer.realised["types_covered"] == len(covered)
    assert built.answer.realised["k_max"] <= len(mid)


def test_the_page_and_the_command_choose_the_same_rows(made, capsys) -> None:
    assert main(["choose", "made", "--size", "25", *features(QUANTILES)]) == 0
    said = capsys.readouterr().out
    test = subsets_page(n=25, **QUANTILES)
    assert not test.exception
    assert test.session_state["ds.recipe"]["ids_digest"] in said


def test_a_band_set_for_one_strategy_wins_over_the_corpus_s(made) -> None:
    workspace, _ = made
    page = subsets_page(**{**COUNTS, "micro.low": 4.0, "micro.high": 50.0})
    assert band_in(slider_parameters(page)) == {"low": 4.0, "high": 50.0, "unit": "count"}
    command = by_command(workspace, "--size", "20", *features(COUNTS), "--set", "low=4")
    assert band_in(dict(command.parameters)) == {"low": 4.0, "high": 60.0, "unit": "count"}


def test_ends_are_never_read_in_a_unit_that_they_were_not_given_in() -> None:
    micro = strategies()["micro"].parameters
    quantiles = FeatureSettings(**QUANTILES)
    assert band_in(quantiles.complete(micro, {"unit": "count"})) == {"low": 10.0, "high": 500.0, "unit": "count"}
    assert band_in(quantiles.complete(micro, {"low": 0.5})) == {"low": 0.5, "high": 0.9, "unit": "quantile"}
    assert band_in(quantiles.complete(micro, {"unit": "quantile"})) == QUANTILES


def test_a_parameter_takes_part_by_what_it_declares_and_not_by_its_name() -> None:
    choice = FeatureSettings(**QUANTILES)
    plain = {"kind": "float", "default": 7.0, "help": "", "title": ""}
    named_alike = (Parameter(name="low", **plain), Parameter(name="high", **plain))
    assert choice.complete(named_alike) == {"low": 7.0, "high": 7.0}
    declared = (Parameter(name="rarest", band_end="low", **plain), Parameter(name="low", **plain))
    assert choice.complete(declared) == {"rarest": 0.2, "low": 7.0}
    with pytest.raises(InputError, match="no parameter"):
        choice.complete(declared, {"high": 3})


def test_what_declares_the_band_declares_all_three_ends() -> None:
    declaring = {}
    for owner in (*strategies().values(), *metrics().values()):
        ends = [item.band_end for item in owner.parameters if item.band_end]
        if ends:
            declaring[owner.name] = ends
    assert declaring == {name: ["low", "high", "unit"] for name in ("joined", "micro", "types")}


def test_knobs_that_nobody_set_follow_the_band_when_it_is_moved(made) -> None:
    page = subsets_page(**COUNTS)
    assert band_in(slider_parameters(page)) == COUNTS
    page.session_state["ds.choice"] = FeatureSettings(**QUANTILES)
    assert band_in(slider_parameters(page.run())) == QUANTILES
    page.number_input(key="micro.low").set_value(0.3).run()
    page.session_state["ds.choice"] = FeatureSettings(**COUNTS)
    assert band_in(slider_parameters(page.run())) == {**QUANTILES, "low": 0.3}


def test_a_metric_s_knobs_that_nobody_set_follow_the_band_too(made) -> None:
    def coverage(test: AppTest) -> dict[str, Any]:
        assert not test.exception
        keys = {name: f"m.types.{name}" for name in COUNTS}
        widgets = {item.key: item.value for item in (*test.number_input, *test.selectbox)}
        return {name: widgets[key] for name, key in keys.items()}

    page = AppTest.from_file(str(APP), default_timeout=120)
    page.query_params["measure-view"] = "one"
    page.run()
    page.switch_page("pages/measure.py").run()
    page.selectbox(key=address.PICKED_METRIC.widget.name).set_value("types").run()
    page.session_state["ds.choice"] = FeatureSettings(**COUNTS)
    assert coverage(page.run()) == COUNTS
    page.number_input(key="m.types.low").set_value(3.0).run()
    assert page.session_state["ds.measure.knobs"] == {"types": {**COUNTS, "low": 3.0}}
    page.session_state["ds.choice"] = FeatureSettings(**QUANTILES)
    assert coverage(page.run()) == {**COUNTS, "low": 3.0}
    assert page.session_state["ds.measure.knobs"] == {"types": {**COUNTS, "low": 3.0}}


def test_curves_take_the_slider_s_strategy_at_the_band_as_it_stands_now(made) -> None:
    _, corpus = made
    old, new = FeatureSettings(**COUNTS), FeatureSettings(**QUANTILES)
    slider = Recipe(corpus=corpus.id, choice=old.as_dict(), parameters={**COUNTS, "gamma": 1.0})
    moved = plans.through(slider, new)
    assert moved.choice == new.as_dict()
    assert new.complete(strategies()["micro"].parameters, moved.parameters)["gamma"] == 1.0
    assert band_in(new.complete(strategies()["micro"].parameters, moved.parameters)) == QUANTILES
    own = plans.through(replace(slider, parameters={**COUNTS, "low": 5.0}), new)
    assert band_in(dict(own.parameters)) == {**COUNTS, "low": 5.0}


@pytest.mark.parametrize(
    "filters", [{}, {"length": {"minimum": 30, "maximum": 50, "unit": "tokens"}}], ids=["all", "window"]
)
@pytest.mark.parametrize("band_rows", ["corpus", "training", "pool"])
def test_the_band_is_counted_over_the_rows_that_were_asked_for(
    made: tuple[Workspace, Corpus], band_rows: str, filters: dict[str, Any]
) -> None:
    workspace, corpus = made
    choice = FeatureSettings(component="response", low=2, high=30, band_rows=band_rows)
    seen = CorpusView(workspace, corpus, choice, PoolSpec.of(filters))
    stored = CorpusView(workspace, corpus, FeatureSettings(component="response")).whole.tokens
    inside = {
        "corpus": np.arange(len(corpus)),
        "training": [row for row in range(len(corpus)) if not corpus.holdout[row]],
        "pool": seen.positions.tolist(),
    }[band_rows]
    count = Counter(int(token) for row in inside for token in stored.ids[stored.indptr[row] : stored.indptr[row + 1]])
    frequency = np.array([count[token] for token in range(stored.vocabulary_size)])
    assert seen.whole.tokens.frequency.tolist() == seen.pool.tokens.frequency.tolist() == frequency.tolist()
    mid = {token for token in count if 2 <= count[token] <= 30}
    half = seen.pool_rows[::2]
    (reading,) = Measurer(seen, "response").measured(half, ["types"]).values()
    covered = mid & set(seen.pool.take(half).tokens.ids.tolist())
    assert len(covered) > 0
    assert reading.detail == {"types covered": len(covered), "types in the mid band": len(mid)}
    # Another component is measured by the frequencies of the same rows.
    other = Measurer(seen, "instruction")
    assert other.measured_view.band_positions.tolist() == list(inside)


def test_recipes_and_plans_of_the_corpus_s_own_count_stay_and_the_others_are_their_own(
    made: tuple[Workspace, Corpus],
) -> None:
    workspace, corpus = made
    keys = {}
    for band_rows in ("corpus", "training", "pool"):
        choice = FeatureSettings(component="response", band_rows=band_rows)
        seen = CorpusView(workspace, corpus, choice, PoolSpec.of(WINDOW))
        recipe = Recipe(corpus=corpus.id, strategy="micro", size=10, choice=choice.as_dict(), pool=seen.spec.as_dict())
        keys[band_rows] = plans.plan_key(plans.completed(recipe, seen))
        assert ("band_rows" in recipe.choice) == (band_rows != "corpus")
        assert FeatureSettings.of(recipe.choice).band_rows == band_rows
        if band_rows == "corpus":
            assert seen.keys["tokens"] == feature_keys(corpus, choice)["tokens"]
    assert len(set(keys.values())) == 3
    with pytest.raises(InputError, match="counted over"):
        FeatureSettings(band_rows="rows")
