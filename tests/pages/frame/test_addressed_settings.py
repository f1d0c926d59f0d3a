"""What every page looks at (corpus, pool, rules, settings of the features), set on its page, is in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.corpus_list import list_corpora
from core.corpus.corpus_text import CorpusText
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.features.tags import store
from core.progress import silent
from core.workbench.feature_settings import FeatureSettings
from core.workbench.subsets import list_subsets
from core.workbench.tasks.tagging import tag
from pages.parts.frame import address, session_keys
from tests.endpoint.stand_in import endpoint, ok, text_of, words_of
from tests.pages.frame.addresses import BAND, Label, address_of, elements, fine, opened, shown_again, state_of

TAGS = FeatureSettings(tagger="endpoint", tag_model="m", tag_synonyms="none", tag_support=0, tag_min_rows=1)


def no_mountains(number: int, body: dict[str, Any]) -> Any:
    """An endpoint that fails at every text about mountains."""
    return ok(content="hm") if "mountain" in text_of(body) else words_of(number, body)


def widget(test: AppTest, start: str) -> Any:
    """The one widget whose key, or else whose label, starts so: keys of settings end in the value that they show."""
    keys = [(getattr(element, "key", None) or "", element) for element in elements(test._tree)]
    named = [element for key, element in keys if key == start]
    keyed = [element for key, element in keys if key.startswith(start)]
    labelled = [element for element in elements(test._tree) if getattr(element, "label", "") == start]
    return (named or keyed or labelled)[0]


def set_all(test: AppTest, values: dict[str, Any]) -> AppTest:
    """Set widgets one after the other; "Apply" and the like, given True, are pressed."""
    for start, value in values.items():
        widget(test, start).set_value(value)
        fine(test.run())
    return test


def settings_of(test: AppTest) -> dict[str, Any]:
    """The settings that the session has changed."""
    choice: FeatureSettings = test.session_state[session_keys.CHOICE.name]
    return choice.changed()


def tokens(test: AppTest) -> None:
    set_all(test, {"tokens.unit": "per_million", "tokens.low": 50.0, "tokens.high": 90_000.0})
    set_all(test, {"tokens.band_rows": "training", "strip.component": "instruction", "tokens.tokenizer": "words"})


def clusters(test: AppTest) -> None:
    set_all(test, {"clusters.embedder": Label("all-MiniLM-L12-v2"), "clusters.least": 5, "clusters.noise": "nearest"})
    for label, value in (("n_neighbors", 9), ("n_components", 4), ("min_dist", 0.25), ("Seed", 7), ("Landmarks", 500)):
        widget(test, label).set_value(value)
    set_all(test, {"Apply": True, "clusters.partition": "column", "clusters.column": "category"})


def tags(test: AppTest) -> None:
    set_all(test, {"tags.tagger": "keyphrases", "tags.tag_spread": 0.5})
    set_all(test, {"tags.tagger": "phrases", "tags.tags_per_row": 5, "tags.tag_longest": 2, "tags.tag_eps": 0.2})
    set_all(test, {"tags.tag_min_rows": 3, "tags.tag_support": 30, "tags.tag_confidence": 0.95})
    set_all(test, {"tags.synonyms": "hdbscan", "tags.tagger": "endpoint"})
    set_all(test, {"tags.tag_model": "model-a", "tags.tag_check_model": "model-b"})


BY_PAGE: dict[str, tuple[Callable[[AppTest], None], str]] = {
    "tokens": (tokens, "component tokenizer low high unit band_rows"),
    "clusters": (
        clusters,
        "embedder min_cluster_size noise neighbors components min_dist seed landmarks partition cluster_column",
    ),
    "tags": (
        tags,
        "tagger tags_per_row tag_longest tag_spread tag_eps tag_min_rows tag_support tag_confidence tag_synonyms "
        "tag_model tag_check_model",
    ),
}
TRIED_APART = "tag_edits tag_rounds"


@pytest.mark.parametrize("page", BY_PAGE)
def test_an_address_carries_the_settings_of_the_features(addressed: Corpus, page: str) -> None:
    set_on_page, names = BY_PAGE[page]
    test = opened(page, {"corpus": addressed.id})
    set_on_page(test)
    changed = settings_of(test)
    assert set(changed) == set(names.split())
    url = shown_again(page, test)
    assert {name: url[name] for name in changed} == {name: str(value) for name, value in changed.items()}


def test_every_setting_is_tried_on_a_page() -> None:
    tried = [name for _, names in BY_PAGE.values() for name in names.split()] + TRIED_APART.split()
    assert sorted(tried) == sorted(field.name for field in fields(FeatureSettings)) == sorted(address.SETTINGS)


def test_an_address_carries_the_version_of_the_merges_and_the_round_of_tagging(
    addressed: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = addressed.workspace
    with endpoint(no_mountains) as (url, _):
        monkeypatch.setattr("core.settings.LOCAL_ADDRESSES", ("127.0.0.1", "localhost", ""))  # AppTest binds nothing
        request = {"corpus": addressed.id, "component": "response", **TAGS.tagging.request(), "url": url}
        tag(workspace, request, silent)
        raw = store.load_tags(CorpusText(addressed, "response"), TAGS.tagging)
        decisions = store.load_decisions(CorpusText(addressed, "response"), TAGS.tagging)
        assert raw is not None and decisions is not None and raw.failures
        first = next(name for name in decisions.final(raw.names) if name)
        edits = store.save_edit(
            CorpusText(addressed, "response"), TAGS.tagging, decisions.renamed(first, "renamed", known=raw.names)
        )
        changed = {name: str(value) for name, value in TAGS.changed().items()}
        test = opened("tags", {"corpus": addressed.id, **changed})
        set_all(test, {"Version of the merges": edits})
        assert settings_of(test) == {**TAGS.changed(), "tag_edits": edits}
        assert shown_again("tags", test)["tag_edits"] == edits
        set_all(test, {session_keys.TAG_ENDPOINT.name: url, "tags-again": True})
    assert settings_of(test) == {**TAGS.changed(), "tag_edits": edits, "tag_rounds": 2}
    # The endpoint's address is not carried: who opens the link names an own one.
    assert settings_of(opened("tags", address_of(test, "tags"))) == settings_of(test)


def test_an_address_carries_the_corpus(addressed: Corpus) -> None:
    test = opened("corpus", {"corpus": addressed.id})
    other = next(info.id for info in list_corpora(addressed.workspace) if info.id != addressed.id)
    set_all(test, {"strip.corpus": other})
    assert shown_again("corpus", test)["corpus"] == other


def test_an_address_carries_every_filter_of_the_pool_until_they_are_cleared(addressed: Corpus) -> None:
    test = opened("subsets", {**BAND, "corpus": addressed.id})
    wanted = {
        "pool-sources": ["a"], "pool-categories": ["list", "note"], "pool-unit": "characters", "pool-min": 20,
        "pool-max": 900, "pool-text": "number", "pool-regex": "r.*", "pool-within": "response", "pool-column": "score",
        "pool-low": 1.0, "pool-high": 9.0,
    }  # fmt: skip
    for start, value in wanted.items():
        widget(test, start).set_value(value)
    set_all(test, {"Apply": True})
    pool = test.session_state[session_keys.POOL.name]
    assert set(pool) == {"sources", "categories", "length", "text", "regex", "within", "columns"}
    assert orjson.loads(shown_again("subsets", test)["pool"]) == pool == PoolSpec.of(pool).as_dict()
    set_all(test, {"Clear all": True})
    url = address_of(test, "subsets")
    assert "pool" not in url
    assert session_keys.POOL.name not in state_of(opened("subsets", url))


def test_an_address_carries_the_pool_that_a_search_made(addressed: Corpus) -> None:
    test = opened("corpus", {"corpus": addressed.id})
    set_all(test, {"rows.search": "harbour", "rows.filter.source": ["b"], "rows.pool": True})
    url = address_without_search(test)
    assert orjson.loads(url["pool"]) == {"sources": ["b"], "text": "harbour", "within": "both"}


def address_without_search(test: AppTest) -> dict[str, Any]:
    """The address of the Corpus page, whose search, unlike the pool made of it, is not carried."""
    set_all(test, {"rows.search": "", "rows.filter.source": []})
    return shown_again("corpus", test)


def test_an_address_carries_every_rule(addressed: Corpus) -> None:
    quotas = [{"column": "category", "minimum": {"poem": 3}, "maximum": {"list": 20}}]
    test = opened("subsets", {**BAND, "corpus": addressed.id, "rules": orjson.dumps({"quotas": quotas}).decode()})
    ids = [show_id(row) for row in addressed.ids[~addressed.holdout][:3].tolist()]
    given = list_subsets(addressed.workspace, addressed.id)[0].key
    set_all(test, {"pinned.": f"{ids[0]} {ids[1]}", "excluded.": ids[2], "given.": given})
    rules = orjson.loads(shown_again("subsets", test)["rules"])
    assert rules == {"pinned": ids[:2], "excluded": ids[2:], "given": given, "quotas": quotas}
    recipe = test.session_state[session_keys.RECIPE.name]
    assert {name: list(recipe[name]) if name != "given" else recipe[name] for name in rules} == rules
    set_all(test, {"pinned.": "", "excluded.": "", "given.": ""})
    assert orjson.loads(shown_again("subsets", test)["rules"]) == {"quotas": quotas}
