"""Self-rating on the Scores page: a local model's column, an endpoint's cost before anything is sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.endpoint.client import Endpoint
from core.features.self_rating.asked import ask_ratings, questions_about
from core.jobs import job_names, queue
from pages.parts.frame import session_keys
from tests.endpoint.stand_in import endpoint, without_own_keys
from tests.features.self_rating.test_asked import rating
from tests.jobs.running import run_here

START = "scores.rating.start"


@pytest.fixture
def page(made, no_worker, monkeypatch) -> AppTest:
    without_own_keys(monkeypatch)
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    test.session_state[session_keys.SEEN.name] = True
    test.query_params["scores.way"] = "rating"
    return test


def said(page: AppTest) -> str:
    kinds = (page.warning, page.error, page.info, page.caption, page.success)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def test_a_models_ratings_become_a_column_that_the_page_shows(page, made, models, monkeypatch):
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(Path(models["first"]).parent))
    page.run()
    assert not page.exception and page.button(key=START).disabled
    page.text_input(key="scores.rating.model").set_value(models["first"]).run()
    page.number_input(key="scores.rating.questions").set_value(1).run()
    page.button(key=START).click().run()
    assert not page.exception and not page.error
    (job,) = queue.jobs(workspace)
    assert job.task == job_names.SELF_RATING and job.request["models"] == [models["first"]]
    result = run_here(workspace, job.task, job.request)
    assert result["columns"] == {"sentence first": "selectit@first"}
    assert "Its ratings say little" in result["notice"]  # a model of random weights writes anything
    page.run()
    assert not page.exception
    assert np.isfinite(corpus.column("selectit@first")).all()
    assert "selectit@first" in next(box for box in page.selectbox if box.label == "Column").options


def test_what_an_endpoint_costs_is_said_before_and_only_what_is_missing_is_asked(page, made):
    workspace, corpus = made
    page.run()
    page.segmented_control(key="scores.rating.way").set_value("endpoint").run()
    page.number_input(key="scores.rating.questions").set_value(2).run()
    with endpoint(rating) as (url, seen):
        page.text_input(key="scores.rating.url").set_value(url).run()
        page.text_input(key="scores.rating.served").set_value("m").run()
        assert f"{2 * len(corpus)} questions: about" in said(page)
        assert not seen.bodies
        texts = questions_about(corpus.text("instruction"), corpus.text("response"), questions=2)
        ask_ratings(workspace, texts, endpoint=Endpoint(url=url), model="m")
        page.run()
        assert f"Nothing is sent: {2 * len(corpus)} answers are there already." in said(page)
        page.button(key=START).click().run()
    assert not page.exception and not page.error
    (job,) = queue.jobs(workspace)
    assert job.request["url"] == url and "key" not in str(job.request).lower()
    assert run_here(workspace, job.task, job.request)["columns"] == {"sentence m": "selectit@m"}


def test_a_server_for_others_asks_no_endpoint_that_its_operator_did_not_name(page, made, monkeypatch):
    workspace, _ = made
    monkeypatch.setenv("DIVERSCOPE_TAGGER_URL", "http://127.0.0.1:9/v1")
    page.run()
    page.segmented_control(key="scores.rating.way").set_value("endpoint").run()
    page.text_input(key="scores.rating.url").set_value("http://somewhere.example/v1").run()
    page.text_input(key="scores.rating.served").set_value("m").run()
    page.button(key=START).click().run()
    assert "may not ask" in said(page)
    assert not queue.jobs(workspace)
