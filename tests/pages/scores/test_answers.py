"""The Scores page's answers: drawn from an endpoint or read from a file, then seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.answers.answer_set import list_sampled
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.jobs import queue
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys
from tests.answers.abilities import Abilities, corpus_of_questions
from tests.endpoint.stand_in import endpoint, without_own_keys
from tests.jobs.running import run_here

COUNT = 12
ABLE = Abilities({"m": 0.0}, {number: (number - 6) / 2 for number in range(COUNT)})


@pytest.fixture
def corpus(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    without_own_keys(monkeypatch)
    return corpus_of_questions(workspace, COUNT)


@pytest.fixture
def page(corpus: Corpus, no_worker: None) -> AppTest:
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    test.session_state[session_keys.SEEN.name] = True
    test.query_params["scores.way"] = "answers"
    return test


def said(page: AppTest) -> str:
    kinds = (page.warning, page.error, page.info, page.caption, page.markdown, page.text, page.success)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def fine(page: AppTest) -> AppTest:
    assert not page.exception and not page.error
    return page


def test_answers_are_priced_drawn_and_listed(page: AppTest, corpus: Corpus) -> None:
    fine(page.run())
    assert "Several answers of a model" in said(page)
    page.segmented_control(key="answers.way").set_value("endpoint").run()
    with endpoint(ABLE) as (url, seen):
        page.text_input(key="answers.url").set_value(url)
        page.text_input(key="answers.model").set_value("m").run()
        page.number_input(key="answers.price-out").set_value(1000.0).run()
        assert "48 answers" in said(page) and "Cost about" in said(page) and not seen.bodies
        page.button(key="answers.start").click().run()
        (job,) = queue.jobs(corpus.workspace)
        run_here(corpus.workspace, job.task, job.request)
        assert len(seen.bodies) == 4 * 12
    fine(page.run())
    (kept,) = list_sampled(corpus)
    assert kept.facts["answers"] == 48
    assert "0 answers" in said(page)
    listed = next(frame.value for frame in page.dataframe if "Answers in all" in frame.value)
    assert listed["Answers in all"].tolist() == [48]


def test_answers_are_read_from_a_file(
    page: AppTest, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps({"id": show_id(int(corpus.ids[3])), "answers": ["[a](http://x)", "b"]}))
    fine(page.run())
    page.segmented_control(key="answers.way").set_value("file").run()
    page.text_input(key="answers.given.path").set_value(str(file)).run()
    fine(page.button(key="answers.given.read").click().run())
    assert "2 answers to 1 row" in said(page)
    assert list_sampled(corpus)[0].of_row(3) == ["[a](http://x)", "b"]


def test_an_endpoint_that_this_server_may_not_ask_is_refused(
    page: AppTest, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_ANSWERS_URL", "http://pinned.example/v1")
    fine(page.run())
    page.segmented_control(key="answers.way").set_value("endpoint").run()
    page.text_input(key="answers.url").set_value("http://other.example/v1")
    page.text_input(key="answers.model").set_value("m").run()
    page.button(key="answers.start").click().run()
    assert "may not ask other.example" in said(page) and not queue.jobs(corpus.workspace)
