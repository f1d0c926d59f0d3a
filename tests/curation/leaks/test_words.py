"""The words of texts, folded and with their places: the compiled search and its slow twin agree."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.curation.leaks.grams import gram_tables
from core.curation.leaks.words import words_of
from tests.curation.leaks.slow_words import slow_hits, slow_words

TEXTS = st.text(
    st.sampled_from("aA1bß２é\u0301½ﬁ'’-_ \n\t.,日本がカﾞ한สวัสดี\u00ad\u200b\U0001f600\U00020000\ud800नी")
    | st.characters()
)
FEW = st.lists(st.sampled_from(["to", "be", "or", "not", "42", "7", "7.", "TO", "that\n"]), max_size=30).map(" ".join)


@settings(max_examples=300)
@given(st.lists(TEXTS, max_size=4), st.booleans())
def test_words_and_their_places_are_those_of_the_slow_twin(texts: list[str], any_number: bool) -> None:
    words = words_of(texts, any_number=any_number)
    assert len(words.indptr) == len(texts) + 1
    for place, text in enumerate(texts):
        span = range(words.indptr[place], words.indptr[place + 1])
        told = [(words.spelled(word), int(words.start[word]), int(words.end[word])) for word in span]
        assert told == slow_words(text, any_number=any_number)


@pytest.mark.parametrize(
    "other",
    [
        "THE NAÏVE, teacher’s “fine” Größe — №1!",
        "the\nnaïve\n\nteachers\r\nfine\tgrösse no1",
        unicodedata.normalize("NFD", "The naïve teacher's ﬁne größe: no1"),
        unicodedata.normalize("NFKC", "Ｔｈｅ　ｎａïｖｅ teacher's fine größe (No1)"),
        "The **naive** _teachers_ fi\u00adne grosse no\u200d1",
    ],
)
def test_case_line_ends_punctuation_and_unicode_forms_do_not_tell_words_apart(other: str) -> None:
    assert [word for word, _, _ in slow_words(other)] == ["the", "naive", "teachers", "fine", "grosse", "no1"]


def test_each_character_of_a_script_without_spaces_is_a_word() -> None:
    words = words_of(["東京 とは何ですか"])
    assert [words.spelled(word) for word in range(len(words))] == list("東京とは何てすか")


@settings(max_examples=200)
@given(st.lists(FEW, max_size=5), st.lists(FEW, max_size=4), st.integers(3, 8), st.booleans(), st.sampled_from([64, 3]))
def test_hits_are_those_of_the_slow_twin_however_many_hashes_collide(
    rows: list[str], questions: list[str], ngram: int, any_number: bool, hash_bits: int
) -> None:
    asked, held = words_of(questions, any_number=any_number), words_of(rows, any_number=any_number)
    spans: list[set[tuple[int, int]]] = [set() for _ in rows]
    for table in gram_tables(asked, ngram=ngram, hash_bits=hash_bits):
        found = table.found_in(held)
        for word in np.flatnonzero(found >= 0).tolist():
            row = int(np.searchsorted(held.indptr, word, side="right")) - 1
            spans[row].add((int(held.start[word]), int(held.end[word + table.length - 1])))
    wanted = [set[tuple[int, int]]().union(*(slow_hits(row, question, ngram=ngram, any_number=any_number)
                                             for question in questions)) for row in rows]  # fmt: skip
    assert spans == wanted


@settings(max_examples=100)
@given(st.lists(FEW, min_size=1, max_size=5), st.integers(3, 8))
def test_each_text_is_named_once_for_each_of_its_distinct_grams(questions: list[str], ngram: int) -> None:
    words = words_of(questions)
    spelled = [[word for word, _, _ in slow_words(question)] for question in questions]
    wanted = {
        (tuple(text[at : at + min(ngram, len(text))]), number)
        for number, text in enumerate(spelled)
        for at in range(max(0, len(text) - min(ngram, len(text)) + 1))
        if text
    }
    told = set()
    for table in gram_tables(words, ngram=ngram):
        for gram, text in zip(table.occurrence_gram.tolist(), table.occurrence_text.tolist(), strict=True):
            first = int(table.at[gram])
            told.add((tuple(words.spelled(word) for word in range(first, first + table.length)), text))
        assert len(set(zip(table.occurrence_gram.tolist(), table.occurrence_text.tolist(), strict=True))) == len(
            table.occurrence_gram
        )
    assert told == wanted
