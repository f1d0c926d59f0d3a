"""Candidate phrases that could name a row: runs of words between stop words and punctuation, counted exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent

CHARACTERS = 2_000  # characters read of each row, as much as an embedder reads
MOST = 60_000  # distinct phrases that are embedded: those that could name most rows
PART = 0.75  # a phrase is dropped when at least this share of its rows hold it inside one longer phrase
COMMON = 0.3  # a phrase in more than this share of the rows distinguishes nothing
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f"
# A character of a script written without spaces, a word of two letters or more, or anything that ends a phrase.
# A blank between words and a hyphen inside a word do not end a phrase, so neither is matched.
_PIECES = re.compile(rf"[{UNSPACED}]|[^\W\d_{UNSPACED}]{{2,}}(?:['’][^\W\d_{UNSPACED}]+)?|[^\s\-]|\n|-(?=\s)")
_LETTER = re.compile(r"[^\W\d_]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
# Particles, pronouns and the commonest verbs of Chinese: no phrase holds or crosses them.
CHINESE_STOPS = frozenset(
    "的了是在和有我你他她它们这那不也就都而及与或被把从对于为以之其但如所会能可要很更最让给用请个些么吗呢吧啊哪什怎谁"
)
MORE_STOPS = frozenset(
    {"also", "one", "two", "three", "first", "second", "many", "much", "make", "makes", "made", "making", "use", "uses",
     "used", "using", "like", "will", "would", "could", "should", "may", "might", "can", "it's", "don't", "doesn't",
     "i'm", "you're", "we're", "that's", "isn't", "let's", "good", "new", "way", "ways", "thing", "things", "lot",
     "need", "needs", "want", "help", "given", "following", "write", "provide", "example", "examples", "including",
     "include", "includes"}
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class PhraseCandidates:
    """The phrases that could name each row, heaviest first.

    ``places`` (rows, most) int32 index ``names``; -1 where a row has fewer.
    """

    names: list[str]
    places: NDArray[np.int32]


def candidates(
    texts: Sequence[str],
    *,
    longest: int = 3,
    a_row: int = 15,
    least: int | None = None,
    most: int = MOST,
    progress: Progress = silent,
) -> PhraseCandidates:
    """Up to ``a_row`` phrases for each row, ranked by tf-idf times the square root of their length.

    A phrase has one to ``longest`` words (two to four characters where a script has no spaces), holds no stop word
    and crosses no punctuation; it must occur in ``least`` rows (default: 2 from 200 rows up), in no more than 30 %
    of them, and often enough outside of a longer phrase. Raising ``most`` lets in rarer phrases, each of which has
    to be embedded.

    Counts are exact: an n-gram is frequent only if its parts are, so each length is counted among the n-grams of
    the one before (Apriori), as sorted integers.
    """
    rows = len(texts)
    least = least or (2 if rows >= 200 else 1)
    stream, row_of, vocabulary = _words(texts, progress)
    unspaced = np.array([bool(_UNSPACED.match(word)) for word in vocabulary], dtype=bool)
    span = max(longest, 4) if unspaced.any() else longest
    level, current = _counted(stream, row_of, rows=rows, least=least)
    level.words = level.keys[:, None]  # (n-grams, 1)
    levels = [level]
    for length in range(2, span + 1):
        count = len(level.df)
        pair = np.full(len(current), -1, dtype=np.int64)
        (both,) = np.nonzero((current[:-1] >= 0) & (current[1:] >= 0))
        pair[both] = current[both] * count + current[both + 1]
        longer, current = _counted(pair, row_of, rows=rows, least=least)
        left, right = np.divmod(longer.keys, max(count, 1))
        longer.words = np.hstack((level.words[left], level.words[right, -1:]))
        for part in (left, right):
            np.maximum.at(level.within, part, longer.df)
        levels.append(level := longer)
        progress(length, span, "lengths of phrases counted")
    weights = [_weigh(level, unspaced, rows=rows, longest=longest) for level in levels]
    return _best(levels, weights, vocabulary, unspaced, rows=rows, a_row=a_row, most=most)


@dataclass(eq=False)
class _Level:
    """The n-grams of one length that enough rows hold, and the pairs of row and n-gram."""

    keys: NDArray[np.int64]  # (n-grams,) ascending
    df: NDArray[np.int64]  # (n-grams,) rows that hold it
    within: NDArray[np.int64]  # (n-grams,) most rows that hold one longer n-gram around it
    row: NDArray[np.int64]  # (pairs,)
    kind: NDArray[np.int64]  # (pairs,) number of the n-gram
    times: NDArray[np.int64]  # (pairs,) occurrences in the row
    words: NDArray[np.int64]  # (n-grams, length)


def _words(texts: Sequence[str], progress: Progress) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """All words in order, as indices of the sorted vocabulary, -1 where a phrase ends; their rows; the vocabulary."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    stops = ENGLISH_STOP_WORDS | MORE_STOPS | CHINESE_STOPS
    number: dict[str, int] = {}
    word_ids: list[NDArray[np.int64]] = []
    sizes = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        pieces = _PIECES.findall(text[:CHARACTERS].lower())
        ids = [
            -1 if piece in stops or not _LETTER.match(piece) or (len(piece) == 1 and not _UNSPACED.match(piece))
            else number.setdefault(piece, len(number))
            for piece in pieces
        ]  # fmt: skip
        ids.append(-1)  # no phrase crosses from a row into the next
        word_ids.append(np.array(ids, dtype=np.int64))
        sizes[row] = len(ids)
        if row % 1024 == 0:
            progress(row, len(texts), "rows read for phrases")
    stream = np.concatenate(word_ids) if word_ids else np.empty(0, dtype=np.int64)
    vocabulary = sorted(number)
    place = np.full(len(number) + 1, -1, dtype=np.int64)  # the last entry is what -1 points to
    place[[number[word] for word in vocabulary]] = np.arange(len(vocabulary))
    return place[stream], np.repeat(np.arange(len(texts)), sizes), vocabulary


