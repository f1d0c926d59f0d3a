"""The reading card on the Corpus page: turns, steps through the list, long rows, the row in the address."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.row_labels import labels_of, write_labels
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features.embedders import INSTANT
from core.jobs import queue
from core.jobs.task import resolve
from core.progress import silent
from core.workspace.artefacts import Workspace
from tests.corpora import store_embeddings
from tests.pages.reading import cards, read_texts

CALL = '{"name": "weather", "arguments": {"city": "Köln"}}'
HOSTILE = "<script>alert(1)</script> **bold** :red[x] $x$ \u202egnp \x1b[31m"


def chat(number: int) -> dict[str, object]:
    turns = [
        ("system", "Be brief."), ("user", f"Question {number}: {HOSTILE}"), ("function_call", CALL),
        ("tool", "[1]"), ("assistant", f"<think>It rains.</think>Answer {number}.\n```py\nprint({number})\n```"),
    ]  # fmt: skip
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    """120 conversations and a row of 60,000 characters."""
    rows = [*(chat(number) for number in range(120)), {"instruction": "Long", "output": "word " * 12_000}]
    data = "\n".join(map(json.dumps, rows)).encode()
    return ingest(workspace, [from_bytes("chats.jsonl", data)], name="chats", holdout=0.0)


@pytest.fixture
def page(corpus: Corpus) -> AppTest:
    return AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "corpus.py"), default_timeout=60)


def told(test: AppTest) -> str:
    assert not test.exception and not test.error
    return "\n".join(element.value for element in (*test.markdown, *test.caption))


def test_a_conversation_is_read_as_turns_of_plain_text(page: AppTest) -> None:
    page.run()
    page.text_input(key="rows.search").set_value("Question 7:").run()
    (card,) = cards(page)
    kinds = [(turn["title"], [block["kind"] for block in turn["blocks"]]) for turn in card["turns"]]
    assert kinds == [
        ("System", ["text"]), ("User", ["text"]), ("Tool call", ["call"]), ("Tool result", ["result"]),
        ("Assistant", ["thinking", "text", "code"]),
    ]  # fmt: skip
    texts = read_texts(page)
    assert texts[1] == "Question 7: <script>alert(1)</script> **bold** :red[x] $x$ \\u202egnp \\u001b[31m"
    assert texts[2] == '{\n  "city": "Köln"\n}' and texts[4:] == ["It rains.", "Answer 7.", "print(7)"]


def test_the_next_and_previous_rows_are_those_of_the_list_and_its_pages_turn(page: AppTest, corpus: Corpus) -> None:
    page.run()
    assert ":small[1 of 121]" in told(page)
    assert page.button(key="reading.step.previous.corpus-card").disabled
    names = [show_id(row_id) for row_id in corpus.ids.tolist()]
    for place in (1, 2):
        page.button(key="reading.step.next.corpus-card").click().run()
        assert [card["row"] for card in cards(page)] == [names[place]]
    page.button(key="reading.step.previous.corpus-card").click().run()
    assert [card["row"] for card in cards(page)] == [names[1]] and ":small[2 of 121]" in told(page)
    page.session_state["rows.read"] = (corpus.id, 49)
    page.run().button(key="reading.step.next.corpus-card").click().run()
    assert [card["row"] for card in cards(page)] == [names[50]] and ":small[51 of 121]" in told(page)
    page.text_input(key="rows.search").set_value("Question 11").run()  # 11, 110 to 119
    assert ":small[1 of 11]" in told(page)


def test_a_link_opens_the_row_that_was_read_on_its_page_of_the_table(page: AppTest, corpus: Corpus) -> None:
    name = show_id(int(corpus.ids[77]))
    page.query_params["read"] = name
    page.run()
    assert [card["row"] for card in cards(page)] == [name] and ":small[78 of 121]" in told(page)
    page.button(key="reading.step.next.corpus-card").click().run()
    assert "".join(page.query_params["read"]) == show_id(int(corpus.ids[78]))


@pytest.mark.parametrize("name", ["", "x", "ffffffffffffffff", "0" * 400])
def test_a_link_to_a_row_that_is_not_there_reads_the_first_one(page: AppTest, corpus: Corpus, name: str) -> None:
    page.query_params["read"] = name
    page.run()
    assert [card["row"] for card in cards(page)] == [show_id(int(corpus.ids[0]))]
    assert ":small[1 of 121]" in told(page)


def test_a_long_row_is_shown_in_part_until_all_of_it_is_asked_for(page: AppTest) -> None:
    page.run()
    page.text_input(key="rows.search").set_value("word word").run()
    assert len("".join(read_texts(page))) == 20_000
    assert "more characters of this row" in told(page)
    page.button(key="corpus-card.whole").click().run()
    assert read_texts(page) == ["Long", ("word " * 12_000).strip()]
    assert "more characters of this row" not in told(page)


def test_labels_and_notes_are_saved_at_once_undone_and_redone(
    page: AppTest, corpus: Corpus, workspace: Workspace
) -> None:
    first, second = (int(row_id) for row_id in corpus.ids[:2])
    write_labels(workspace, [second], add=["known"])
    page.run()

    def field(kind: str) -> Any:
        return next(field for field in getattr(page, kind) if str(field.key).startswith("reading."))

    assert field("multiselect").options == ["known"]
    field("multiselect").set_value(["known", "own **word**"]).run()
    assert labels_of(workspace)[first].labels == ("known", "own **word**")
    assert ":blue-badge[own \\*\\*word\\*\\*]" in told(page)
    field("text_area").set_value("check <b>this</b>").run()
    assert labels_of(workspace)[first].note == "check <b>this</b>"
    page.button(key="reading.labels.undo.corpus-card.step").click().run()
    page.button(key="reading.labels.undo.corpus-card.step").click().run()
    assert first not in labels_of(workspace)
    page.button(key="reading.labels.redo.corpus-card.step").click().run()
    assert labels_of(workspace)[first].labels == ("known", "own **word**")
    page.selectbox(key="rows.column").set_value("row labels").run()
    assert page.multiselect(key="rows.filter.row labels").options == ["known", "own **word**"]
    page.multiselect(key="rows.filter.row labels").set_value(["known"]).run()
    assert "**2** of 121 rows" in told(page)
    field("multiselect").set_value([]).run()
    assert "**1** of 121 rows" in told(page)
    write_labels(workspace, [first, second], remove=["known"])
    page.run()
    assert "**121** of 121 rows" in told(page)


def test_two_rows_are_compared_with_the_differing_words_marked(page: AppTest, corpus: Corpus) -> None:
    texts = corpus.text("response")
    seven, eight = (
        next(row for row, text in enumerate(texts) if f"Answer {number}." in text) for number in (7, 8)
    )  # fmt: skip
    page.session_state["rows.read"] = (corpus.id, seven)
    page.run()
    page.button(key="corpus-card.compare").click().run()
    assert not page.exception
    page.text_input(key="compare.typed").set_value(show_id(int(corpus.ids[eight]))).run()
    assert not page.exception
    left, right = cards(page)[-2:]
    marked = [
        [block["text"][slice(*span)] for turn in side["turns"] for block in turn["blocks"] for span in block["marks"]]
        for side in (left, right)
    ]
    assert marked == [["7", "7", "7"], ["8", "8", "8"]]
    page.text_input(key="compare.typed").set_value("nothing").run()
    assert "not a row id" in page.error[0].value


@pytest.mark.usefixtures("no_worker")
def test_the_nearest_rows_say_by_what_they_are_near(page: AppTest, corpus: Corpus) -> None:
    page.session_state["corpus-card.nearest"] = True
    page.run()
    assert "No embedding of this corpus is there yet" in told(page)
    page.button(key="corpus-card.nearest-embed").click().run()
    (job,) = queue.jobs(corpus.workspace)
    assert (job.task, job.request["component"], job.request["embedder"]) == ("embed", "response", INSTANT)
    vectors = np.random.default_rng(0).normal(size=(len(corpus), 8))
    store_embeddings(corpus.workspace, corpus.id, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    page.run()
    assert "over the response" in told(page)
    assert sum(str(button.key).startswith("corpus-card.nearest-") for button in page.button) == 8


@pytest.mark.usefixtures("no_worker")
def test_in_a_large_corpus_the_nearest_of_all_rows_are_found_once(
    page: AppTest, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = np.random.default_rng(0).normal(size=(len(corpus), 8))
    store_embeddings(corpus.workspace, corpus.id, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    page.session_state["corpus-card.nearest"] = True
    page.run()
    assert not [button for button in page.button if button.key == "corpus-card.graph"]
    monkeypatch.setattr("pages.parts.frame.compare_rows.SLOW_ROWS", 100)
    page.run()
    near = [button.label for button in page.button if str(button.key).startswith("corpus-card.nearest-")]
    page.button(key="corpus-card.graph").click().run()
    (job,) = queue.jobs(corpus.workspace)
    assert job.task == "neighbours"
    resolve(job.task)(corpus.workspace, dict(job.request), silent)
    page.run()
    told(page)
    assert not [button for button in page.button if button.key == "corpus-card.graph"]
    assert near == [button.label for button in page.button if str(button.key).startswith("corpus-card.nearest-")]
