"""The words of texts as they are compared, each with its place in the text as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from core.curation.leaks.folding import ALONE, JOINS, LAST_HAN, PASSED_OVER, SEPARATES, SIZE, TAGS, folding

A_NUMBER = 0x23  # "#", which no word holds: stands for every number where numbers are taken for one another
_LONGEST = 18  # characters that one character becomes at most
_FIRST_TAG, _LAST_TAG = TAGS
_SEPARATES, _JOINS, _ALONE, _PASSED_OVER = map(np.uint8, (SEPARATES, JOINS, ALONE, PASSED_OVER))


@dataclass(frozen=True, eq=False)
class TextWords:
    """The words of several texts, one after another.

    Text i has the words ``indptr[i]:indptr[i + 1]``. ``start`` and ``end`` (words,) int64 are places in its characters
    as written; ``hashes`` (words,) uint64; word k is spelled ``items[spelling[k]:spelling[k + 1]]`` in folded
    characters.
    """

    indptr: NDArray[np.int64]  # (texts + 1,)
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    spelling: NDArray[np.int64]  # (words + 1,)
    items: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(texts,) the words of each text."""
        return np.diff(self.indptr)

    def spelled(self, word: int) -> str:
        """A word as it is compared."""
        return "".join(map(chr, self.items[self.spelling[word] : self.spelling[word + 1]].tolist()))


def words_of(texts: Sequence[str], *, any_number: bool = False) -> TextWords:
    """The words of ``texts``, folded as :mod:`core.curation.leaks.folding` says.

    ``any_number``: all words of digits alone are the same word, so that texts that differ in numbers alone are alike.
    Memory: about 50 bytes a character while the words are found, and 40 bytes a word that are kept.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    starts = np.concatenate(([0], np.cumsum(lengths)))
    joined = "".join(texts)
    characters = np.frombuffer(joined.encode("utf-32-le", errors="surrogatepass"), dtype="<i4")
    table = folding()
    several = 0 if joined.isascii() else int((table.single[np.minimum(characters, SIZE - 1)] < -1).sum())
    room = len(characters) + _LONGEST * several
    start, end = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    hashes, spelling = np.empty(room, dtype=np.uint64), np.zeros(room + 1, dtype=np.int64)
    items, indptr = np.empty(room, dtype=np.int32), np.zeros(len(texts) + 1, dtype=np.int64)
    words = _find_words(
        characters, starts, table.single, table.indptr, table.items, table.kind, any_number,
        start, end, hashes, spelling, items, indptr,
    )  # fmt: skip
    return TextWords(
        indptr,
        start[:words].copy(),
        end[:words].copy(),
        hashes[:words].copy(),
        spelling[: words + 1].copy(),
        items[: spelling[words]].copy(),
    )


@numba.njit(cache=True, nogil=True)
def _find_words(  # type: ignore[no-untyped-def]
    characters, starts, single, sequence_indptr, sequence_items, kind, any_number,
    start, end, hashes, spelling, items, indptr,
) -> int:  # fmt: skip
    """Fill the arrays of :class:`TextWords`; returns the number of words."""
    words, written = 0, 0
    for text in range(len(starts) - 1):
        inside = False  # a word that is not ended yet
        digits = True  # it holds nothing but digits
        for at in range(starts[text], starts[text + 1]):
            character = characters[at]
            first, last, item = 0, 1, character
            listed = False
            if character < SIZE:
                item = single[character]
                if item == -1:
                    continue
                if item < -1:
                    listed = True
                    first, last = sequence_indptr[-2 - item], sequence_indptr[-1 - item]
            for place in range(first, last):
                if listed:
                    item = sequence_items[place]
                if item < SIZE:
                    role = kind[item]
                else:
                    invisible = _FIRST_TAG <= item <= _LAST_TAG
                    role = _ALONE if item <= LAST_HAN else (_PASSED_OVER if invisible else _SEPARATES)
                if role == _PASSED_OVER:
                    continue
                if inside and role != _JOINS:
                    words, written = _end_word(words, written, digits and any_number, hashes, spelling, items)
                    inside = False
                if role == _SEPARATES:
                    continue
                if not inside:
                    start[words] = at - starts[text]
                    digits = True
                    inside = True
                items[written] = item
                written += 1
                digits = digits and 48 <= item <= 57
                end[words] = at + 1 - starts[text]
                if role == _ALONE:
                    words, written = _end_word(words, written, False, hashes, spelling, items)
                    inside = False
        if inside:
            words, written = _end_word(words, written, digits and any_number, hashes, spelling, items)
        indptr[text + 1] = words
    return words


@numba.njit(cache=True, nogil=True, inline="always")
def _end_word(words, written, as_number, hashes, spelling, items):  # type: ignore[no-untyped-def]
    """Close the word whose characters end at ``written``."""
    first = spelling[words]
    if as_number:
        items[first] = A_NUMBER
        written = first + 1
    value = np.uint64(14695981039346656037)
    for place in range(first, written):
        value = (value ^ np.uint64(items[place])) * np.uint64(1099511628211)
    value ^= value >> np.uint64(32)
    value *= np.uint64(0x9E3779B97F4A7C15)
    hashes[words] = value ^ (value >> np.uint64(29))
    spelling[words + 1] = written
    return words + 1, written
