"""Where a search hit: in the places that another engine finds, whatever the text and the pattern are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.hits import regex_hits, text_hits, window
from core.errors import InputError

TEXTS = st.text(alphabet="abAB 1<>&é\n😀中", max_size=40)


@given(st.lists(TEXTS, max_size=5), TEXTS)
@settings(max_examples=100)
def test_hits_of_a_text_are_the_text(texts: list[str], wanted: str) -> None:
    for text, spans in zip(texts, text_hits(texts, wanted), strict=True):
        assert all(text[first:last].casefold() == wanted.casefold() for first, last in spans)
        assert len(spans) == (text.lower().count(wanted.lower()) if wanted else 0)


@pytest.mark.parametrize("pattern", ["a+", r"\bab", "(?i)a(b|B)", "^a", "1|<", "[^a]", "中", "a*", r"\d", "b$"])
@given(texts=st.lists(TEXTS, max_size=5))
@settings(max_examples=30, deadline=None)
def test_hits_of_a_pattern_are_those_of_another_engine(pattern: str, texts: list[str]) -> None:
    slowly = [[m.span() for m in re.finditer(pattern, text, re.ASCII) if m.end() > m.start()] for text in texts]
    if "$" in pattern:  # Python's $ also stands before a last line break
        slowly = [[m.span() for m in re.finditer("b\\Z", text) if m.end() > m.start()] for text in texts]
    assert regex_hits(texts, pattern) == slowly


def test_a_pattern_that_is_none_is_refused_and_one_that_explodes_elsewhere_is_quick() -> None:
    with pytest.raises(InputError):
        regex_hits(["a"], "((")
    assert regex_hits(["a" * 5000 + "b"], "(a|aa)+$") == [[]]


def test_marks_of_the_text_itself_do_not_confuse() -> None:
    assert regex_hits(["\ue0f1a\ue0f2a"], "a") == [[(1, 2), (3, 4)]]


@given(TEXTS.filter(bool), st.integers(1, 30))
@settings(max_examples=100)
def test_a_window_shows_its_hits_where_they_are(text: str, length: int) -> None:
    spans = text_hits([text], text[-1])[0]
    shown, inside = window(text, spans, length=length, seen=8, before=3)
    assert len(shown) <= length + 2
    flat = re.sub("[\t\n\r]", " ", text)
    assert shown.strip("…") in flat
    for first, last in inside:
        assert shown[first:last].casefold() == re.sub("[\t\n\r]", " ", text[-1]).casefold()


def test_a_late_hit_is_shown_with_what_stands_before_it() -> None:
    text = "x" * 500 + " needle " + "y" * 500
    shown, inside = window(text, text_hits([text], "needle")[0], length=100)
    assert shown.startswith("…xxx")
    assert shown.endswith("y…")
    assert [shown[first:last] for first, last in inside] == ["needle"]
