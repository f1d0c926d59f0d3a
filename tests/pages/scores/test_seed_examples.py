"""DaaR's centres from a model's own examples on the Scores page: asked for, priced, written, and chosen as domains."""

from __future__ import annotations

from pytest import fixture
from streamlit.testing.v1 import AppTest

from core import settings
from core.jobs import job_names, queue, record
from core.workspace import atomic
from pages.parts.frame import session_keys
from tests.answers.test_seed_examples import writer
from tests.endpoint.stand_in import endpoint, without_own_keys
from tests.jobs.running import run_here
from tests.tiny_models import small_carried_model


@fixture
def page(made, no_worker, tmp_path, monkeypatch) -> AppTest:
    without_own_keys(monkeypatch)
    small_carried_model(tmp_path, monkeypatch)
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "scores.py"), default_timeout=60)
    test.session_state[session_keys.SEEN.name] = True  # as when app.py has run first
    test.query_params["scores.way"] = "daar"
    return test


def said(page: AppTest) -> str:
    kinds = (page.warning, page.error, page.info, page.caption, page.markdown, page.text, page.success)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def test_a_models_examples_are_asked_for_and_become_the_domains(page, made, models, monkeypatch):
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", models["first"].rpartition("/")[0])
    page.run()
    assert not page.exception and not page.error
    with endpoint(writer) as (url, seen):
        page.text_input(key="seeds.url").set_value(url)
        page.text_input(key="seeds.model").set_value("m")
        page.number_input(key="seeds.rounds").set_value(1)
        page.number_input(key="seeds.likeness").set_value(1.0)
        page.text_area(key="seeds.domains").set_value("metals: things of metal\nmetals: again").run()
        assert "named twice" in said(page)
        page.text_area(key="seeds.domains").set_value("metals: things of metal\nplants: what grows").run()
        assert "4 questions" in said(page) and not seen.bodies, "priced before anything is sent"
        page.button(key="seeds.start").click().run()
        assert not page.exception and not page.error
        (job,) = queue.jobs(workspace)
        assert job.task == job_names.SEED_EXAMPLES and job.request["domains"][1] == ["plants", "what grows"]
        result = run_here(workspace, job.task, job.request)
        assert len(seen.bodies) == 4
    atomic.write_json(job.folder / "result.json", result)
    record.change(workspace, job.id, state="done")
    page.run()
    assert not page.exception and "Examples by m has 12 examples (metals: 6, plants: 6)" in said(page)
    page.text_input(key="scores.daar.model").set_value(models["first"])
    page.selectbox(key="scores.daar.column").set_value(f"examples:{result['corpus']}")
    page.multiselect(key="scores.daar.what").set_value(["intra"]).run()
    assert not page.exception and not page.error
    page.button(key="scores.start.daar").click().run()
    asked = next(job for job in queue.jobs(workspace) if job.task == job_names.DAAR)
    assert asked.request["examples"] == result["corpus"] and asked.request["column"] == "category"
    done = run_here(workspace, asked.task, asked.request)
    assert set(done["domains"]) <= {"metals", "plants"}
    assert set(corpus.column("daar_domain@first")) - {None} <= {"metals", "plants"}
