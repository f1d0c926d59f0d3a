"""Leaks on the Corpus page, run as Streamlit runs it: a benchmark is added, read, left out, and taken back."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.ingest import Holdout, ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import list_benchmarks
from core.curation.leaks.rule import rule_of
from core.curation.leaks.settings import LeakRule
from core.jobs import job_names, queue
from core.workspace.artefacts import Workspace
from pages.parts.corpus import leaks as leaks_page
from tests.curation.leaks.planted import filler, made_questions
from tests.jobs.running import wait
from tests.pages.frame.addresses import address_of, opened, shown_again
from tests.pages.reading import cards

EXAM = made_questions(4)


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    """Forty rows, of which one holds a question in its instruction and one in its response; a tenth is held out."""
    rows = [{"instruction": text, "output": f"Yes, {place}."} for place, text in enumerate(filler(40, seed=3))]
    rows += [
        {"instruction": f"Exam:\n{EXAM[0]}", "output": "**No**."},
        {"instruction": "Say.", "output": EXAM[1].upper()},
    ]
    data = b"\n".join(map(orjson.dumps, rows))
    made = ingest(workspace, [from_bytes("rows.jsonl", data)], holdout=Holdout(fraction=0.1, seed=5))
    assert not made.holdout[
        [row for row, text in enumerate(made.text("both")) if "Exam" in text or "Say." in text]
    ].any()
    return made


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    """A folder on the server with a file of questions."""
    folder = tmp_path / "exams"
    folder.mkdir()
    lines = [{"question_id": f"q{place}", "question": text, "answer": "x"} for place, text in enumerate(EXAM)]
    (folder / "exam.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return folder


@pytest.fixture
def page(corpus: Corpus) -> AppTest:
    return opened("corpus", {"corpus": corpus.id, "section": "leaks"})


def added(page: AppTest, path: Path) -> AppTest:
    page.run()
    page.text_input(key="leaks.path.0").set_value(str(path)).run()
    page.button(key="leaks.add").click().run()
    assert not page.exception and not page.error
    return page


def counts(page: AppTest) -> list[list[object]]:
    """The lines of the table of benchmarks."""
    return next(table.value for table in page.dataframe if "Rows that are leaks" in table.value.columns).values.tolist()


def test_a_benchmark_from_the_server_is_added_and_its_leaks_are_left_out_and_taken_back(
    page: AppTest, corpus: Corpus, exam: Path
) -> None:
    page.run()
    assert any("Which rows stand in the tests?" in element.value for element in page.markdown)
    added(page, exam)
    assert counts(page) == [["exam", 4, 2, 2, 1, 1]]
    assert any("**2** leaks" in element.value for element in page.markdown)
    (first,) = (card["row"] for card in cards(page))
    page.button(key="reading.step.next.leaks-card").click().run()
    assert not page.exception and [card["row"] for card in cards(page)] != [first]
    page.button(key="reading.step.previous.leaks-card").click().run()
    assert [card["row"] for card in cards(page)] == [first]
    (benchmark,) = list_benchmarks(corpus.workspace)
    before = dict[str, object]()
    page.button(key="leaks.leave-out").click().run()
    rule = rule_of(LeakRule(benchmarks=(benchmark.key,))).as_dict()
    assert page.session_state["ds.pool"] == {**before, "rules": [rule]}
    assert orjson.loads("".join(page.query_params["pool"])) == page.session_state["ds.pool"]
    assert any("left out of the pool" in element.value for element in page.markdown)
    page.button(key="leaks-undo").click().run()
    assert page.session_state["ds.pool"] == before
    page.button(key="leaks.leave-out").click().run()
    other = opened("corpus", address_of(page, "corpus"))
    other.button(key="leaks.take-in").click().run()
    assert not other.exception and "rules" not in other.session_state["ds.pool"]


def test_the_view_opens_at_its_address(page: AppTest, corpus: Corpus, exam: Path) -> None:
    added(page, exam)
    (benchmark,) = list_benchmarks(corpus.workspace)
    page.query_params["leaks-against"] = benchmark.key
    page.query_params["leaks-words"] = "8"
    page.query_params["leaks-by"] = "any-number,answers"
    page.query_params["leaks-share"] = "50"
    page.query_params["leaks-common"] = "7"
    fresh = opened("corpus", dict(page.query_params))
    assert shown_again("corpus", fresh)["leaks-words"] == "8"
    fresh.button(key="leaks.leave-out").click().run()
    wanted = LeakRule(
        benchmarks=(benchmark.key,), ngram=8, any_number=True, answers=True, share=0.5, common=7
    )  # fmt: skip
    assert fresh.session_state["ds.pool"]["rules"] == [rule_of(wanted).as_dict()]


def test_the_holdout_is_compared_with_the_rows_that_are_trained_on(page: AppTest, corpus: Corpus) -> None:
    page.run()
    page.button(key="leaks.holdout").click().run()
    assert not page.exception and not page.error
    (line,) = counts(page)
    assert line[1] == int(corpus.holdout.sum()) and line[3] == 0
    assert any("No row outside the holdout is a leak" in element.value for element in page.success)


def test_a_file_without_questions_says_what_to_do(page: AppTest, tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_bytes(orjson.dumps({"item": {"stem": EXAM[0]}, "key": "A"}))
    page.run()
    page.text_input(key="leaks.path.0").set_value(str(tmp_path / "odd.jsonl")).run()
    page.button(key="leaks.add").click().run()
    assert any("Name the field that holds the question" in element.value for element in page.error)
    page.text_input(key="leaks.question.0").set_value("item.stem").run()
    page.button(key="leaks.add").click().run()
    assert not page.error and counts(page)[0][:2] == ["odd", 1]


def test_a_large_corpus_is_compared_by_a_job(
    page: AppTest, corpus: Corpus, exam: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaks_page, "QUICK", 10)
    added(page, exam)
    page.button(key="leaks.find").click().run()
    (job,) = [job for job in queue.jobs(corpus.workspace) if job.task == job_names.LEAKS]
    assert wait(corpus.workspace, job.id).state == "done"
    page.run()
    assert counts(page) == [["exam", 4, 2, 2, 1, 1]]
