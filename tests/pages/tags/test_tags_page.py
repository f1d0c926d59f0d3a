"""The Tags page, run as Streamlit runs it, against a stand-in endpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features.tags import store
from core.features.tags.tagging import tags_key
from core.progress import silent
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.tasks.tagging import tag
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys
from tests.endpoint.stand_in import KEY, endpoint, ok, text_of, words_of

HOSTILE = "<script>alert(1)</script> **bold**"
CHOICE = FeatureSettings(tagger="endpoint", tag_model="m", tag_synonyms="none", tag_support=0, tag_min_rows=1)


@pytest.fixture
def corpus(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr("core.settings.LOCAL_ADDRESSES", ("127.0.0.1", "localhost", ""))  # AppTest binds nothing
    fruits = ["apple tart", "apples tart", "plum jam", "plum cake", f"pear {HOSTILE}", "lost words"]
    lines = [json.dumps({"instruction": f"bake {number}", "output": fruit}) for number, fruit in enumerate(fruits)]
    return ingest(workspace, [from_bytes("fruit.jsonl", "\n".join(lines).encode())], name=HOSTILE, mapping=None)


def drawn(choice: FeatureSettings, **state: Any) -> AppTest:
    page = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "tags.py"), default_timeout=60)
    page.session_state[session_keys.CHOICE.name] = choice
    for name, value in state.items():
        page.session_state[name.replace("_", ".", 1)] = value
    page.run()
    assert not page.exception, page.exception
    return page


def lost(number: int, body: dict[str, Any]) -> Any:
    return ok(content="hm") if "lost" in text_of(body) else words_of(number, body)


def tagged(corpus: Corpus, choice: FeatureSettings = CHOICE) -> None:
    with endpoint(lost) as (url, _):
        request = {"corpus": corpus.id, "component": "response", **choice.tagging.request(), "url": url}
        made = tag(corpus.workspace, request, silent)
    assert made["failed_texts"] == 1 and all(corpus.workspace.has(*place) for place in made["artefacts"])


def said(page: AppTest) -> str:
    kinds = (page.caption, page.markdown, page.info, page.error, page.text, page.warning)
    return "\n".join(str(entry.value) for kind in kinds for entry in kind)


def test_phrases_are_the_default_and_not_called_labels(corpus: Corpus) -> None:
    page = drawn(FeatureSettings())
    assert "not labels a model gave" in said(page)
    assert page.button(key="tags-start").label.startswith("Find the phrases of 6")
    assert not page.button(key="tags-start").disabled


def test_keyphrases_are_called_approximate(corpus: Corpus) -> None:
    page = drawn(FeatureSettings(tagger="keyphrases"))
    assert "Approximate" in said(page)
    assert page.button(key="tags-start").label.startswith("Find keyphrases of 6")
    assert not page.button(key="tags-start").disabled


def test_nothing_is_asked_before_address_and_model_are_named(corpus: Corpus) -> None:
    page = drawn(replace(CHOICE, tag_model=""))
    assert page.button(key="tags-start").disabled and page.button(key="tags-try").disabled
    assert "No key is set" in said(page)


def test_the_estimate_shows_tokens_cost_and_the_sample(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_TAGGER_KEY", KEY)
    with endpoint(key=KEY) as (url, seen):
        page = drawn(CHOICE, tags_url=url)
        page.number_input(key="tags.price-in").set_value(10.0)
        page.button(key="tags-try").click().run()
        assert not page.exception and not page.error, said(page)
        assert len(seen.bodies) == 6
    assert "about **600** tokens in, **120** out" in said(page) and "cost about **0.00600**" in said(page)
    assert KEY not in said(page) and not page.button(key="tags-start").disabled


def test_a_wrong_key_and_a_dead_endpoint_are_explained(corpus: Corpus) -> None:
    with endpoint(key=KEY) as (url, _):
        page = drawn(CHOICE, tags_url=url)
        page.button(key="tags-try").click().run()
        assert "refuses a request without a key" in said(page)
    page.button(key="tags-try").click().run()
    assert "nobody listens" in said(page).replace("\\", "") and not page.exception
    page = drawn(CHOICE, tags_url="http://user:secret@127.0.0.1/v1")
    page.button(key="tags-try").click().run()
    assert "holds a key or a password" in said(page).replace("\\", "")


def test_tags_merges_failures_and_rows_are_shown_and_hostile_text_stays_text(corpus: Corpus) -> None:
    tagged(corpus)
    page = drawn(CHOICE)
    assert not page.error, said(page)
    tables = [table.value for table in page.dataframe]
    merged = next(table for table in tables if "became" in table)
    assert merged[["tag", "became", "rule"]].values.tolist() == [["apples", "apple", "same word, spelt otherwise"]]
    dropped = next(table for table in tables if "dropped as" in table)
    assert "<script>alert(1)</script>" in dropped["tag"].tolist()
    listed = next(table for table in tables if "made of" in table)
    counts = {"apple": 2, "plum": 2, "tart": 2, "cake": 1, "jam": 1, "pear": 1, "**bold**": 1}
    assert listed.set_index("tag")["rows"].to_dict() == counts
    failures = next(table for table in tables if "reason" in table)
    assert failures["beginning of the reply"].tolist() == ["hm"]
    assert "Tagged by m" in said(page) and "1 text failed" in said(page).replace("\\", "")
    assert all("<script>" not in str(line.value) for line in [*page.markdown, *page.caption])


def test_a_change_is_a_version_that_the_page_and_the_view_take(corpus: Corpus) -> None:
    tagged(corpus)
    raw = store.load_tags(CorpusText(corpus, "response"), CHOICE.tagging)
    decisions = store.load_decisions(CorpusText(corpus, "response"), CHOICE.tagging)
    assert raw is not None and decisions is not None
    changed = decisions.undone("apples", known=raw.names)
    edits = store.save_edit(CorpusText(corpus, "response"), CHOICE.tagging, changed)
    page = drawn(CHOICE)
    chooser = next(box for box in page.selectbox if box.label == "Version of the merges")
    assert chooser.options == ["as computed", "1. undid apples → apple"]
    chooser.select(edits).run()
    assert not page.exception and page.session_state[session_keys.CHOICE.name].tag_edits == edits
    assert any("apples" in table.value["tag"].tolist() for table in page.dataframe if "made of" in table.value)
    for choice, names in ((CHOICE, 7), (replace(CHOICE, tag_edits=edits), 8)):
        corpus_view = CorpusView(corpus.workspace, corpus, choice)
        assert len(corpus_view.whole.tags.names) == names
        assert corpus_view.keys["tags"] == tags_key(corpus.id, "response", choice.tagging, edits=choice.tag_edits)


def test_failed_texts_are_asked_again_in_a_round_of_their_own(corpus: Corpus) -> None:
    tagged(corpus)
    with endpoint() as (url, seen):
        page = drawn(CHOICE, tags_url=url)
        page.button(key="tags-again").click().run()
        assert page.session_state[session_keys.CHOICE.name].tag_rounds == 2
        second = replace(CHOICE, tag_rounds=2)
        request = {"corpus": corpus.id, "component": "response", **second.tagging.request(), "url": url}
        tag(corpus.workspace, request, silent)
        assert seen.texts == ["lost words"]
    page = drawn(second)
    assert "No text failed" in said(page)
    assert np.diff(CorpusView(corpus.workspace, corpus, second).whole.tags.matrix.indptr).min() >= 1
