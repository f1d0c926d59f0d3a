"""Phrases by their statistics in the corpus, against a slow, obvious twin, and on texts that a reader can judge."""

from __future__ import annotations

import math
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.features.tags.corpus_phrases import corpus_phrases, least_rows
from core.features.tags.normalise import spelling
from core.features.tags.phrase_worth import COHESION, COMMON, OFTEN_INSIDE, STREWN

WORDS = ["turbine", "blade", "granite", "harbour", "lantern", "of", ",", "harbours"]


def slow_tags(texts: list[str], *, per_row: int, longest: int, least: int) -> list[list[str]]:
    """The definition, with dictionaries; all words are nouns that the lexicon does not know."""
    counts: list[Counter[tuple[str, ...]]] = []
    for text in texts:
        grams: Counter[tuple[str, ...]] = Counter()
        for run in re.split(r"\bof\b|,", text):
            words = run.split()
            for size in range(1, longest + 1):
                grams.update(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
        counts.append(grams)
    df = Counter(gram for grams in counts for gram in grams)
    df = Counter({gram: held for gram, held in df.items() if held >= least})
    times = Counter({gram: sum(grams[gram] for grams in counts) for gram in df})
    total = sum(count for gram, count in times.items() if len(gram) == 1)
    inside: Counter[tuple[str, ...]] = Counter()
    for gram, held in df.items():
        for part in {gram[:-1], gram[1:]} - {()}:
            inside[part] = max(inside[part], held)

    def glued(gram: tuple[str, ...]) -> float:
        if len(gram) == 1:
            return 0.0
        share = times[gram] / total
        cuts = [(gram[:-1], gram[-1:]), (gram[:1], gram[1:])]
        chance = max(times[one] * times[other] / total**2 for one, other in cuts)
        return math.log(share / chance) / -math.log(min(share, 1 - 1e-12))

    def worth(gram: tuple[str, ...]) -> float:
        spelt = [spelling(word) for word in gram]
        rows = len(texts)
        if len(set(spelt)) < len(spelt) or (len(gram) > 1 and glued(gram) < COHESION):
            return 0.0
        if df[gram] > max(COMMON * rows, 5) or inside[gram] >= OFTEN_INSIDE * df[gram]:
            return 0.0
        idf = math.log(rows / df[gram])
        residual = max(0.0, idf + math.log(1 - math.exp(-times[gram] / rows)))
        size, alone = math.log2(1 + len(gram)), math.sqrt(max(0.0, 1 - inside[gram] / df[gram]))
        return (STREWN + residual) * math.sqrt(idf) * size * (1 + glued(gram)) * alone

    tags = []
    for grams in counts:
        scores = {gram: round((1 + math.log(count)) * worth(gram), 9) for gram, count in grams.items() if gram in df}
        order = sorted((gram for gram in scores if scores[gram] > 0), key=lambda gram: (-scores[gram], len(gram), gram))
        chosen: list[tuple[str, ...]] = []
        for gram in order:
            stems = [spelling(word) for word in gram]
            others = [[spelling(word) for word in other] for other in chosen]
            alike = any(
                stems[-1] == other[-1] or set(stems) <= set(other) or set(stems) >= set(other) for other in others
            )
            if not alike and len(chosen) < per_row:
                chosen.append(gram)
        tags.append([" ".join(gram) for gram in chosen])
    return tags


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1, max_size=14),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 2),
)
def test_tags_are_those_of_the_definition(texts: list[str], per_row: int, longest: int, least: int) -> None:
    indptr, ids, names = corpus_phrases(texts, per_row=per_row, longest=longest, least=least)
    ours = [[names[tag] for tag in ids[indptr[row] : indptr[row + 1]]] for row in range(len(texts))]
    assert ours == slow_tags(texts, per_row=per_row, longest=longest, least=least)
    assert names == sorted(set(names))


COOKING = [
    "Deep learning needs a graphics card. The graphics card trains deep learning models. Return the list list.",
    "The graphics card is fast. Deep learning is a part of machine learning.",
    "Bake the apple pie. An apple pie needs cinnamon. return apple_pie(list)",
    "An apple pie with cinnamon. Return the apple pie to the oven.",
    "In New York the ferry is free. The ferry leaves New York at noon.",
    "New York has a ferry. Return to New York.",
] + [f"The {word} stands in the garden of the house." for word in ("rose", "oak", "elm", "fern", "ash", "yew")] * 6


@pytest.fixture(scope="module")
def cooking() -> list[list[str]]:
    indptr, ids, names = corpus_phrases(COOKING, least=2)
    return [[names[tag] for tag in ids[indptr[row] : indptr[row + 1]]] for row in range(len(COOKING))]


def test_noun_phrases_come_first_and_verbs_and_doubled_words_never(cooking: list[list[str]]) -> None:
    assert cooking[0][:2] == ["graphics card", "deep learning"] or cooking[0][:2] == ["deep learning", "graphics card"]
    assert "apple pie" in cooking[2] and "cinnamon" in cooking[2]
    assert "new york" in cooking[4] and "ferry" in cooking[4]
    every = {tag for row in cooking for tag in row}
    assert not {"return", "list", "list list", "needs", "bake", "stands"} & every
    assert all(len(set(tag.split())) == len(tag.split()) for tag in every)


def test_words_that_touch_brackets_are_code() -> None:
    texts = ["call total_sum(x) and velvet. velvet", "call total_sum(y) or velvet", "granite = 3", "granite = 4"] * 12
    names = corpus_phrases(texts, least=2)[2]
    assert "total" not in names and "sum" not in names and "granite" not in names


def test_chinese_and_japanese_phrases_are_whole_words() -> None:
    others = [f"{sign}很{other}。" for sign in "山水火土木" for other in "红白黑绿蓝高低长短"]
    chinese = ["人工智能的未来", "学习人工智能", "人工智能很有用"] * 3 + others
    names = corpus_phrases(chinese)[2]
    assert "人工智能" in names and "人工智" not in names and "工智能" not in names
    japanese = ["コンピュータを買う", "新しいコンピュータ", "コンピュータは高い"] * 3 + [
        f"{sign}が降る" for sign in "雨雪霜霧灰石雷花"
    ] * 6
    names = corpus_phrases(japanese)[2]
    assert "コンピュータ" in names and not {"を買", "は高", "しい", "が降", "降る"} & set(names)


def test_the_order_of_rows_changes_no_rows_tags() -> None:
    order = np.random.default_rng(0).permutation(len(COOKING))
    straight = corpus_phrases(COOKING)
    mixed = corpus_phrases([COOKING[place] for place in order])
    assert straight[2] == mixed[2]
    for place, row in enumerate(order):
        one = straight[1][straight[0][row] : straight[0][row + 1]]
        assert one.tolist() == mixed[1][mixed[0][place] : mixed[0][place + 1]].tolist()


def test_nothing_to_read_is_no_error() -> None:
    for texts in ([], [""], ["12 34", "the"], ["的"]):
        indptr, ids, names = corpus_phrases(texts)
        assert indptr.tolist() == [0] * (len(texts) + 1) and not len(ids) and names == []


def test_larger_corpora_want_a_phrase_in_more_rows() -> None:
    assert [least_rows(rows) for rows in (10, 1_000, 10_000, 117_000)] == [1, 2, 5, 17]
