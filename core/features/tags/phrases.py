"""Candidate phrases that could name a row: runs of words between stop words and punctuation, counted exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.features.tags.ngrams import Level, levels_of, word_stream
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
    stream, row_of, vocabulary = word_stream(texts, _pieces_of, _named(), progress=progress)
    unspaced = np.array([bool(_UNSPACED.match(word)) for word in vocabulary], dtype=bool)
    span = max(longest, 4) if unspaced.any() else longest
    levels = []
    for level in levels_of(stream, row_of, rows=rows, least=least, span=span):
        levels.append(level)
        progress(len(levels), span, "lengths of phrases counted")
    weights = [_weigh(level, unspaced, rows=rows, longest=longest) for level in levels]
    return _best(levels, weights, vocabulary, unspaced, rows=rows, a_row=a_row, most=most)


def _pieces_of(text: str) -> list[str]:
    return _PIECES.findall(text[:CHARACTERS].lower())


def _named() -> Callable[[str], bool]:
    """Whether a piece is a word that a phrase may hold."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    stops = ENGLISH_STOP_WORDS | MORE_STOPS | CHINESE_STOPS
    return lambda piece: (
        piece not in stops and bool(_LETTER.match(piece)) and (len(piece) > 1 or bool(_UNSPACED.match(piece)))
    )


def _weigh(level: Level, unspaced: NDArray[np.bool_], *, rows: int, longest: int) -> NDArray[np.float64]:
    """(pairs,) how well each n-gram could name its row; 0 for an n-gram that is not a phrase."""
    length = level.words.shape[1]
    characters = unspaced[level.words].sum(axis=1)  # (n-grams,)
    right_length = np.where(characters == length, length >= 2, (characters == 0) & (length <= longest))
    fits = right_length & (level.df <= max(COMMON * rows, 5)) & (level.within < PART * level.df)
    idf = np.log((1 + rows) / level.df)
    size = np.sqrt(np.where(characters == length, length / 2, length))
    return (1 + np.log(level.times)) * (fits * idf * size)[level.kind]


def _best(
    levels: Sequence[Level],
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
