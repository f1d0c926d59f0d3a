"""The n-grams of a benchmark's texts in sorted arrays, and where they stand in other texts: hashed, then compared."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from core.curation.leaks.words import A_NUMBER, TextWords

WHOLE_FROM = 5  # words of a short question that may stand within a longer text; a shorter one has to be all of it
_BASE = np.uint64(0x5851F42D4C957F2D)
_EVERY_BIT = 64


@dataclass(frozen=True, eq=False)
class GramTable:
    """Distinct n-grams of one length in the order of their hashes.

    ``hashes`` (grams,) uint64, ascending; ``at`` (grams,) int64 the word of the benchmark at which a gram first begins;
    ``sieve`` (2^k,) uint8 is 1 where any hash has those leading bits. With ``alone`` a text has to be the gram and
    nothing else. ``occurrence_gram`` and ``occurrence_text`` (occurrences,) say which texts hold which gram, each pair
    once.
    """

    length: int
    alone: bool
    words: TextWords
    hashes: NDArray[np.uint64]
    at: NDArray[np.int64]
    sieve: NDArray[np.uint8]
    occurrence_gram: NDArray[np.int64]
    occurrence_text: NDArray[np.int64]
    hash_bits: int = _EVERY_BIT

    def __len__(self) -> int:
        return len(self.at)

    def found_in(self, words: TextWords) -> NDArray[np.int64]:
        """(words,) int64: the gram that begins at each word of ``words``, −1 for none.

        A gram whose hash is equal is compared word by word, so that a collision of hashes is no hit.
        """
        gram_at = np.full(len(words), -1, dtype=np.int64)
        if len(self) and len(words) >= self.length:
            _look_up(
                words.indptr, words.hashes, words.spelling, words.items, self.length, self.alone, self.hash_bits,
                self.hashes, self.at, self.sieve, self.words.spelling, self.words.items, gram_at,
            )  # fmt: skip
        return gram_at


def gram_tables(
    words: TextWords, *, ngram: int, without: NDArray[np.int64] | None = None, hash_bits: int = _EVERY_BIT
) -> list[GramTable]:
    """The tables of a benchmark's texts: one of their ``ngram``-grams, and one for each length of shorter texts.

    A text of fewer words than ``ngram`` is one gram, the whole of it; one of fewer than :data:`WHOLE_FROM` words is
    found only where a text is nothing but it. The texts ``without`` are left out. Where numbers are taken for one
    another, a gram counts if at least half of its words are others. A larger ``ngram`` finds longer copies only, a
    smaller one more chance meetings. ``hash_bits``: how many bits of a hash count; fewer collide more often and change
    no result. Memory: 25 bytes a gram, and a sieve of at least 16 bytes a gram.
    """
    counts = words.counts
    if without is not None:
        counts[without] = 0
    tables = []
    for length in np.unique(np.minimum(counts[counts > 0], ngram)).tolist():
        texts = np.flatnonzero(counts >= ngram if length == ngram else counts == length)
        tables.append(_table(words, texts, length, alone=length < min(ngram, WHOLE_FROM), hash_bits=hash_bits))
    return tables


def _table(words: TextWords, texts: NDArray[np.int64], length: int, *, alone: bool, hash_bits: int) -> GramTable:
    grams_each = words.counts[texts] - length + 1  # (texts,) grams of each text
    text = np.repeat(texts, grams_each)
    within = np.arange(len(text)) - np.repeat(np.cumsum(grams_each) - grams_each, grams_each)
    at = words.indptr[text] + within  # (occurrences,) the word at which each begins
    telling = 2 * _numbers_in(words, at, length) <= length
    at, text = at[telling], text[telling]
    hashes = np.empty(len(at), dtype=np.uint64)
    _hash_grams(words.hashes, at, length, hash_bits, hashes)
    order = np.argsort(hashes, kind="stable")
    gram_of = np.empty(len(at), dtype=np.int64)
    first = np.empty(len(at), dtype=np.int64)
    grams = _number_grams(hashes, order, at, length, words.spelling, words.items, gram_of, first)
    firsts = first[:grams]
    pairs = np.unique(gram_of * np.int64(len(words.indptr)) + text)
    bits = min(30, max(10, int(np.ceil(np.log2(16 * max(grams, 1))))))
    sieve = np.zeros(1 << bits, dtype=np.uint8)
    sieve[(hashes[firsts] >> np.uint64(64 - bits)).astype(np.int64)] = 1
    return GramTable(
        length=length,
        alone=alone,
        words=words,
        hashes=hashes[firsts],
        at=at[firsts],
        sieve=sieve,
        occurrence_gram=pairs // len(words.indptr),
        occurrence_text=pairs % len(words.indptr),
        hash_bits=hash_bits,
    )


def _numbers_in(words: TextWords, at: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """(grams,) how many of the ``length`` words from ``at`` are numbers that are taken for one another."""
    begin = words.spelling[:-1]
    numbers = (np.diff(words.spelling) == 1) & (words.items[begin] == A_NUMBER)
    before = np.concatenate(([0], np.cumsum(numbers)))
    return before[at + length] - before[at]


@numba.njit(cache=True, nogil=True, inline="always")
def _mixed(value, hash_bits):  # type: ignore[no-untyped-def]
    value ^= value >> np.uint64(31)
    value *= np.uint64(0x94D049BB133111EB)
    value ^= value >> np.uint64(30)
    return value if hash_bits >= 64 else value & ~(np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(hash_bits))


@numba.njit(cache=True, nogil=True)
def _hash_grams(word_hashes, at, length, hash_bits, hashes):  # type: ignore[no-untyped-def]
    for place in range(len(at)):
        value = np.uint64(0)
        for word in range(at[place], at[place] + length):
            value = value * _BASE + word_hashes[word]
        hashes[place] = _mixed(value, hash_bits)


@numba.njit(cache=True, nogil=True, inline="always")
def _same(spelling, items, first, other_spelling, other_items, second, length):  # type: ignore[no-untyped-def]
    """Whether the ``length`` words from ``first`` are spelled as those from ``second``."""
    for word in range(length):
        begin, other = spelling[first + word], other_spelling[second + word]
        size = spelling[first + word + 1] - begin
        if other_spelling[second + word + 1] - other != size:
            return False
        for place in range(size):
            if items[begin + place] != other_items[other + place]:
                return False
    return True


@numba.njit(cache=True, nogil=True)
def _number_grams(hashes, order, at, length, spelling, items, gram_of, first) -> int:  # type: ignore[no-untyped-def]
    """Number the distinct grams in the order of their hashes; ``first`` has the first occurrence of each."""
    grams, run = 0, 0  # ``run`` is the first gram with the present hash
    for place in range(len(order)):
        occurrence = order[place]
        if grams == 0 or hashes[first[grams - 1]] != hashes[occurrence]:
            run = grams
        number = -1
        for known in range(run, grams):
            if _same(spelling, items, at[first[known]], spelling, items, at[occurrence], length):
                number = known
                break
        if number < 0:
            number = grams
            first[grams] = occurrence
            grams += 1
        gram_of[occurrence] = number
    return grams


@numba.njit(cache=True, nogil=True)
def _look_up(  # type: ignore[no-untyped-def]
    indptr,
    word_hashes,
    spelling,
    items,
    length,
    alone,
    hash_bits,
    hashes,
    at,
    sieve,
    known_spelling,
    known_items,
    gram_at,
) -> None:
    power = np.uint64(1)
    for _ in range(length - 1):
        power *= _BASE
    shift = np.uint64(64)
    size = len(sieve)
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    for text in range(len(indptr) - 1):
        begin, end = indptr[text], indptr[text + 1]
        if end - begin < length or (alone and end - begin != length):
            continue
        value = np.uint64(0)
        for word in range(begin, end):
            if word - begin >= length:
                value -= word_hashes[word - length] * power
            value = value * _BASE + word_hashes[word]
            if word - begin < length - 1:
                continue
            mixed = _mixed(value, hash_bits)
            if sieve[mixed >> shift] == 0:
                continue
            gram = np.searchsorted(hashes, mixed)
            while gram < len(hashes) and hashes[gram] == mixed:
                if _same(spelling, items, word - length + 1, known_spelling, known_items, at[gram], length):
                    gram_at[word - length + 1] = gram
                    break
                gram += 1
