"""Templates: a group of rows that share a frame of words and differ in what fills its slots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.curation.normalised import words

LEAST_ROWS = 5  # fewer rows are copies: nothing says that a difference is a slot
READ_ROWS = 10  # rows of a group that are read, spread evenly
READ_WORDS = 250  # words of each row that are read
FRAME = 0.5  # least share of a row's words that all rows have in the same order
OPEN = 0.5  # least share of different fillers among the rows that makes a gap a slot
SLOT = "[…]"
Array = NDArray[Any]


@dataclass(frozen=True)
class Template:
    """``text``: the words that all rows have, with :data:`SLOT` for each slot; ``fillers``: what stands in the slots of
    some rows, a line each; ``frame``: the share of the rows' words that is the same in all."""

    text: str
    fillers: tuple[str, ...]
    frame: float


def places_read(rows: int) -> NDArray[np.int64]:
    """Which rows of a group of ``rows`` :func:`template_of` reads: a template is told by these alone."""
    return np.unique(np.linspace(0, rows - 1, min(READ_ROWS, rows)).round().astype(np.int64))


def template_of(texts: Sequence[str]) -> Template | None:
    """The template that the texts of a group were made from, or None where they are copies of one text.

    A template has five rows or more. Their longest common sequence of words is at least half of a row, and between
    these words lies a gap whose content differs in at least half of the rows: copies with a slip of the pen here and
    there differ each at another place, and nearly all rows have the same there. Twelve rows spread over the group and
    400 words of each are read.
    """
    if len(texts) < LEAST_ROWS:
        return None
    rows = [words(texts[place])[:READ_WORDS] for place in places_read(len(texts))]
    frame = _common(rows)
    length = sum(map(len, rows)) / len(rows)
    if not frame or len(frame) < FRAME * length:
        return None
    gaps = list(
        zip(*(_gaps(row, frame) for row in rows))
    )  # of each place between words of the frame, what each row has
    slots = [len(set(fillers)) >= max(2, OPEN * len(rows)) for fillers in gaps]
    if not any(slots):
        return None
    shown = [SLOT] if slots[0] else []
    for word, slot in zip(frame, slots[1:], strict=True):
        shown += [word, SLOT] if slot else [word]
    told = dict.fromkeys(
        " · ".join(" ".join(gap[row]) for gap, slot in zip(gaps, slots) if slot) for row in range(len(rows))
    )
    return Template(" ".join(shown), tuple(told), len(frame) / length)


def _common(rows: Sequence[Sequence[str]]) -> list[str]:
    """Words that all rows have in the same order, as many as folding row after row finds."""
    numbers: dict[str, int] = {}
    coded = [np.array([numbers.setdefault(word, len(numbers)) for word in row], dtype=np.int64) for row in rows]
    frame = coded[0]
    for row in coded[1:]:
        frame = common_sequence(frame, row)
    names = list(numbers)
    return [names[number] for number in frame.tolist()]


def _gaps(row: Sequence[str], frame: Sequence[str]) -> list[tuple[str, ...]]:
    """What stands before, between and after the words of the frame in a row that holds them in order."""
    gaps, at = [], 0
    for word in frame:
        place = row.index(word, at)
        gaps.append(tuple(row[at:place]))
        at = place + 1
    return [*gaps, tuple(row[at:])]


@njit(cache=True, nogil=True)
def common_sequence(one: Array, other: Array) -> Array:
    """The longest common sequence of two arrays of numbers; of several, the one that ends earliest.

    What both begin with, and what both end with, is in it and need not be searched.
    """
    begin = 0
    while begin < min(len(one), len(other)) and one[begin] == other[begin]:
        begin += 1
    end = 0
    while end < min(len(one), len(other)) - begin and one[len(one) - 1 - end] == other[len(other) - 1 - end]:
        end += 1
    middle = _searched(one[begin : len(one) - end], other[begin : len(other) - end])
    return np.concatenate((one[:begin], middle, one[len(one) - end :]))


@njit(cache=True, nogil=True)
def _searched(one: Array, other: Array) -> Array:
    lengths = np.zeros((len(one) + 1, len(other) + 1), dtype=np.int16)
    for a in range(len(one) - 1, -1, -1):
        for b in range(len(other) - 1, -1, -1):
            if one[a] == other[b]:
                lengths[a, b] = lengths[a + 1, b + 1] + 1
            else:
                lengths[a, b] = max(lengths[a + 1, b], lengths[a, b + 1])
    common = np.empty(lengths[0, 0], dtype=np.int64)
    a, b, kept = 0, 0, 0
    while kept < len(common):
        if one[a] == other[b]:
            common[kept] = one[a]
            kept += 1
            a += 1
            b += 1
        elif lengths[a + 1, b] >= lengths[a, b + 1]:
            a += 1
        else:
            b += 1
    return common
