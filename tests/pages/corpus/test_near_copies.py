"""Near-copies on the Corpus page: a rung, a threshold, groups, and the rule of the pool, which can be taken back."""

from __future__ import annotations

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.curation_rule import CurationRule
from core.corpus.ingest import ingest
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.curation.near_copies.of_row import copies_of_row
from core.jobs import job_names, queue
from core.row_positions import CorpusRow
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys
from tests.jobs.running import wait
from tests.pages.frame.addresses import elements
from tests.pages.reading import cards

HOSTILE = "<b>bold</b> [link](http://example.invalid) :red[x]"
TEXT = "say in plain words how a dynamo makes a current from a wheel that turns and name one use of it today "


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    rows: list[dict[str, object]] = [
        {"instruction": f"Question {number}", "output": f"Answer {number}", "source": "a", "score": number}
        for number in range(30)
    ]
    rows += [
        {"instruction": TEXT, "output": TEXT + word, "source": source, "score": 50 + len(word)}
        for word, source in (("", "a"), (HOSTILE, "b"), ("indeed", "c"))
    ]
    data = b"\n".join(orjson.dumps(row) for row in rows)
    return ingest(workspace, [from_bytes("r.jsonl", data)], name="copies")


@pytest.fixture
def page(workspace: Workspace, corpus: Corpus) -> AppTest:
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "corpus.py"), default_timeout=60)
    test.query_params["corpus"] = corpus.id
    test.query_params["section"] = "copies"
    return test


def said(page: AppTest) -> str:
    kinds = (page.text, page.caption, page.markdown, page.info, page.success, page.warning, page.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def press(page: AppTest, key: str) -> AppTest:
    return next(button for button in page.button if button.key == key).click().run()


def rules(page: AppTest) -> tuple[CurationRule, ...]:
    return PoolSpec.of(dict(page.session_state.items()).get(session_keys.POOL.name, {})).rules


def test_the_rung_of_the_address_is_shown_and_its_rule_set_and_taken_back(page: AppTest, corpus: Corpus) -> None:
    free = int((~corpus.holdout).sum())
    page.query_params["rung"] = "same_instruction"
    page.run()
    assert not page.exception
    same = [row for row, text in enumerate(corpus.text("instruction")) if text == TEXT.strip()]
    left = len(same) - int(corpus.holdout[same].sum()) - 1
    assert len(same) == 3 and f"{left} of {free} rows are left out" in said(page)
    assert "1 group" in said(page)
    (sent,) = [
        orjson.loads(element.proto.json)
        for element in elements(page._tree)
        if getattr(getattr(element, "proto", None), "component_name", "") == "diverscope_copy_rows"
    ]  # NumPy's own values cannot be sent, and the browser would get nothing
    assert [row["stays"] for row in sent["rows"]] == [True, *[False] * left]
    assert HOSTILE.split()[0] in str(sent)
    page = press(page, "copies-out")
    (rule,) = rules(page)
    assert rule.settings == {"rung": "same_instruction", "keep": "longest"}
    assert "The pool leaves them out." in said(page)
    assert "without near" in said(page).replace("\\", "")  # the strip of every page
    page = press(page, "copies-undo")
    assert not rules(page)
    page = press(press(page, "copies-out"), "copies-in")
    assert not rules(page)


def test_another_rule_replaces_the_first_and_other_filters_stay(page: AppTest, corpus: Corpus) -> None:
    page.query_params["rung"] = "same_instruction"
    page.query_params["copies-most"] = "2"
    page.run()
    page.session_state[session_keys.POOL.name] = {"sources": ["a", "b"]}
    page = press(page.run(), "copies-out")
    assert rules(page)[0].settings["most"] == 2
    page.number_input(key="copies-most").set_value(1)
    page = press(page.run(), "copies-out")
    (rule,) = rules(page)
    assert "most" not in rule.settings
    assert page.session_state[session_keys.POOL.name]["sources"] == ["a", "b"]


def test_long_work_is_a_job_whose_result_serves_every_threshold(
    page: AppTest, corpus: Corpus, workspace: Workspace
) -> None:
    page.query_params["rung"] = "minhash"
    page.run()
    assert not page.exception and "Find copies among" in next(b.label for b in page.button if b.key == "copies-find")
    page = press(page, "copies-find")
    (job,) = [job for job in queue.jobs(workspace) if job.task == job_names.NEAR_COPIES]
    wait(workspace, job.id)
    page.run()
    assert not page.exception
    assert "of 33 rows" in said(page) or "are left out" in said(page)
    page.slider(key="jaccard").set_value(0.5).run()
    assert not page.exception and not [b for b in page.button if b.key == "copies-find"]
    page = press(page, "copies-out")
    assert rules(page)[0].settings["threshold"] == 0.5 and "templates" not in rules(page)[0].settings
    page.toggle(key="copies-templates").set_value(True).run()
    page = press(page, "copies-out")
    assert rules(page)[0].settings["templates"] is True


def test_a_rung_that_needs_vectors_offers_to_embed(page: AppTest) -> None:
    page.query_params["rung"] = "cosine"
    page.run()
    assert not page.exception
    assert any("embed" in button.label.lower() for button in page.button)


def test_the_form_of_the_pool_shows_the_rule_and_takes_it_away(page: AppTest, corpus: Corpus) -> None:
    page.query_params["rung"] = "same_instruction"
    page = press(page.run(), "copies-out")
    rule = rules(page)[0]
    subsets = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "subsets.py"), default_timeout=120)
    subsets.query_params["corpus"] = corpus.id
    subsets.run()
    subsets.session_state[session_keys.POOL.name] = {"rules": [rule.as_dict()], "sources": ["a", "b", "c"]}
    subsets.session_state[session_keys.POOL_FORM.name] = 1  # as whatever sets the pool does
    subsets.run()
    assert not subsets.exception
    (box,) = [box for box in subsets.checkbox if "near-copies" in box.label.replace("\\", "")]
    box.uncheck()
    next(button for button in subsets.button if button.label == "Apply").click().run()
    assert subsets.session_state[session_keys.POOL.name] == {"sources": ["a", "b", "c"]}


def test_a_row_is_compared_with_a_copy_chosen_by_name(page: AppTest, corpus: Corpus) -> None:
    page.query_params["rung"] = "same_instruction"
    page.run()
    next(button for button in page.button if str(button.key).endswith(".compare")).click().run()
    assert not page.exception
    offered = page.selectbox(key="compare.offered").options
    same = {row for row, text in enumerate(corpus.text("instruction")) if text == TEXT.strip()}
    named = {show_id(int(corpus.ids[row])) for row in same}
    assert len([name for name in offered if any(row_id in name for row_id in named)]) == len(same) - 1
    assert len(cards(page)) == 2  # the row that stays and the first of its copies, word by word
    copies = copies_of_row(corpus, CorpusRow(min(same)))
    slow = {row for row, text in enumerate(corpus.text("instruction")) if text == TEXT.strip() and row != min(same)}
    assert {copy.row for copy in copies if copy.rung == "Same instruction"} <= slow <= {copy.row for copy in copies}
