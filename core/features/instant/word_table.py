"""A hash table of words as bytes, read by compiled code: a text is cut into its words, which are looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNKNOWN = -1


@dataclass
class WordTable:
    """Words in the order in which they came, each with its place; words lie in one array of bytes."""

    slots: NDArray[np.int32] = field(default_factory=lambda: np.full(1024, UNKNOWN, dtype=np.int32))  # by hash
    hashes: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))  # (places,)
    ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))  # (places + 1,) into letters
    letters: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, dtype=np.uint8))
    words: int = 0

    @property
    def size(self) -> int:
        """Bytes of all words."""
        return int(self.ends[self.words])

    def add(self, new: list[bytes]) -> None:
        """Append distinct words that are not in the table."""
        lengths = np.fromiter(map(len, new), dtype=np.int64, count=len(new))
        first, filled = self.words, self.size
        self.words += len(new)
        self.ends = grown(self.ends, self.words + 1)
        self.ends[first + 1 : self.words + 1] = filled + np.cumsum(lengths)
        self.letters = grown(self.letters, self.size)
        self.letters[filled : self.size] = np.frombuffer(b"".join(new), dtype=np.uint8)
        self.hashes = grown(self.hashes, self.words)
        self.hashes[first : self.words] = hashes_of(self.letters, self.ends[first : self.words + 1])
        if 2 * self.words > len(self.slots):  # at most half of the slots are taken
            self.slots = np.full(1 << int(4 * self.words).bit_length(), UNKNOWN, dtype=np.int32)
            first = 0
        put_in_slots(self.slots, self.hashes, first, self.words)


def grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """``array`` if it holds ``size`` values, else a copy with room for twice as many."""
    if len(array) >= size:
        return array
    larger = np.zeros(2 * size, dtype=array.dtype)
    larger[: len(array)] = array
    return larger


@njit(cache=True, nogil=True, inline="always")
def _hashed(letters: NDArray[np.uint8], start: int, end: int) -> np.uint64:
    # FNV-1a of 64 bits, its upper half folded into the lower, which picks the slot.
    value = np.uint64(14695981039346656037)
    for at in range(start, end):
        value = (value ^ np.uint64(letters[at])) * np.uint64(1099511628211)
    return value ^ (value >> np.uint64(32))


@njit(cache=True, nogil=True)
def hashes_of(letters: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(words,) the hash of each word; ``ends`` is (words + 1,) into ``letters``."""
    values = np.empty(len(ends) - 1, dtype=np.uint64)
    for word in range(len(values)):
        values[word] = _hashed(letters, ends[word], ends[word + 1])
    return values


@njit(cache=True, nogil=True)
def put_in_slots(slots: NDArray[np.int32], hashes: NDArray[np.uint64], first: int, last: int) -> None:
    """Give the places ``first`` to ``last`` (excluded) a slot each: the next free one from that of their hash."""
    mask = np.uint64(len(slots) - 1)
    for place in range(first, last):
        slot = hashes[place] & mask
        while slots[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = place


@njit(cache=True, nogil=True)
def words_read(
    letters: NDArray[np.uint8],
    ends: NDArray[np.int64],
    limit: int,
    longest: int,
    slots: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    word_ends: NDArray[np.int64],
    word_letters: NDArray[np.uint8],
    bounds: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(texts + 1,) offsets, and (words,) the place of each text's words and (words, 2) where they lie in ``letters``.

    ``letters`` are the texts in UTF-8, ``ends`` their (texts + 1,) offsets. A text is cut at the white space of ASCII.
    What lies between, if it is printable ASCII, is made lower case (in place), read up to ``longest`` letters, and cut
    around each sign that is neither letter nor digit; all else stays whole. Reading ends when ``limit`` tokens are
    reached by ``bounds``, the (places + 1,) offsets of each place's tokens; a word that the table does not know has the
    place -1 and counts as one token. A hash is trusted only where all bytes agree.
    """
    texts = len(ends) - 1
    offsets = np.zeros(texts + 1, dtype=np.int64)
    room = 1024
    places = np.empty(room, dtype=np.int64)
    spans = np.empty((room, 2), dtype=np.int64)
    mask = np.uint64(len(slots) - 1)
    read = 0
    for text in range(texts):
        at, end, tokens = ends[text], ends[text + 1], 0
        while at < end and tokens < limit:
            while at < end and _is_space(letters[at]):
                at += 1
            if at == end:
                break
            start, printable = at, True
            while at < end and not _is_space(letters[at]):
                printable = printable and 32 < letters[at] < 127
                at += 1
            stop = min(at, start + longest) if printable else at
            while start < stop and tokens < limit:
                cut = stop
                if printable:
                    cut = start
                    while cut < stop and _is_alphanumeric(letters[cut]):
                        if 65 <= letters[cut] <= 90:
                            letters[cut] += np.uint8(32)
                        cut += 1
                    cut = max(cut, start + 1)
                value = _hashed(letters, start, cut)
                slot = value & mask
                place = np.int64(slots[slot])
                while place >= 0:
                    known = hashes[place] == value
                    if known and _same(letters, start, cut, word_letters, word_ends[place], word_ends[place + 1]):
                        break
                    slot = (slot + np.uint64(1)) & mask
                    place = np.int64(slots[slot])
                if read == room:
                    room *= 2
                    more_places, more_spans = np.empty(room, dtype=np.int64), np.empty((room, 2), dtype=np.int64)
                    more_places[:read], more_spans[:read] = places[:read], spans[:read]
                    places, spans = more_places, more_spans
                places[read], spans[read, 0], spans[read, 1] = place, start, cut
                read += 1
                tokens += bounds[place + 1] - bounds[place] if place >= 0 else 1
                start = cut
        offsets[text + 1] = read
    return offsets, places[:read], spans[:read]


@njit(cache=True, nogil=True, inline="always")
def _is_space(letter: int) -> bool:
    # The signs of ASCII at which str.split cuts.
    return letter == 32 or 9 <= letter <= 13 or 28 <= letter <= 31


@njit(cache=True, nogil=True, inline="always")
def _is_alphanumeric(letter: int) -> bool:
    return 97 <= letter <= 122 or 48 <= letter <= 57 or 65 <= letter <= 90


@njit(cache=True, nogil=True, inline="always")
def _same(letters: NDArray[np.uint8], start: int, end: int, others: NDArray[np.uint8], first: int, last: int) -> bool:
    if end - start != last - first:
        return False
    for at in range(end - start):  # noqa: SIM110 (compiled code has no all())
        if letters[start + at] != others[first + at]:
            return False
    return True
