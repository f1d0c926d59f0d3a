"""On the Measure page's Domains: an order for Rényi, and weights that a press makes the quota of Subsets."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.corpus.corpus_text import CorpusText
from core.features.balance_weights import balance_weights
from core.features.embedding import load_embeddings
from pages.parts.frame import address, session_keys
from tests.corpora import corpus_of, records, store_embeddings


@pytest.fixture
def corpus(workspace, carried_embedder, no_worker, monkeypatch):
    monkeypatch.setattr("core.settings.LOCAL_ADDRESSES", ("127.0.0.1", "localhost", ""))  # AppTest binds nothing
    rows = [{**row, "source": ("web", "book", "news")[number % 3]} for number, row in enumerate(records(60))]
    workspace, corpus = corpus_of(workspace.home, rows)
    vectors = np.random.default_rng(0).standard_normal((len(corpus), 384))
    store_embeddings(workspace, corpus.id, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return corpus


@pytest.fixture
def page(corpus) -> AppTest:
    test = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "measure.py"), default_timeout=60)
    test.session_state[session_keys.SEEN.name] = True
    test.query_params[address.MEASURE_VIEW.name] = "domains"
    return test


def test_another_order_draws_another_divergence(page) -> None:
    page.run()
    assert not page.exception and any("Jensen–Shannon divergence" in line.value for line in page.caption)
    page.number_input(key="domains-order").set_value(0.5).run()
    assert not page.exception and any("Rényi (α = 0.5)" in line.value.replace("\\", "") for line in page.caption)


def test_a_press_makes_the_weights_the_quota(page, corpus) -> None:
    page.run()
    page.button(key="balance-use").click().run()
    assert not page.exception and not page.error
    rule = page.session_state[session_keys.QUOTAS.of(corpus.id).name]["source"]
    vectors = load_embeddings(CorpusText(corpus, "response"))
    expected = balance_weights(vectors, corpus.column("source")).set_index("domain")["weight"]
    assert rule["column"] == "source"
    assert rule["shares"] == pytest.approx({name: 100 * weight for name, weight in expected.items()}, abs=0.01)


def test_a_table_of_effects_becomes_bounds(page, corpus, tmp_path) -> None:
    path = tmp_path / "effects.csv"
    path.write_text("from,web,book,news\nweb,1,0.5,0.5\nbook,0,1,0\nnews,0,0,1\n")
    page.run()
    page.number_input(key="effects-size").set_value(18)
    page.text_input(key="effects.path").set_value(str(path)).run()
    assert not page.exception and not page.error
    page.button(key="effects-use").click().run()
    assert not page.exception
    rule = page.session_state[session_keys.QUOTAS.of(corpus.id).name]["source"]
    assert sum(rule["minimum"].values()) == 18 and rule["minimum"] == rule["maximum"]
    path.write_text("from,web\nbook,1\n")
    page.run()
    assert not page.exception and any("same categories" in line.value for line in page.warning)