def _counted(
    stream: NDArray[np.int64], row_of: NDArray[np.int64], *, rows: int, least: int
) -> tuple[_Level, NDArray[np.int64]]:
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
    counted = keep[kind]
    level = _Level(
        keys[keep], df[keep], np.zeros(int(keep.sum()), dtype=np.int64),
        row[counted], place[kind[counted]], times[counted], np.empty((0, 0), dtype=np.int64),
    )  # fmt: skip
    return level, current


def _weigh(level: _Level, unspaced: NDArray[np.bool_], *, rows: int, longest: int) -> NDArray[np.float64]:
    """(pairs,) how well each n-gram could name its row; 0 for an n-gram that is not a phrase."""
    length = level.words.shape[1]
    characters = unspaced[level.words].sum(axis=1)  # (n-grams,)
    right_length = np.where(characters == length, length >= 2, (characters == 0) & (length <= longest))
    fits = right_length & (level.df <= max(COMMON * rows, 5)) & (level.within < PART * level.df)
    idf = np.log((1 + rows) / level.df)
    size = np.sqrt(np.where(characters == length, length / 2, length))
    return (1 + np.log(level.times)) * (fits * idf * size)[level.kind]


def _best(
    levels: Sequence[_Level],
    weights: Sequence[NDArray[np.float64]],
    vocabulary: Sequence[str],
    unspaced: NDArray[np.bool_],
    *,
    rows: int,
    a_row: int,
    most: int,
) -> PhraseCandidates:
    starts = np.concatenate(([0], np.cumsum([len(level.df) for level in levels])))
    row = np.concatenate([level.row for level in levels])
    kind = np.concatenate([level.kind + start for level, start in zip(levels, starts[:-1], strict=True)])
    weight = np.concatenate(weights)
    (some,) = np.nonzero(weight > 0)
    row, kind, weight = row[some], kind[some], weight[some]
    order = np.lexsort((kind, -weight, row))
    row, kind = row[order], kind[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    row, kind, rank = row[rank < a_row], kind[rank < a_row], rank[rank < a_row]
    named = np.bincount(kind, minlength=starts[-1])  # rows that each phrase could name
    used = np.flatnonzero(named)
    used = np.sort(used[np.lexsort((used, -named[used]))][:most])
    place = np.full(starts[-1], -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    places = np.full((rows, a_row), -1, dtype=np.int32)
    kept = place[kind] >= 0
    row, kind = row[kept], kind[kept]
    places[row, np.arange(len(row)) - np.searchsorted(row, row, side="left")] = place[kind]
    names = []
    for number in used.tolist():
        of = int(np.searchsorted(starts, number, side="right")) - 1
        words = levels[of].words[number - starts[of]]
        names.append(("" if unspaced[words].all() else " ").join(vocabulary[word] for word in words.tolist()))
    return PhraseCandidates(names, places)
