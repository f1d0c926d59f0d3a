"""Compiled reading of texts: the runs of five words of each row, as sets of numbers, and their least values.

The slow twin is in the tests: :func:`core.curation.normalised.words` of each text, its runs of five, their hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.curation.normalised import character_classes, folded

RUN = 5  # words of a shingle
Array = NDArray[Any]
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The folded texts as code points, one after another, and (texts + 1,) where each begins."""
    parts = [folded(text) for text in texts]
    starts = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
    return np.frombuffer("".join(parts).encode("utf-32-le", "surrogatepass"), dtype="<u4"), starts


def shingles_of(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Row pointer (texts + 1,) and the distinct shingles of each text, ascending: 32-bit hashes of runs of five words.

    A text of one to four words has one shingle, all its words; a text without a word has none. In a script written
    without spaces each character is a word, so a shingle is a run of five characters.
    """
    codes, starts = code_points(texts)
    counts = count_words(codes, starts, character_classes())
    room = np.concatenate(([0], np.cumsum(np.where(counts > 0, np.maximum(counts - RUN + 1, 1), 0)))).astype(np.int64)
    shingles = np.empty(int(room[-1]), dtype=np.uint32)
    kept = fill_shingles(codes, starts, character_classes(), room, shingles)
    indptr = np.concatenate(([0], np.cumsum(kept))).astype(np.int64)
    inside = np.repeat(room[:-1] + kept, np.diff(room)) > np.arange(len(shingles))
    return indptr, shingles[inside]


@njit(cache=True, nogil=True, inline="always")
def mixed(value: np.uint64) -> np.uint64:
    """The finaliser of splitmix64."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True, parallel=True)
def count_words(codes: Array, starts: Array, classes: Array) -> Array:
    """(rows,) the number of words of each text."""
    counts = np.zeros(len(starts) - 1, dtype=np.int64)
    for row in prange(len(counts)):
        inside = False
        words = 0
        for place in range(starts[row], starts[row + 1]):
            kind = classes[codes[place]]
            if kind == 1:
                words += not inside
                inside = True
            elif kind != 3:
                inside = False
                words += kind == 2
        counts[row] = words
    return counts


@njit(cache=True, nogil=True, parallel=True)
def fill_shingles(codes: Array, starts: Array, classes: Array, room: Array, shingles: Array) -> Array:
    """Write the sorted distinct shingles of each text from its place in ``room`` on; (rows,) how many they are."""
    kept = np.zeros(len(starts) - 1, dtype=np.int64)
    for row in prange(len(kept)):
        at = room[row]
        last = np.zeros(RUN, dtype=np.uint64)
        words = 0
        word = np.uint64(0)
        inside = False
        for place in range(starts[row], starts[row + 1] + 1):
            code = codes[place] if place < starts[row + 1] else np.uint32(32)
            kind = classes[code]
            if kind == 3:
                continue
            if inside and kind != 1:
                at = _push(mixed(word), last, words, at, shingles)
                words += 1
                inside = False
            if kind == 1:
                word = (word if inside else np.uint64(0)) * _MIX + np.uint64(code) + np.uint64(1)
                inside = True
            elif kind == 2:
                at = _push(mixed(np.uint64(code) + np.uint64(1)), last, words, at, shingles)
                words += 1
        if 0 < words < RUN:
            shingles[at] = _shingle(last, words, words)
            at += 1
        kept[row] = _distinct(shingles[room[row] : at])
    return kept


@njit(cache=True, nogil=True, inline="always")
def _push(word: np.uint64, last: Array, words: int, at: int, shingles: Array) -> int:
    """Remember the word; write the shingle that it ends, from the fifth word on. Returns the next free place."""
    last[words % RUN] = word
    if words < RUN - 1:
        return at
    shingles[at] = _shingle(last, words + 1, RUN)
    return at + 1


@njit(cache=True, nogil=True, inline="always")
def _shingle(last: Array, words: int, run: int) -> np.uint32:
    """The hash of the last ``run`` of ``words`` words."""
    value = np.uint64(run)
    for place in range(words - run, words):
        value = mixed(value * _MIX + last[place % RUN])
    return np.uint32(value >> np.uint64(32))


@njit(cache=True, nogil=True)
def _distinct(values: Array) -> int:
    """Sort the values and move the distinct ones to the front; how many they are."""
    values.sort()
    kept = 0
    for place in range(len(values)):
        if place == 0 or values[place] != values[kept - 1]:
            values[kept] = values[place]
            kept += 1
    return kept


@njit(cache=True, nogil=True, parallel=True)
def least_values(indptr: Array, shingles: Array, multipliers: Array, offsets: Array) -> Array:
    """(rows, permutations) uint32: the least value of each row's shingles under each permutation of 32-bit numbers.

    A permutation is x → multiplier · x + offset modulo 2³², the multiplier odd. A row without a shingle has the largest
    value everywhere.
    """
    rows, permutations = len(indptr) - 1, len(multipliers)
    least = np.empty((rows, permutations), dtype=np.uint32)
    for row in prange(rows):
        of_row = least[row]
        of_row[:] = np.uint32(0xFFFFFFFF)
        for place in range(indptr[row], indptr[row + 1]):
            shingle = np.uint32(shingles[place])
            for number in range(permutations):
                value = np.uint32(np.uint32(multipliers[number] * shingle) + offsets[number])
                of_row[number] = min(of_row[number], value)
    return least
