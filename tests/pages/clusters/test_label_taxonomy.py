"""Labels across sources on the Clusters page and by the command, with undo; the strategy takes the edited column."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import settings
from core.__main__ import main
from core.features.label_taxonomy import taxonomy_column
from pages.parts.frame import session_keys
from tests.corpora import corpus_of, records, store_embeddings

MADE = taxonomy_column("category")


@pytest.fixture
def corpus(workspace, carried_embedder):
    rows = [{**row, "source": ("web", "book")[number % 2]} for number, row in enumerate(records(60))]
    workspace, corpus = corpus_of(workspace.home, rows)
    vectors = np.random.default_rng(0).standard_normal((len(corpus), 384))
    store_embeddings(workspace, corpus.id, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return corpus


def test_labels_are_merged_on_the_page_and_taken_back(corpus, no_worker) -> None:
    page = AppTest.from_file(str(settings.PROJECT_ROOT / "pages" / "clusters.py"), default_timeout=60)
    page.session_state[session_keys.SEEN.name] = True
    page.run()
    assert not page.exception and not page.multiselect  # a closed fold reads nothing
    page.session_state["taxonomy"] = True
    page.run()
    picker = next(box for box in page.multiselect if box.label == "Labels to rename or merge")
    picker.set_value(["note", "poem"]).run()
    page.button(key="taxonomy.apply").click().run()
    assert not page.exception and not page.error
    assert set(corpus.column(MADE).tolist()) == {"note", "list"}
    page.button(key="taxonomy.undo").click().run()
    assert not page.exception and MADE not in corpus.columns


def test_the_command_lists_renames_takes_back_and_feeds_the_strategy(corpus, capsys) -> None:
    assert main(["taxonomy", corpus.id, "--component", "response"]) == 0
    out = capsys.readouterr().out
    assert "3 labels in 2 sources" in out and "taken for" in out
    assert main(["taxonomy", corpus.id, "--merge", "note", "--as", "web note", "--only", "web"]) == 0
    assert set(corpus.column(MADE)[corpus.column("category") == "note"].tolist()) == {"note", "web note"}
    assert main(["taxonomy", corpus.id, "--merge", "poem", "note", "--as", "poem"]) == 0
    assert set(corpus.column(MADE).tolist()) == {"web note", "poem", "list"}
    chosen = ["choose", corpus.id, "--strategy", "b2nerd", "--set", f"category={MADE}", "--size", "6", "--ids"]
    capsys.readouterr()
    assert main(chosen) == 0
    ids = [int(word, 16) for word in capsys.readouterr().out.split()[-6:]]
    labels = corpus.column(MADE)[np.searchsorted(corpus.ids, np.array(ids, dtype=np.uint64))]
    assert sorted(labels.tolist()) == sorted(["web note", "poem", "list"] * 2)
    assert main(["taxonomy", corpus.id, "--undo"]) == 0
    assert "note" in set(corpus.column(MADE).tolist())
    assert main(["taxonomy", corpus.id, "--merge", "nothing", "--as", "x"]) == 1
