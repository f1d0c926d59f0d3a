"""A model's vectors on the Scores page: chosen, estimated, made by a job, and used by every page and strategy."""

from __future__ import annotations

import numpy as np
from pytest import fixture
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.features.embedding import load_embeddings
from core.jobs import queue, record
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workspace import atomic
from pages.parts.frame import session_keys
from pages.parts.scores.model_vectors_form import numbers
from tests.corpora import corpus_of, records
from tests.jobs.running import run_here


@fixture
def page(made, no_worker) -> AppTest:
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    test.session_state[session_keys.SEEN.name] = True  # as when app.py has run first
    test.query_params["scores.way"] = "vectors"
    return test


def said(page: AppTest) -> str:
    kinds = (page.warning, page.error, page.info, page.caption, page.markdown, page.text, page.success)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def test_vectors_are_asked_for_made_used_and_choose_rows(page, made, models, monkeypatch):
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", models["first"].rpartition("/")[0])
    page.run()
    assert not page.exception and not page.error
    assert page.button(key="scores.start.model-vectors").disabled
    page.text_input(key="scores.vectors.model").set_value(models["first"]).run()
    page.number_input(key="scores.vectors.dimensions").set_value(64).run()
    assert "tokens to read" in said(page) and "would change the model alike" in said(page)
    page.button(key="scores.start.model-vectors").click().run()
    assert not page.exception and not page.error
    (job,) = queue.jobs(workspace)
    result = run_here(workspace, job.task, job.request)
    atomic.write_json(job.folder / "result.json", result)
    record.change(workspace, job.id, state="done")
    page.run()
    assert not page.exception and not page.error and "Done: tracin_self@" in said(page)
    page.button(key="scores.vectors.use").click().run()
    assert not page.exception and "Every page reads these vectors now" in said(page)
    name = result["embedder"]
    assert load_embeddings(CorpusText(corpus, "response"), name).shape == (40, 64)
    choice = FeatureSettings(embedder=name).as_dict()
    recipe = Recipe(corpus=corpus.id, choice=choice, strategy="kcenter", size=8)
    assert len(build(workspace, recipe).ids) == 8


def test_the_command_makes_the_same_vectors(made, models, capsys):
    _, corpus = made
    asked = ["--model", models["first"], "--max-tokens", "64"]
    main(["model-vectors", corpus.id, *asked, "--kind", "states", "--component", "both"])
    name = capsys.readouterr().out.split()[1]
    vectors = load_embeddings(CorpusText(corpus, "both"), name)
    assert name.startswith("model:states@first-") and vectors.shape == (40, 16)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    main(["model-vectors", corpus.id, *asked, "--checkpoint", models["second"], "--rate", "2", "--rate", "1"])
    told = capsys.readouterr().out
    assert "2,048 dimensions" in told and "column vog@first" in told


def test_rates_that_are_no_numbers_are_told():
    assert numbers("1e-5, 2e-5") == [1e-5, 2e-5] and numbers("") == []
    assert numbers("fast") is None and numbers("-1") is None and numbers("nan") is None


def test_influences_are_cosines_with_each_task_and_bids_reads_them(page, made, models, capsys):
    workspace, corpus = made
    rows = [{**row, "topic": "sums" if place % 2 else "poems"} for place, row in enumerate(records(12))]
    _, examples = corpus_of(workspace.home, rows, name="examples")
    asked = ["--model", models["first"], "--dimensions", "64", "--max-tokens", "64", "--precision", "float32"]
    for about in (corpus, examples):
        assert main(["model-vectors", about.id, *asked]) == 0
    name = capsys.readouterr().out.split()[1]
    assert main(["influences", corpus.id, "--target", "examples", "--embedder", name, "--column", "topic"]) == 0
    assert "influence:poems@examples" in capsys.readouterr().out
    own, theirs = (load_embeddings(CorpusText(about, "response"), name) for about in (corpus, examples))
    for task in ("poems", "sums"):
        mean = theirs[examples.column("topic") == task].astype(float).mean(axis=0)
        wanted = own.astype(float) @ mean / np.linalg.norm(mean)
        np.testing.assert_allclose(corpus.column(f"influence:{task}@examples"), wanted, atol=2e-6)
    columns = "columns=influence:poems@examples,influence:sums@examples"
    assert main(["choose", corpus.id, "--strategy", "bids", "--set", columns, "--size", "5"]) == 0
    for strategy in ("rds", "less", "tagcos"):
        toward = [] if strategy == "tagcos" else ["--target", "examples"]
        assert (
            main(["choose", corpus.id, "--strategy", strategy, *toward, "--feature", f"embedder={name}", "--size", "5"])
            == 0
        )
    page.session_state[session_keys.CORPUS.name] = corpus.id
    page.run()
    assert not page.exception and not page.error
    page.button(key="scores.start.influences").click().run()
    assert not page.exception and not page.error
    (job,) = queue.jobs(workspace)
    assert job.task == "influences" and job.request["target"] == examples.id


def test_adams_steps_are_asked_for_of_the_last_block_alone(page, made, models, monkeypatch):
    workspace, _ = made
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", models["first"].rpartition("/")[0])
    page.run()
    page.text_input(key="scores.vectors.model").set_value(models["first"]).run()
    assert page.checkbox(key="scores.vectors.adam").disabled
    page.selectbox(key="scores.vectors.kind").set_value("block").run()
    page.checkbox(key="scores.vectors.adam").check().run()
    assert not page.exception and not page.error
    page.button(key="scores.start.model-vectors").click().run()
    (job,) = queue.jobs(workspace)
    assert job.request["adam"] is True and job.request["kind"] == "block"
    page.selectbox(key="scores.vectors.kind").set_value("adapters").run()
    assert not page.exception and page.checkbox(key="scores.vectors.adam").disabled
