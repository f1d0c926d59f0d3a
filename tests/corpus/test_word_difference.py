"""The words in which two texts differ, compared with a slow longest common subsequence."""

from __future__ import annotations

import random
import time
from functools import cache

import pytest

from core.corpus.word_difference import _by_bits, word_difference


def longest(left: list[str], right: list[str]) -> int:
    """The length of a longest common subsequence, as the textbook has it."""

    @cache
    def of(row: int, column: int) -> int:
        if row == len(left) or column == len(right):
            return 0
        if left[row] == right[column]:
            return 1 + of(row + 1, column + 1)
        return max(of(row + 1, column), of(row, column + 1))

    return of(0, 0)


def marked(texts: list[str], spans: list[list[tuple[int, int]]]) -> list[list[str]]:
    return [[text[start:end] for start, end in places] for text, places in zip(texts, spans, strict=True)]


def without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + " " + text[end:]
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("left", "right", "here", "there"),
    [
        ("the cat sat", "the dog sat", ["cat"], ["dog"]),
        ("the cat sat", "the cat sat", [], []),
        ("", "new words", [], ["new words"]),
        ("a b c d", "c d a b", ["a b"], ["a b"]),
        ("one,  two", "one, two", [], []),
        ("我喜欢猫", "我喜欢狗", ["猫"], ["狗"]),
        ("x = 1", "x = 2", ["1"], ["2"]),
    ],
)
def test_differing_words_are_marked_on_both_sides(left: str, right: str, here: list[str], there: list[str]) -> None:
    spans, other_spans = word_difference([left], [right])
    assert [marked([left], spans)[0], marked([right], other_spans)[0]] in ([here, there], [["c d"], ["c d"]])


def test_a_turn_that_one_side_lacks_is_marked_whole_and_the_others_are_not() -> None:
    left, right = ["How are you?", "Fine, thanks.", "Good."], ["How are you?", "Good."]
    spans, other_spans = word_difference(left, right)
    assert marked(left, spans) == [[], ["Fine, thanks."], []]
    assert marked(right, other_spans) == [[], []]


def test_what_is_not_marked_is_the_same_on_both_sides_and_as_long_as_can_be() -> None:
    random.seed(5)
    for _ in range(300):
        left, right = ([random.choice("abcde") for _ in range(random.randrange(25))] for _ in range(2))
        spans, other_spans = word_difference([" ".join(left)], [" ".join(right)])
        rest, other_rest = without(" ".join(left), spans[0]), without(" ".join(right), other_spans[0])
        assert rest == other_rest
        pairs = _by_bits(left, right) if left and right else []
        assert len(pairs) == longest(left, right)
        assert all(left[row] == right[column] for row, column in pairs)
        assert pairs == sorted(set(pairs)) and len({column for _, column in pairs}) == len(pairs)


@pytest.mark.parametrize("words", ["same", "own", "two", "other"])
def test_long_texts_are_compared_in_a_time_that_grows_with_their_length(words: str) -> None:
    random.seed(3)
    count = 40_000
    make = {
        "same": lambda side: "word " * (count + side),
        "own": lambda side: " ".join(f"w{random.randrange(10**9)}" for _ in range(count)),
        "two": lambda side: " ".join(random.choice("ab") for _ in range(count)),
        "other": lambda side: " ".join(f"w{place if place % 50 else -side}" for place in range(count)),
    }[words]
    left, right = make(0), make(1)
    started = time.process_time()
    word_difference([left], [right])
    assert time.process_time() - started < 3.0
