"""A pool's length window can name its component: an instruction strategy holds the responses' tokens fixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.corpus.pool import PoolSpec
from core.errors import FeatureMissing, InputError
from core.features.tokens import compute_tokens
from core.progress import silent
from core.workbench.build import build, open_recipe
from core.workbench.inspections.left_out import left_out
from core.workbench.recipe import Recipe
from core.workbench.studies.study import Study
from core.workbench.studies.study_run import run_study, standings
from tests.corpora import corpus_of, records

WINDOW = {"unit": "tokens", "component": "instruction", "minimum": 20.0, "maximum": 40.0}


@pytest.fixture
def made(tmp_path: Path):
    """A corpus whose responses are counted, and not yet its instructions."""
    return corpus_of(tmp_path / "home", records())


def recipe(corpus: str, **window: object) -> Recipe:
    return Recipe(
        corpus=corpus, choice={"component": "instruction", "low": 2, "high": 60}, strategy="random", size=10,
        pool={"length": {**WINDOW, **window}},
    )  # fmt: skip


def test_the_window_counts_the_component_that_it_names_whatever_the_strategy_reads(made) -> None:
    workspace, corpus = made
    view = open_recipe(workspace, recipe(corpus.id, of="response"))
    lengths = compute_tokens(CorpusText(corpus, "response"), "mistral-32k").lengths
    inside = (lengths >= 20) & (lengths <= 40) & ~corpus.holdout
    assert view.positions.tolist() == inside.nonzero()[0].tolist()
    assert 10 < len(view.pool) < len(corpus)
    built = build(workspace, recipe(corpus.id, of="response"))
    assert set(lengths[built.positions]) <= set(range(20, 41))
    assert "filtered by length" in left_out(built).counts
    assert PoolSpec.of(built.recipe.pool).describe() == "20–40 tokens of the response"


def test_a_window_without_a_component_of_its_own_is_what_it_was(made) -> None:
    workspace, corpus = made
    before = PoolSpec.of({"length": WINDOW})
    assert before.as_dict() == {"length": WINDOW}
    assert PoolSpec.of({"length": {**WINDOW, "of": ""}}).digest == before.digest
    assert PoolSpec.of({"length": {**WINDOW, "of": "response"}}).digest != before.digest
    with pytest.raises(FeatureMissing):  # of the instruction, which the session has chosen: not counted
        _ = open_recipe(workspace, recipe(corpus.id)).positions
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    wide = {"minimum": 1.0, "maximum": 9.0}
    own, named = recipe(corpus.id, **wide), recipe(corpus.id, of="instruction", **wide)
    assert build(workspace, own).recipe.ids_digest == build(workspace, named).recipe.ids_digest
    with pytest.raises(InputError, match="no component"):
        PoolSpec.of({"length": {**WINDOW, "of": "answer"}})


def test_a_study_counts_the_tokens_that_its_window_names(made) -> None:
    workspace, corpus = made
    pool = {"length": {**WINDOW, "of": "both"}}
    study = Study(
        name="held", corpus=corpus.id, strategies=("micro",), components=("instruction",), sizes=(5,), levels=2,
        features={"low": 2, "high": 60}, pool=pool, random=False,
    )  # fmt: skip
    assert not run_study(workspace, study, silent)["troubles"]
    assert all(standing.subset for standing in standings(workspace, study))


def test_a_command_names_the_component_beside_the_length(
    made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    asked = ["choose", "made", "--strategy", "random", "--size", "10", "--component", "instruction"]
    assert main([*asked, "--pool", "length:response=20..40"]) == 0
    said = capsys.readouterr().out
    same = recipe(corpus.id, of="response")
    assert build(workspace, same).recipe.ids_digest in said
    assert main([*asked, "--pool", "length:answer=20..40"]) == 1
    assert "no component" in capsys.readouterr().err
