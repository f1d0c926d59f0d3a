"""The Scores page's answers: drawn from an endpoint or read from a file, then seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.answers.answer_set import list_sampled, sampled_named, short_key
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.jobs import job_names, queue
from core.progress import silent
from core.workbench.tasks.drawing_answers import draw
from core.workbench.tasks.row_scoring import row_scores_request
from core.workspace.artefacts import Workspace
from pages.parts.frame import address, session_keys
from tests.answers.abilities import Abilities, corpus_of_questions
from tests.endpoint.stand_in import endpoint, ok, without_own_keys
from tests.jobs.in_process import do_queued
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


def test_answers_are_marked_levelled_and_bound_a_quota(page: AppTest, corpus: Corpus) -> None:
    workspace = corpus.workspace
    with endpoint(ABLE) as (url, _):
        draw(workspace, {"corpus": corpus.id, "model": "m", "url": url, "draws": 8, "concurrency": 8}, silent)
        other = Abilities({"n": 1.0}, ABLE.difficulties)
    with endpoint(other) as (url, _):
        draw(workspace, {"corpus": corpus.id, "model": "n", "url": url, "draws": 8, "concurrency": 8}, silent)
    page.query_params["answers.view"] = "mastery"
    page.query_params["answers.of"] = short_key(sampled_named(corpus, "m"))
    fine(page.run())
    page.selectbox(key="mastery.match").set_value("numeric").run()
    page.button(key="mastery.start").click().run()
    (job,) = queue.jobs(workspace)
    assert job.request["answers"] == sampled_named(corpus, "m").key
    run_here(workspace, job.task, job.request)
    fine(page.run())
    share = corpus.column("mastery")
    page.number_input(key="mastery.edge.3").set_value(0.9).run()
    levels = next(frame.value for frame in page.dataframe if "Level" in frame.value)
    assert levels["Rows"].sum() == 12 and levels["Rows"].iloc[-1] == (share > 0.9).sum()
    fine(page.button(key="mastery.keep").click().run())
    assert (corpus.column("mastery level") == "4 all").sum() == (share > 0.9).sum()
    page.selectbox(key="mastery.quota").set_value("hard").run()
    fine(page.button(key="mastery.quota.set").click().run())
    quotas = page.session_state[session_keys.QUOTAS.of(corpus.id).name]
    shares = quotas["mastery level"]["shares"]
    assert list(shares.values()) == sorted(shares.values(), reverse=True) and len(shares) > 1
    fine(page.button(key="mastery.several.start").click().run())
    job = next(job for job in queue.jobs(workspace) if job.task == "row-difficulty")
    fitted = run_here(workspace, job.task, job.request)
    fine(page.run())
    assert [name for name, _ in fitted["abilities"]] == ["n", "m"]


def test_doubt_is_seen_on_a_card_and_responses_are_rewritten_beside_the_originals(
    page: AppTest, corpus: Corpus
) -> None:
    workspace = corpus.workspace
    with endpoint(ABLE) as (url, _):
        draw(workspace, {"corpus": corpus.id, "model": "m", "url": url, "draws": 8, "concurrency": 8}, silent)
    kept = sampled_named(corpus, "m")
    page.query_params["answers.view"] = "doubt"
    fine(page.run())
    page.segmented_control(key="doubt.by").set_value("words").run()
    with endpoint(lambda number, body: ok(content='{"cause": "knowledge", "missing": ["<b>the double</b>"]')) as (
        url,
        _,
    ):
        page.text_input(key="doubt.url").set_value(url)
        page.text_input(key="doubt.model").set_value("d").run()
        fine(page.button(key="doubt.start").click().run())
        (job,) = queue.jobs(workspace)
        run_here(workspace, job.task, job.request)
    fine(page.run())
    listed = next(frame.value for frame in page.dataframe if "Entropy" in frame.value)
    assert listed["Entropy"].tolist() == sorted(corpus.column("answer entropy"), reverse=True)
    assert listed["Why"].iloc[0] == "missing knowledge"
    assert "<b>the double</b>" in said(page) and "knowledge" in said(page)
    page.segmented_control(key=address.SAMPLED_VIEW.widget.name).set_value("trust").run()
    page.segmented_control(key="trust.by").set_value("words").run()
    fine(page.button(key="rewrite.start").click().run())
    do_queued(workspace)
    made = next(job for job in queue.jobs(workspace) if job.task == "reconstruct").result
    assert made["replaced"] == made["rows"] == len(corpus) - int(corpus.holdout.sum())
    writers = next(frame.value for frame in page.dataframe if "Writer" in frame.value)
    assert writers["Writer"].tolist() == ["the original", kept.model]
    fine(page.run())
    pair = [frame.value for frame in page.dataframe if "Writer" in frame.value][1]
    assert pair["Rows"].tolist() == [made["rows"]] * 2 and "under “Language model”" in said(page)


def test_mastery_shows_by_which_match_it_was_marked_and_its_own_column_below(page: AppTest, corpus: Corpus) -> None:
    with endpoint(ABLE) as (url, _):
        draw(corpus.workspace, {"corpus": corpus.id, "model": "m", "url": url, "draws": 4, "concurrency": 8}, silent)
    run_here(corpus.workspace, job_names.MASTERY, {"corpus": corpus.id, "answers": "m", "match": "numeric"})
    run_here(corpus.workspace, job_names.ROW_SCORES, row_scores_request(corpus.id, "response", what=("words",)))
    page.query_params["answers.view"] = "mastery"
    fine(page.run())
    assert page.selectbox(key="mastery.match").value == "numeric"
    assert page.selectbox(key=address.SCORE_SHOWN.widget.name).value == "mastery"
    assert "was marked by" not in said(page)
    fine(page.selectbox(key="mastery.match").set_value("exact").run())
    assert "was marked by “The same final number”" in said(page)
    (option,) = page.selectbox(key=address.SAMPLED_SHOWN.widget.name).options
    assert option == "m: 4 to each of 12 rows"
