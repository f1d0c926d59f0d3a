"""From saved subsets and their logged losses to weights, by command and page, to a column that ranks rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.corpus.columns import attach_columns
from core.corpus.store import Corpus
from core.errors import InputError
from core.evidence import ledger
from core.evidence.entries import Run, Score
from core.jobs import queue
from core.workbench.build import build
from core.workbench.inspections.score_weights import scored_benchmarks, weigh_scores, z_scores
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys
from tests.jobs.running import run_here

PLANTED = np.array([0.75, -0.25])
NAMES = ("clear", "noisy")


@pytest.fixture
def trained(made: tuple[Workspace, Corpus]) -> tuple[Workspace, Corpus]:
    """Ten random subsets whose held-out loss falls with the planted weights of two columns."""
    workspace, corpus = made
    rng = np.random.default_rng(0)
    columns = {name: pa.array(rng.normal(size=len(corpus))) for name in NAMES}
    attach_columns(workspace, corpus, pa.table({"id": pa.array(corpus.ids), **columns}))
    merit = z_scores(corpus, NAMES) @ PLANTED
    scores: list[Any] = []
    for seed in range(10):
        recipe = Recipe(corpus=corpus.id, strategy="random", size=12, seed=seed)
        subset = save(workspace, build(workspace, recipe), name=f"random {seed}")
        value = 3.0 - float(merit[corpus.positions_of(np.asarray(subset.ids))].mean())
        for repeat in (-0.01, 0.01):  # two training seeds around it
            run = Run(label=subset.name, subset=subset.digest, model="tiny", seed=int(repeat > 0))
            scores.append(
                Score(run=run, benchmark="held-out", measure="loss", value=value + repeat, direction=-1, proxy=True)
            )
    ledger.append(workspace, scores, title="losses")
    return workspace, corpus


def test_planted_weights_come_back_from_the_losses_of_saved_subsets(trained: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = trained
    assert scored_benchmarks(workspace, corpus) == {"held-out": 10}
    found = weigh_scores(workspace, corpus, NAMES, "held-out", ridge=0.0)
    np.testing.assert_allclose(found.weights, PLANTED, atol=1e-6)
    assert (found.subsets, found.groups) == (10, 1) and found.foretold > 0.99


def test_the_command_makes_the_column(
    trained: tuple[Workspace, Corpus], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, corpus = trained
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    words = ["weigh-scores", corpus.id, "--column", "clear", "--column", "noisy", "--ridge", "0", "--keep"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "+0.750" in said and "-0.250" in said and "weighted@held-out" in said
    np.testing.assert_allclose(corpus.column("weighted@held-out"), z_scores(corpus, NAMES) @ PLANTED, atol=1e-6)


def test_the_page_shows_the_weights_and_makes_the_column(trained: tuple[Workspace, Corpus], no_worker: None) -> None:
    _, corpus = trained
    page = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    page.session_state[session_keys.SEEN.name] = True
    page.query_params["scores.way"] = "weights"
    page.run()
    assert not page.exception and not page.error
    page.multiselect(key="scores.weights.columns").set_value(list(NAMES)).run()
    page.button(key="scores.weights.start").click().run()
    (job,) = queue.jobs(corpus.workspace)
    run_here(corpus.workspace, job.task, job.request)
    page.run()
    assert page.table[0].value["weight"].tolist()[0].startswith("+0.7")
    page.button(key="scores.weights.keep").click().run()
    assert not page.exception and not page.error
    assert "weighted@held-out" in corpus.columns
    run = Run(label="one more", subset=ledger.read(corpus.workspace).of(Score)[0].run.subset, model="tiny", seed=7)
    more = Score(run=run, benchmark="held-out", measure="loss", value=9.0, direction=-1, proxy=True)
    ledger.append(corpus.workspace, [more], title="later")
    page.run()
    assert not page.table and page.button(key="scores.weights.start")  # what was found is of what was logged before


def test_without_scored_subsets_it_says_what_to_do(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    assert scored_benchmarks(workspace, corpus) == {}
    with pytest.raises(InputError, match="no column of numbers"):
        weigh_scores(workspace, corpus, ["category"], "held-out")
    with pytest.raises(InputError, match="No score column"):
        weigh_scores(workspace, corpus, [], "held-out")
