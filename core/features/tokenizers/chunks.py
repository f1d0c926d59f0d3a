"""Encode every distinct chunk of text once.

A corpus repeats its words: of 4.9 million chunks in 139,000 responses, 310,000 are distinct. Where the tokens on both
sides of a space cannot depend on each other, the tokens of a text are those of its chunks, so each distinct chunk is
encoded once and then looked up. A tokenizer may use this class only if that is proved for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from core.features.tokenizers import kernels
from core.features.tokenizers.tokenizer import as_utf8

# The cache of distinct chunks is emptied when it reaches this many bytes, so that memory stays bounded.
POOL_BYTES = 96 * 2**20
# Distinct chunks are encoded in joined stretches of about this size: a call for each chunk would cost too much.
STRETCH_BYTES = 1024
SIGN = "▁".encode()


class ChunkEncoder:
    """Exact token ids of many texts, each distinct chunk encoded once.

    A chunk ends where a space follows a character that is not whitespace. ``encode`` returns the tokens of many
    strings, as they are, in one call; ``byte_length`` (vocabulary,) is the number of bytes of text that each token
    stands for; ``prefix`` is the text that the tokenizer puts before every non-empty text. A lock lets one thread work
    at a time.
    """

    def __init__(
        self,
        *,
        encode: Callable[[list[str]], tuple[NDArray[np.int64], NDArray[np.int32]]],
        byte_length: NDArray[np.int64],
        prefix: bytes = b"",
        pool_bytes: int = POOL_BYTES,
    ) -> None:
        self._encode = encode
        self._byte_length = byte_length
        self._prefix = prefix
        self._limit = pool_bytes
        self._turn = Lock()
        self._forget()

    def _forget(self) -> None:
        self._known = 0
        self._slots: NDArray[np.int32] = np.full(1 << 16, -1, dtype=np.int32)
        self._hashes: NDArray[np.uint64] = np.empty(1 << 15, dtype=np.uint64)
        self._pool: NDArray[np.uint8] = np.empty(1 << 20, dtype=np.uint8)
        # chunk k's bytes are ends[k]:ends[k + 1] of the pool, its tokens first[k]:first[k + 1] of the tokens
        self._ends: NDArray[np.int64] = np.zeros((1 << 15) + 1, dtype=np.int64)
        self._first: NDArray[np.int64] = np.zeros((1 << 15) + 1, dtype=np.int64)
        self._tokens: NDArray[np.int32] = np.empty(1 << 17, dtype=np.int32)

    def __call__(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Row pointer (texts + 1,) and ids (tokens,)."""
        with self._turn:
            return self._encoded(texts)

    def _encoded(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        prefix = self._prefix
        parts = [prefix + as_utf8(text) if text else b"" for text in texts]
        starts = np.zeros(len(parts) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)), out=starts[1:])
        data = np.frombuffer(b"".join(parts), dtype=np.uint8)
        chunks = np.empty(len(parts), dtype=np.int64)
        total = kernels.count_chunks(data, starts, chunks)
        if self._ends[self._known] + len(data) > self._limit:
            self._forget()
        self._make_room(chunks=total, size=len(data))
        numbers = np.empty(total, dtype=np.int32)
        before = self._known
        self._known = kernels.number_chunks(
            data, starts, self._slots, self._hashes, self._pool, self._ends, before, numbers
        )
        try:
            self._learn(before)
        except BaseException:
            self._forget()  # chunks without tokens must not be looked up later
            raise
        sizes = np.diff(self._first[: self._known + 1])
        indptr = np.empty(len(parts) + 1, dtype=np.int64)
        ids = np.empty(int(sizes[numbers].sum()), dtype=np.int32)
        kernels.lay_out(numbers, chunks, self._first, self._tokens, indptr, ids)
        return indptr, ids

    def _make_room(self, *, chunks: int, size: int) -> None:
        """Make room for ``chunks`` more chunks of ``size`` bytes together."""
        wanted = self._known + chunks
        self._hashes = _grown(self._hashes, wanted)
        self._ends = _grown(self._ends, wanted + 1)
        self._first = _grown(self._first, wanted + 1)
        self._pool = _grown(self._pool, int(self._ends[self._known]) + size)
        if 2 * wanted > len(self._slots):
            self._slots = np.full(1 << (4 * wanted).bit_length(), -1, dtype=np.int32)
            kernels.refill(self._slots, self._hashes, self._known)

    def _learn(self, before: int) -> None:
        """Encode the chunks ``before`` … ``known`` - 1, joined where that is safe."""
        fresh = self._known - before
        if not fresh:
            return
        ends = self._ends[before : self._known + 1]
        joinable = self._joinable(ends)
        part = (ends[:-1] - ends[0]) // STRETCH_BYTES
        opens = np.ones(fresh, dtype=bool)  # (fresh,) the chunk begins a new stretch
        opens[1:] = ~joinable[1:] | ~joinable[:-1] | (part[1:] != part[:-1])
        bounds = np.append(ends[:-1][opens], ends[-1])
        pool = self._pool
        stretches = [pool[a:b].tobytes().decode() for a, b in pairwise(bounds)]
        indptr, ids = self._encode(stretches)
        # A stretch of one chunk has that chunk's tokens; in a joined stretch, the bytes of the tokens show where each
        # chunk ends.
        owner = np.cumsum(opens) - 1  # (fresh,) the stretch of each chunk
        token_ends = np.concatenate(([0], np.cumsum(self._byte_length[ids])))
        base = token_ends[indptr[:-1]] - bounds[:-1]  # (stretches,) from place in the pool to place in token bytes
        cut = np.searchsorted(token_ends, ends[1:] + base[owner], side="left")
        closes = np.append(opens[1:], True)
        if not np.array_equal(token_ends[cut[~closes]], (ends[1:] + base[owner])[~closes]):
            raise AssertionError("a token reaches over the end of a chunk")
        cut[closes] = indptr[1:]
        offset = int(self._first[before])
        self._first[before + 1 : self._known + 1] = offset + cut
        self._tokens = _grown(self._tokens, offset + len(ids))
        self._tokens[offset : offset + len(ids)] = ids

    def _joinable(self, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(chunks,) whether a chunk may be joined to others: it begins with a space, ends in none and has no ``▁``."""
        begins, last = self._pool[ends[:-1]], self._pool[ends[1:] - 1]
        region = self._pool[ends[0] : ends[-1]]
        fine = (begins == kernels.SPACE) & (last > kernels.SPACE) & (last < 0x80)
        fine |= (begins == kernels.SPACE) & (last >= 0x80) & ~_ends_in_wide_space(self._pool, ends)
        signs = np.flatnonzero((region[:-2] == SIGN[0]) & (region[1:-1] == SIGN[1]) & (region[2:] == SIGN[2]))
        fine[np.searchsorted(ends, signs + ends[0], side="right") - 1] = False
        return fine


def _ends_in_wide_space(pool: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(chunks,) whether the last character may be whitespace of several bytes (errs towards True)."""
    stops = ends[1:]
    third = pool[np.maximum(stops - 3, 0)]
    second = pool[np.maximum(stops - 2, 0)]
    return np.isin(third, (0xE1, 0xE2, 0xE3)) & np.isin(second, (0x9A, 0x80, 0x81, 0x96)) | (second == 0xC2)


def _grown(array: NDArray[np.generic], size: int) -> NDArray:
    """``array``, or a copy of at least twice its length where ``size`` does not fit."""
    if size <= len(array):
        return array
    larger = np.zeros(max(size, 2 * len(array)), dtype=array.dtype)
    larger[: len(array)] = array
    return larger
