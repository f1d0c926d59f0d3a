"""Compiled loops over the bytes of many texts: cut them at spaces, number the distinct chunks, lay out tokens."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

SPACE = 0x20


@numba.njit(cache=True, nogil=True, inline="always")
def _whitespace_before(data: NDArray[np.uint8], at: int, start: int) -> bool:
    """Whether the character that ends before ``at`` may be whitespace (or the sign sentencepiece writes for it).

    Errs towards True: a missing cut costs time, a wrong cut costs exactness. Multi-byte
    whitespace begins with E1 9A, E2 80, E2 81 or E3 80 80, or is C2 85 or C2 A0; the sign is E2 96 81.
    """
    last = data[at - 1]
    if last < 0x80:
        return last == SPACE or 9 <= last <= 13 or 28 <= last <= 31
    if at - start >= 2 and data[at - 2] == 0xC2:
        return last == 0x85 or last == 0xA0
    if at - start >= 3:
        first, second = data[at - 3], data[at - 2]
        if first == 0xE2:
            return second == 0x80 or second == 0x81 or second == 0x96
        if first == 0xE1:
            return second == 0x9A
        if first == 0xE3:
            return second == 0x80
    return False


@numba.njit(cache=True, nogil=True)
def count_chunks(data: NDArray[np.uint8], starts: NDArray[np.int64], chunks: NDArray[np.int64]) -> int:
    """Fill ``chunks`` (texts,) with the number of chunks of each text and return their sum.

    ``data`` holds the texts one after another, text i at ``starts[i]:starts[i + 1]``. A chunk ends where a space
    follows a character that is not whitespace.
    """
    total = 0
    for text in range(len(starts) - 1):
        start, end = starts[text], starts[text + 1]
        count = 1 if end > start else 0
        for at in range(start + 1, end):
            if data[at] == SPACE and not _whitespace_before(data, at, start):
                count += 1
        chunks[text] = count
        total += count
    return total


@numba.njit(cache=True, nogil=True)
def number_chunks(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    slots: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    pool: NDArray[np.uint8],
    ends: NDArray[np.int64],
    known: int,
    numbers: NDArray[np.int32],
) -> int:
    """Number the chunks of the texts by first appearance; returns how many distinct chunks are known afterwards.

    ``slots`` is an open-addressing table (a power of two, -1 is free) of numbers into ``hashes`` and ``ends``;
    chunk k's bytes lie at ``pool[ends[k]:ends[k + 1]]``. Chunks of equal hash are distinguished by their bytes.
    """
    mask = len(slots) - 1
    written = 0
    for text in range(len(starts) - 1):
        start, end = starts[text], starts[text + 1]
        begin = start
        while begin < end:
            value = np.uint64(14695981039346656037)
            at = begin
            while at < end and not (at > begin and data[at] == SPACE and not _whitespace_before(data, at, start)):
                value = (value ^ np.uint64(data[at])) * np.uint64(1099511628211)
                at += 1
            size = at - begin
            slot = np.int64((value ^ (value >> np.uint64(29))) & np.uint64(mask))
            while True:
                number = slots[slot]
                if number < 0:
                    number = known
                    known += 1
                    slots[slot] = number
                    hashes[number] = value
                    offset = ends[number]
                    for i in range(size):
                        pool[offset + i] = data[begin + i]
                    ends[number + 1] = offset + size
                    break
                if hashes[number] == value and ends[number + 1] - ends[number] == size:
                    offset = ends[number]
                    same = True
                    for i in range(size):
                        if pool[offset + i] != data[begin + i]:
                            same = False
                            break
                    if same:
                        break
                slot = (slot + 1) & mask
            numbers[written] = number
            written += 1
            begin = at
    return known


@numba.njit(cache=True, nogil=True)
def refill(slots: NDArray[np.int32], hashes: NDArray[np.uint64], known: int) -> None:
    """Put chunks 0 … known - 1 into the empty table ``slots``."""
    mask = len(slots) - 1
    for number in range(known):
        value = hashes[number]
        slot = np.int64((value ^ (value >> np.uint64(29))) & np.uint64(mask))
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = number


@numba.njit(cache=True, nogil=True)
def lay_out(
    numbers: NDArray[np.int32],
    chunks: NDArray[np.int64],
    first: NDArray[np.int64],
    tokens: NDArray[np.int32],
    indptr: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> None:
    """Write the tokens of each text: the tokens of its chunks, one chunk after another.

    ``first`` (chunks + 1,) points into ``tokens``; ``indptr`` (texts + 1,) and ``ids`` are filled.
    """
    chunk, out = 0, 0
    indptr[0] = 0
    for text in range(len(chunks)):
        for _ in range(chunks[text]):
            number = numbers[chunk]
            chunk += 1
            for at in range(first[number], first[number + 1]):
                ids[out] = tokens[at]
                out += 1
        indptr[text + 1] = out
