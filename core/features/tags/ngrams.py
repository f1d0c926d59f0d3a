"""N-grams of words that enough rows hold, counted exactly as sorted integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress


@dataclass(eq=False)
class Level:
    """The n-grams of one length that enough rows hold, and the pairs of row and n-gram."""

    keys: NDArray[np.int64]  # (n-grams,) ascending
    df: NDArray[np.int64]  # (n-grams,) rows that hold it
    within: NDArray[np.int64]  # (n-grams,) most rows that hold one longer n-gram around it
    row: NDArray[np.int64]  # (pairs,)
    kind: NDArray[np.int64]  # (pairs,) number of the n-gram
    times: NDArray[np.int64]  # (pairs,) occurrences in the row
    words: NDArray[np.int64]  # (n-grams, length)
    left: NDArray[np.int64]  # (n-grams,) number of its n-gram without the last word, one level below; (0,) for words
    right: NDArray[np.int64]  # (n-grams,) number of its n-gram without the first word; (0,) for words


def word_stream(
    texts: Sequence[str],
    pieces_of: Callable[[str], Sequence[str]],
    names_one: Callable[[str], bool],
    *,
    progress: Progress,
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """All words in order, as indices of the sorted vocabulary, -1 where a phrase ends; their rows; the vocabulary.

    ``pieces_of`` cuts a text; a piece that ``names_one`` refuses ends a phrase.
    """
    number: dict[str, int] = {}
    kept: dict[str, int] = {}  # every piece seen: its number, or -1
    word_ids: list[NDArray[np.int64]] = []
    sizes = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        ids = []
        for piece in pieces_of(text):
            place = kept.get(piece)
            if place is None:
                place = number.setdefault(piece, len(number)) if names_one(piece) else -1
                kept[piece] = place
            ids.append(place)
        ids.append(-1)  # no phrase crosses from a row into the next
        word_ids.append(np.array(ids, dtype=np.int64))
        sizes[row] = len(ids)
        if row % 1024 == 0:
            progress(row, len(texts), "rows read for phrases")
    stream = np.concatenate(word_ids) if word_ids else np.empty(0, dtype=np.int64)
    vocabulary = sorted(number)
    place_of = np.full(len(number) + 1, -1, dtype=np.int64)  # the last entry is what -1 points to
    place_of[[number[word] for word in vocabulary]] = np.arange(len(vocabulary))
    return place_of[stream], np.repeat(np.arange(len(texts)), sizes), vocabulary


def levels_of(
    stream: NDArray[np.int64], row_of: NDArray[np.int64], *, rows: int, least: int, span: int
) -> Iterator[Level]:
    """The n-grams of one to ``span`` words that at least ``least`` rows hold, a level for each length.

    An n-gram is frequent only if its parts are, so each length is counted among the n-grams of the one before
    (Apriori). A level's ``within`` is complete once the next level has been taken.
    """
    level, current = counted(stream, row_of, rows=rows, least=least)
    level.words = level.keys[:, None]  # (n-grams, 1)
    yield level
    for _ in range(2, span + 1):
        count = len(level.df)
        pair = np.full(len(current), -1, dtype=np.int64)
        (both,) = np.nonzero((current[:-1] >= 0) & (current[1:] >= 0))
        pair[both] = current[both] * count + current[both + 1]
        longer, current = counted(pair, row_of, rows=rows, least=least)
        longer.left, longer.right = np.divmod(longer.keys, max(count, 1))
        longer.words = np.hstack((level.words[longer.left], level.words[longer.right, -1:]))
        for part in (longer.left, longer.right):
            np.maximum.at(level.within, part, longer.df)
        level = longer
        yield level


def counted(
    stream: NDArray[np.int64], row_of: NDArray[np.int64], *, rows: int, least: int
) -> tuple[Level, NDArray[np.int64]]:
    """The numbers of ``stream`` (-1 is none) that at least ``least`` rows hold, and the stream as indices of them."""
    (at,) = np.nonzero(stream >= 0)
    keys, number = np.unique(stream[at], return_inverse=True)
    pairs, times = np.unique(row_of[at] * max(len(keys), 1) + number, return_counts=True)
    row, kind = np.divmod(pairs, max(len(keys), 1))
    df = np.bincount(kind, minlength=len(keys)).astype(np.int64)
    keep = df >= least
    place = np.where(keep, np.cumsum(keep) - 1, -1)
    current = np.full(len(stream), -1, dtype=np.int64)
    current[at] = place[number]
    of_kept = keep[kind]
    none = np.empty(0, dtype=np.int64)
    level = Level(
        keys[keep], df[keep], np.zeros(int(keep.sum()), dtype=np.int64),
        row[of_kept], place[kind[of_kept]], times[of_kept], np.empty((0, 0), dtype=np.int64), none, none,
    )  # fmt: skip
    return level, current
