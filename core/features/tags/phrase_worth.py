"""How much an n-gram of the corpus is worth as a tag: whether it is a phrase, holds together, and gathers in rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.features.tags.function_words import GENERAL_WORDS
from core.features.tags.ngrams import Level
from core.features.tags.noun_phrases import WordClasses

COMMON = 0.2  # a phrase in more than this share of the rows distinguishes nothing
COHESION = 0.15  # least cohesion of a phrase
BOUND = (
    0.35  # from this cohesion "machine learning" and "new york" are phrases; "table containing", "new table" are not
)
UNSPACED_COHESION = 0.3  # least cohesion where a script has no spaces, and nothing else says where a word ends
FREEDOM = 0.8  # least entropy (nats) of what stands before and after a phrase of such a script
OFTEN_INSIDE = 0.8  # a phrase is dropped when this share of its rows hold it inside one longer phrase
STREWN = 0.15  # added to the residual idf, so that a phrase that occurs once a row is worth something
_HIRAGANA = re.compile("[\u3041-\u309f]")


@dataclass(frozen=True, eq=False)
class PhraseWords:
    """The words of the vocabulary, sorted, with the form that all spellings of a word share.

    ``characters`` (words,) marks single characters of scripts that are written without spaces.
    """

    names: Sequence[str]
    spellings: Sequence[str]
    characters: NDArray[np.bool_]
    classes: WordClasses


def worth_of(levels: Sequence[Level], at: int, words: PhraseWords, *, rows: int, longest: int) -> NDArray[np.float64]:
    """(n-grams,) the worth of each n-gram of ``at`` + 1 words, 0 for one that is no phrase.

    ``levels`` holds the n-grams of each length. Worth is

        (0.15 + residual idf) · √idf · log2(1 + words) · (1 + cohesion) · √(share of its rows that do not hold it inside
        one longer n-gram)

    with residual idf = ln(rows / df) + ln(1 − exp(−occurrences / rows)): how much rarer in rows the phrase is than if
    its occurrences were strewn over them (Church and Gale 1995). The other factors follow C-value (Frantzi, Ananiadou
    and Mima 2000). Two characters of a script without spaces count as a word.
    """
    level, length = levels[at], at + 1
    if not len(level.df):
        return np.empty(0, dtype=np.float64)
    characters = words.characters[level.words].sum(axis=1)  # (n-grams,)
    glued = cohesion(levels, at)
    fits = np.where(
        characters == 0,
        (length <= longest) & _noun_phrases(level, words, glued),
        (characters == length) & _compounds(levels, at, words, glued),
    )
    fits &= (level.df <= max(COMMON * rows, 5)) & (level.within < OFTEN_INSIDE * level.df)
    idf = np.log(rows / level.df)
    residual = np.maximum(idf + np.log(-np.expm1(-occurrences(level) / rows)), 0)
    size = np.log2(1 + np.where(characters == 0, length, length / 2))
    alone = np.sqrt(np.maximum(1 - level.within / level.df, 0))
    return np.where(fits, (STREWN + residual) * np.sqrt(idf) * size * (1 + glued) * alone, 0.0)


def occurrences(level: Level) -> NDArray[np.int64]:
    """(n-grams,) how often each n-gram occurs in all rows."""
    return np.bincount(level.kind, weights=level.times, minlength=len(level.df)).astype(np.int64)


def cohesion(levels: Sequence[Level], at: int) -> NDArray[np.float64]:
    """(n-grams,) how firmly the words of an n-gram hold together, −1 to 1; 0 for a single word.

    The n-gram is cut after its first and before its last word, and the lesser normalised pointwise mutual information
    of the two parts counts (Bouma 2009): 1 where neither part occurs without the other, 0 where they meet by chance.
    """
    level = levels[at]
    if at == 0 or not len(level.df):
        return np.zeros(len(level.df))
    total = float(occurrences(levels[0]).sum())
    share, before, single = (occurrences(levels[place]) / total for place in (at, at - 1, 0))
    first, last = (single[np.searchsorted(levels[0].keys, level.words[:, side])] for side in (0, -1))
    chance = np.maximum(before[level.left] * last, first * before[level.right])
    return np.asarray(np.log(share / chance) / -np.log(np.minimum(share, 1 - 1e-12)))


def freedom(levels: Sequence[Level], at: int) -> NDArray[np.float64]:
    """(n-grams,) the lesser entropy (nats) of what stands before and of what stands after an n-gram.

    A word of a script without spaces has many neighbours; half of a word has few. Counted from the n-grams one longer
    that enough rows hold; every other neighbour counts as one of its own.
    """
    times = np.maximum(occurrences(levels[at]), 1).astype(np.float64)
    longer = levels[at + 1]
    entropies = []
    for part in (longer.left, longer.right):
        share = occurrences(longer) / times[part]
        known = np.bincount(part, weights=-share * np.log(np.maximum(share, 1e-12)), minlength=len(times))
        rest = np.maximum(1 - np.bincount(part, weights=share, minlength=len(times)), 0)
        entropies.append(known + rest * np.log(times))
    return np.asarray(np.minimum(*entropies))


def _noun_phrases(level: Level, words: PhraseWords, glued: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n-grams,) whether words with spaces between them make a noun phrase that holds no word twice."""
    length = level.words.shape[1]
    first, last = level.words[:, 0], level.words[:, -1]
    general = np.array([name in GENERAL_WORDS for name in words.names], dtype=bool)
    spelt = np.unique(np.array(words.spellings, dtype=object), return_inverse=True)[1][level.words]
    doubled = np.zeros(len(level.df), dtype=bool)
    for place in range(length):
        doubled |= (spelt[:, :place] == spelt[:, place : place + 1]).any(axis=1)
    bound = glued >= BOUND
    head = (words.classes.head[last] | (words.classes.gerund[last] & bound)) & ~general[last]
    return np.asarray(
        head
        & words.classes.part[level.words].all(axis=1)
        & (bound | ~general[first])
        & ((length == 1) | (glued >= COHESION))
        & ~doubled
    )


def _compounds(levels: Sequence[Level], at: int, words: PhraseWords, glued: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n-grams,) whether characters of a script without spaces make a word or a phrase."""
    level = levels[at]
    grammatical = np.array([bool(_HIRAGANA.match(name)) for name in words.names], dtype=bool)
    whole = (glued >= UNSPACED_COHESION) & ~grammatical[level.words[:, 0]] & ~grammatical[level.words[:, -1]]
    if at + 1 < len(levels):
        whole &= freedom(levels, at) >= FREEDOM
    return np.asarray(whole & (at >= 1))
