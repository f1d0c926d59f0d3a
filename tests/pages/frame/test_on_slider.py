"""What stands on the slider is the same on every page, in every session that opens a page's address."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.store import Corpus
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import list_subsets
from pages.parts.choosing.on_slider import FIELDS
from pages.parts.frame import address, session_keys
from tests.corpora import corpus_of, records
from tests.fuzz.mutations import changed
from tests.pages.frame.addresses import BAND, ROOT, fine, opened, put
from tests.pages.frame.hostile import NAMES, unexplained, whole

pytestmark = pytest.mark.usefixtures("no_worker")
DEEP = {"strategy": "length", "n": "31", "d": "40", "subset_seed": "2"}


def on(test: AppTest, page: str) -> AppTest:
    return fine(test.switch_page(f"pages/{page}.py").run())


def slider_of(test: AppTest) -> dict[str, Any]:
    (named,) = test.query_params["slider"] if isinstance(test.query_params["slider"], list) else [
        test.query_params["slider"]
    ]  # fmt: skip
    return dict(json.loads(named))


def test_a_page_starts_with_the_same_subset_as_subsets(home: Path) -> None:
    """Measure, opened first, measures the very rows that Subsets shows when it is opened first."""
    workspace, corpus = corpus_of(home, records())
    pool = len(CorpusView(workspace, corpus, FeatureSettings()).pool)
    test = opened("measure", BAND)
    assert test.selectbox(key=address.MEASURED_ROWS.widget.name).value == "slider"
    assert f"{pool // 10:,} of {pool:,} rows in the pool" in " ".join(str(line.value) for line in test.caption)
    assert "slider" not in test.query_params
    subsets = opened("subsets", BAND)
    kept = Recipe.of(subsets.session_state[session_keys.RECIPE.name])
    assert (
        kept.ids_digest
        == build(workspace, Recipe(corpus=corpus.id, choice=kept.choice, size=pool // 10)).recipe.ids_digest
    )


def test_every_page_takes_over_strategy_size_component_and_position(addressed: Corpus) -> None:
    test = opened("subsets", {**BAND, "corpus": addressed.id, **DEEP, "component": "response"})
    said = "On the slider: length response 31 · 40 %"
    measure = on(test, "measure")
    assert said in measure.selectbox(key=address.MEASURED_ROWS.widget.name).options
    assert slider_of(measure) == {"position": 0.4, "seed": 2, "size": 31, "strategy": "length"}
    inspect = on(test, "inspect")
    assert inspect.selectbox(key=address.CONTRAST_A.widget.name).value == "slider"
    put(inspect, address.LOOK.name, "overlap")
    assert inspect.number_input(key=address.OVERLAP_ROWS.name).value == 31
    assert inspect.slider(key=address.OVERLAP_POSITION.name).value == 40.0
    assert "length" in inspect.multiselect(key=address.OVERLAP_OF.several.name).value
    study = on(test, "study")
    assert study.multiselect(key=session_keys.STUDY_STRATEGIES.name).value == ["length"]
    assert study.multiselect(key=session_keys.STUDY_COMPONENTS.name).value == ["response"]
    assert study.text_input(key=session_keys.STUDY_SIZES.name).value == "31"


def test_another_component_or_pool_moves_the_slider_with_it(addressed: Corpus) -> None:
    test = opened("subsets", {**BAND, "corpus": addressed.id, **DEEP})
    on(test, "measure")
    test.session_state[session_keys.CHOICE.name] = FeatureSettings().with_(**BAND, component="instruction")
    fine(test.run())
    assert (
        "On the slider: length instruction 31 · 40 %" in test.selectbox(key=address.MEASURED_ROWS.widget.name).options
    )
    on(test, "subsets")
    assert test.number_input(key="n").value == 31


def test_a_row_pinned_on_another_page_is_pinned_on_the_slider(addressed: Corpus) -> None:
    test = opened("measure", {**BAND, "corpus": addressed.id})
    test.session_state[session_keys.PINNED.name] = [f"{int(addressed.ids[~addressed.holdout][0]):016x}"]
    fine(test.run())
    assert any("1 pinned" in option for option in test.selectbox(key=address.MEASURED_ROWS.widget.name).options)


def test_a_link_to_a_page_sets_the_slider_of_subsets_too(addressed: Corpus) -> None:
    first = opened("subsets", {**BAND, "corpus": addressed.id, **DEEP})
    shared = dict(on(first, "measure").query_params)
    test = opened("measure", shared)
    assert slider_of(test)["size"] == 31
    on(test, "subsets")
    assert test.number_input(key="n").value == 31
    assert test.slider(key="d").value == 40.0
    assert test.number_input(key=address.SUBSET_SEED.name).value == 2
    assert test.selectbox(key=address.STRATEGY.widget.name).value == "length"


@pytest.mark.parametrize(
    "wrong",
    [
        {"position": 7}, {"size": 0}, {"size": "many"}, {"strategy": "nope"}, {"unit": "yards"}, {"seed": -1},
        {"parameters": {"low": "x"}}, {"pinned": "all"}, {"quotas": [3]}, {"given": []},
    ],
)  # fmt: skip
def test_a_slider_that_no_widget_could_show_is_refused_with_a_line(addressed: Corpus, wrong: dict[str, Any]) -> None:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params.update({**BAND, "corpus": addressed.id, "slider": json.dumps(wrong)})
    test.switch_page("pages/measure.py").run()
    assert not test.exception
    assert any("The link's slider is not used." in str(line.value).replace("\\", "") for line in test.warning)
    test.run()
    assert "slider" not in test.query_params
    subsets = len(list_subsets(addressed.workspace, addressed.id))
    assert len(test.selectbox(key=address.MEASURED_ROWS.widget.name).options) == subsets + 3


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("page", ["inspect", "study"])
def test_a_slider_that_somebody_edited_opens_the_page_and_subsets(addressed: Corpus, page: str, seed: int) -> None:
    draw = Random(f"slider:{page}:{seed}")
    named = whole(addressed)["slider"]
    for _ in range(draw.choice((1, 2, 4))):
        named = changed(named, draw, (*NAMES, *FIELDS))
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params.update({**BAND, "corpus": addressed.id, "slider": json.dumps(named)})
    with unexplained() as faults:
        test.switch_page(f"pages/{page}.py").run()
        test.switch_page("pages/subsets.py").run()
    assert not [*faults, *(fault.value for fault in test.exception)], json.dumps(named)[:2000]
