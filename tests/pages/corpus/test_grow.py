"""The Corpus page grows a corpus: appends a file, says what it would add, lists versions, renews what is older."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.corpus_list import list_corpora
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus, open_corpus
from core.features.tokens import compute_tokens, load_tokens
from core.jobs import job_names, queue
from core.workspace.artefacts import Workspace
from tests.corpora import records
from tests.jobs.running import run_here

ROWS = records(90)


def lines(rows: list[dict[str, object]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    made = ingest(workspace, [from_bytes("first.jsonl", lines(ROWS[:60]))], name="rows")
    compute_tokens(CorpusText(made, "response"))
    return made


@pytest.fixture
def page(workspace: Workspace, corpus: Corpus) -> AppTest:
    made = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "corpus.py"), default_timeout=60)
    made.session_state["corpus.go"] = "Grow"
    return made.run()


def said(page: AppTest) -> str:
    kinds = (page.text, page.caption, page.markdown, page.info, page.success, page.warning, page.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def given(page: AppTest, path: Path) -> AppTest:
    return page.text_input(key="corpus.path").set_value(str(path)).run()


@pytest.mark.usefixtures("no_worker")
def test_a_file_is_appended_and_the_new_version_opens_with_what_is_to_be_renewed(
    page: AppTest, workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    (tmp_path / "second.jsonl").write_bytes(lines(ROWS[55:]))
    given(page, tmp_path / "second.jsonl")
    page.button(key="corpus.grow-path.append").click().run()
    assert not page.exception and not page.error
    assert "30 new rows; 5 records were there already" in said(page)
    newest = open_corpus(workspace, list_corpora(workspace)[0].id)
    assert (newest.name, len(newest)) == ("rows (2)", 90)
    page.session_state["corpus.go"] = "Grow"
    page.run()
    assert "Tokens of the response (mistral-32k): new rows only" in said(page)
    page.button(key="corpus.renew").click().run()
    (job,) = [job for job in queue.jobs(workspace) if job.task == job_names.TOKENS]
    assert job.request["corpus"] == newest.id
    compute_tokens(CorpusText(newest, "response"))
    page.run()
    assert load_tokens(CorpusText(newest, "response")) is not None
    assert not any(button.key == "corpus.renew" for button in page.button)
    assert "60 rows in both." in said(page)
    page.button(key=f"corpus.version.{corpus.id}").click().run()
    assert page.session_state["ds.corpus"] == corpus.id


@pytest.mark.usefixtures("no_worker")
def test_what_a_file_would_add_is_asked_of_a_job_and_shown(
    page: AppTest, workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    (tmp_path / "known.jsonl").write_bytes(lines(ROWS[:8]))
    given(page, tmp_path / "known.jsonl")
    page.number_input(key="corpus.grow-path.size").set_value(12).run()
    page.button(key="corpus.grow-path.adds").click().run()
    assert not page.exception and not page.error
    (job,) = [job for job in queue.jobs(workspace) if job.task == job_names.ADDS]
    assert (job.request["size"], job.request["corpus"]) == (12, corpus.id)
    run_here(workspace, job.task, job.request)


@pytest.mark.usefixtures("no_worker")
def test_pins_go_to_a_version_that_grew_and_not_to_another_corpus(
    page: AppTest, workspace: Workspace, corpus: Corpus, tmp_path: Path
) -> None:
    from core.corpus.row_ids import show_id

    pinned = [show_id(int(corpus.ids[0]))]
    page.session_state["ds.pinned"] = pinned
    (tmp_path / "second.jsonl").write_bytes(lines(ROWS[55:]))
    given(page, tmp_path / "second.jsonl")
    page.button(key="corpus.grow-path.append").click().run()
    assert page.session_state["ds.pinned"] == pinned
    ingest(workspace, [from_bytes("other.jsonl", lines(records(20, seed=5)))], name="other")
    page.session_state["corpus.go"] = "All corpora"
    page.run()
    other = next(info.id for info in list_corpora(workspace) if info.name == "other")
    page.button(key=f"open.{other}").click().run()
    assert page.session_state["ds.pinned"] == []


@pytest.mark.usefixtures("no_worker")
def test_inputs_of_several_kinds_are_kept_and_make_one_corpus(
    page: AppTest, workspace: Workspace, tmp_path: Path
) -> None:
    from core.workbench.tasks import loading

    for name, rows in (("web", ROWS[:30]), ("book", ROWS[30:50])):
        (tmp_path / f"{name}.jsonl").write_bytes(lines([{**row, "source": name} for row in rows]))
        page.session_state["corpus.go"] = "Add a corpus"
        page.run()
        given(page, tmp_path / f"{name}.jsonl")
        page.button(key="corpus.keep.path").click().run()
    assert "Together in one corpus" in said(page) and {"web", "book"} <= {*said(page).split()}
    page.text_input(key="corpus.together.name.2").set_value("both").run()
    page.button(key="corpus.make.together").click().run()
    (job,) = [job for job in queue.jobs(workspace) if job.task == job_names.INGEST]
    assert [part["path"] for part in job.request["parts"]] == [
        str(tmp_path / name) for name in ("web.jsonl", "book.jsonl")
    ]
    made = loading.ingest(workspace, job.request, lambda *_: None)
    corpus = open_corpus(workspace, made["corpus"])
    sources, counts = np.unique(corpus.column("source").astype(str), return_counts=True)
    assert dict(zip(sources.tolist(), counts.tolist(), strict=True)) == {"book": 20, "web": 30}
    assert corpus.name == "both"
