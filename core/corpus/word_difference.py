"""Which words of two texts differ: the one owner of differences that a person reads."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from core.corpus.hits import Spans

CELLS = 64_000_000  # of a stretch without words of its own: words of the one side × words of the other
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # written without spaces: each is a word
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+|[^\w\s]")


def word_difference(left: Sequence[str], right: Sequence[str]) -> tuple[list[Spans], list[Spans]]:
    """The spans of characters, of each text of ``left`` and of ``right``, whose words the other side does not have.

    The texts of a side, such as the turns of a row, are compared as one sequence of words, so a turn that only one side
    has is marked whole. Words next to each other make one span. White space is not compared. First the words that each
    side has once are matched in order (patience), then in each stretch between them the most words that can be matched
    (the longest common subsequence, by bits). A stretch of more than ``CELLS`` pairs of words counts as different, so
    time and memory grow with the length of the texts.
    """
    words, places = _words(left)
    others, other_places = _words(right)
    matched, other_matched = matched_words(words, others)
    return _spans(len(left), places, matched), _spans(len(right), other_places, other_matched)


Place = tuple[int, int, int]  # the text's number, the first character of a word, the one after its last


def _words(texts: Sequence[str]) -> tuple[list[str], list[Place]]:
    matches = [(number, match) for number, text in enumerate(texts) for match in _WORD.finditer(text)]
    return [match[0] for _, match in matches], [(number, match.start(), match.end()) for number, match in matches]


def matched_words(words: Sequence[str], others: Sequence[str]) -> tuple[bytearray, bytearray]:
    """(words,) and (others,) 1 for each word that has a partner on the other side, else 0."""
    matched, other_matched = bytearray(len(words)), bytearray(len(others))
    pairs = [*_anchors(words, others), (len(words), len(others))]
    start = other_start = 0
    for end, other_end in pairs:
        for row, column in _common(words[start:end], others[other_start:other_end]):
            matched[start + row] = other_matched[other_start + column] = 1
        if end < len(words):
            matched[end] = other_matched[other_end] = 1
        start, other_start = end + 1, other_end + 1
    return matched, other_matched


def _anchors(words: Sequence[str], others: Sequence[str]) -> list[tuple[int, int]]:
    """Words that stand once on each side, as pairs of places that ascend on both; as many as there can be."""
    counts, other_counts = Counter(words), Counter(others)
    where = {word: place for place, word in enumerate(others) if other_counts[word] == 1}
    single = [(place, where[word]) for place, word in enumerate(words) if counts[word] == 1 and word in where]
    tops: list[int] = []  # the smallest last place of an ascending run of each length
    ends: list[int] = []  # its pair
    before = [-1] * len(single)
    for number, (_, column) in enumerate(single):
        length = bisect_left(tops, column)
        before[number] = ends[length - 1] if length else -1
        tops[length : length + 1] = [column]
        ends[length : length + 1] = [number]
    run: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        run.append(single[number])
        number = before[number]
    return run[::-1]


def _common(words: Sequence[str], others: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of places of a longest common subsequence; only what both begin or end with where there are many."""
    first = 0
    least = min(len(words), len(others))
    while first < least and words[first] == others[first]:
        first += 1
    last = 0
    while last < least - first and words[-1 - last] == others[-1 - last]:
        last += 1
    pairs = [(place, place) for place in range(first)]
    inner, other_inner = words[first : len(words) - last], others[first : len(others) - last]
    if 0 < len(inner) * len(other_inner) <= CELLS:
        pairs += [(first + row, first + column) for row, column in _by_bits(inner, other_inner)]
    return pairs + [(len(words) - place, len(others) - place) for place in range(last, 0, -1)]


def _by_bits(words: Sequence[str], others: Sequence[str]) -> list[tuple[int, int]]:
    """A longest common subsequence: bit c of a row is 0 where others[: c + 1] can match a word more than others[:c].

    Hyyrö, "Bit-parallel LCS-length computation revisited", 2004. O(words · others / 64).
    """
    places: dict[str, int] = {}
    for column, word in enumerate(others):
        places[word] = places.get(word, 0) | 1 << column
    every = (1 << len(others)) - 1

    def step(bits: int, word: str) -> int:
        both = bits & places.get(word, 0)
        return ((bits + both) | (bits - both)) & every

    size = (len(others) + 7) // 8
    rows = [bits.to_bytes(size, "little") for bits in accumulate(words, step, initial=every)]
    pairs: list[tuple[int, int]] = []
    row, column = len(words), len(others) - 1
    while row and column >= 0:
        byte, bit = column >> 3, 1 << (column & 7)
        if rows[row][byte] & bit:
            column -= 1
        elif rows[row - 1][byte] & bit:
            pairs.append((row - 1, column))
            row, column = row - 1, column - 1
        else:
            row -= 1
    return pairs[::-1]


def _spans(texts: int, places: Sequence[Place], matched: bytearray) -> list[Spans]:
    """The spans of unmatched words in each of the texts; neighbours in one text are joined."""
    spans: list[Spans] = [[] for _ in range(texts)]
    open_span = False
    last_text = -1
    for (number, start, end), has_partner in zip(places, matched, strict=True):
        if has_partner:
            open_span = False
            continue
        if open_span and number == last_text:
            spans[number][-1] = (spans[number][-1][0], end)
        else:
            spans[number].append((start, end))
        open_span, last_text = True, number
    return spans
