"""c-TF-IDF keywords of clusters."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.corpus_text import CorpusText
from core.features import keywords
from core.features.clusters import Clustering, Clusters
from core.features.embedders import CARRIED
from core.features.keywords import Keyword, cluster_keywords, compute_keywords, load_keywords, words
from core.workspace.artefacts import Workspace
from tests.features.conftest import SmallCorpus

TEXTS = ["bake the bread with flour and flour", "flour bread oven", "orbit of a planet", "planet and moon orbit orbit"]
LABELS = np.array([0, 0, 1, 1], dtype=np.int32)


def keywords_slowly(texts: list[str], labels: list[int], top: int) -> list[list[Keyword]]:
    clusters = max(labels, default=-1) + 1
    counts = [
        Counter(word for text, own in zip(texts, labels) if own == c for word in words(text)) for c in range(clusters)
    ]
    everywhere = sum(counts, Counter())
    mean = sum(everywhere.values()) / max(1, clusters)
    result = []
    for count in counts:
        weight = {word: n / count.total() * math.log(1 + mean / everywhere[word]) for word, n in count.items()}
        result.append(
            [Keyword(word, weight[word]) for word in sorted(weight, key=lambda w: (-round(weight[w], 12), w))[:top]]
        )
    return result


def test_the_words_that_tell_two_clusters_apart_come_first() -> None:
    bread, planet = cluster_keywords(TEXTS, LABELS, top=2)
    assert [word.word for word in bread] == ["flour", "bread"]
    assert [word.word for word in planet] == ["orbit", "planet"]


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(["apple", "pear", "plum", "fig", "date"]), max_size=6), st.integers(-1, 3)),
        max_size=12,
    )
)
@settings(max_examples=40)
def test_weights_equal_the_plain_formula(rows: list[tuple[list[str], int]]) -> None:
    texts, labels = [" ".join(row) for row, _ in rows], [label for _, label in rows]
    result = cluster_keywords(texts, np.array(labels, dtype=np.int32), top=3)
    expected = keywords_slowly(texts, labels, 3)
    assert [[word.word for word in row] for row in result] == [[word.word for word in row] for row in expected]
    for row, other in zip(result, expected):
        assert [word.weight for word in row] == pytest.approx([word.weight for word in other])


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cluster_keywords(TEXTS, LABELS)
    monkeypatch.setattr(keywords, "CHUNK", 1)
    assert [[(w.word, pytest.approx(w.weight)) for w in row] for row in whole] == [
        [(w.word, w.weight) for w in row] for row in cluster_keywords(TEXTS, LABELS)
    ]


def test_rows_of_a_cluster_are_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords, "ROWS_A_CLUSTER", 1)
    assert [word.word for word in cluster_keywords(TEXTS, LABELS)[0]] == ["flour", "bake", "bread"]


def test_chinese_is_cut_into_pairs_and_english_stop_words_are_left_out() -> None:
    assert words("机器学习 and the Planet's x moons 42") == ["机器", "器学", "学习", "planet's", "moons"]


def test_noise_and_wordless_clusters_have_no_keywords() -> None:
    assert cluster_keywords(["a b", "12 34"], np.array([-1, -1], dtype=np.int32)) == []
    assert cluster_keywords(["!", "12 34"], np.array([0, 1], dtype=np.int32)) == [[], []]


def test_keywords_are_stored(workspace: Workspace) -> None:
    corpus = SmallCorpus(workspace, "c0ffee", tuple(TEXTS))
    clusters = Clusters("abcd", LABELS, Clustering(embedder=CARRIED))
    assert load_keywords(workspace, clusters) is None
    result = compute_keywords(CorpusText(corpus, "response"), clusters)
    assert load_keywords(workspace, clusters) == result
