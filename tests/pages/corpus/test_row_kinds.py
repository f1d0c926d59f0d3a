"""Kinds of rows and the context calculator in a corpus's report: counted by a job, drawn, and a way to the rows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.store import Corpus
from core.export.row_tokens import cut_by_context
from core.features.row_kinds import kind_columns
from core.jobs import job_names, queue
from tests.corpora import corpus_of, records
from tests.jobs.running import wait
from tests.pages.frame.addresses import fine, opened


@pytest.fixture
def corpus(workspace: object, tmp_path: object) -> Corpus:
    return corpus_of(workspace.home, records(80))[1]  # type: ignore[attr-defined]


def counted(page: AppTest, corpus: Corpus, key: str, task: str) -> AppTest:
    page.button(key=key).click().run()
    (job,) = [job for job in queue.jobs(corpus.workspace) if job.task == task]
    assert wait(corpus.workspace, job.id).state == "done"
    return fine(page.run())


def test_kinds_are_counted_and_drawn(corpus: Corpus) -> None:
    page = counted(
        opened("corpus", {"corpus": corpus.id, "section": "report"}), corpus, "report.kinds", job_names.ROW_KINDS
    )
    assert set(kind_columns(corpus)) == {"tool_calls", "thinking_words", "code_share"}
    assert any("filters, colours, sets quotas" in element.value for element in page.caption)


def test_a_context_says_how_many_rows_it_cuts_and_leads_to_them(corpus: Corpus) -> None:
    page = opened("corpus", {"corpus": corpus.id, "section": "report"})
    page = counted(page, corpus, "report.tokens", job_names.ROW_TOKENS)
    assert any("Every row fits" in element.value for element in page.markdown)
    page.number_input(key="report.context").set_value(40).run()
    cut = cut_by_context(corpus, 40, "mistral-32k")
    assert 0 < cut.rows < cut.of
    assert any(f"**{cut.rows}** of {cut.of} rows" in element.value for element in page.markdown)
    fine(page.button(key="report.longer").click().run())
    assert "section" not in page.query_params
    assert page.session_state["rows.where"] == (corpus.id, {cut.column: {"from": 41.0, "to": None}})
    longer = int((corpus.column(cut.column) > 40).sum())
    assert any(f"**{longer}** of 80 rows" in element.value for element in page.markdown)
