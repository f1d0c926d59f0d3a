"""Embeds texts through a table of token vectors: each distinct word is tokenised once, each text is a weighted sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.features.chunks import chunk
from core.features.embedders import Embedder
from core.features.instant.table import TokenTable
from core.features.instant.word_tokens import WordTokens
from core.gather import gather

BLOCK = 2_048  # texts at a time


@dataclass(frozen=True, eq=False)
class InstantEncoder:
    """The loaded instant embedder. It runs on the processor in float32, whatever device is there."""

    embedder: Embedder
    table: TokenTable
    device: str = "cpu"
    dtype: str = "float32"

    @property
    def arithmetic(self) -> dict[str, str]:
        """What a manifest says of how the vectors were computed."""
        return {"dtype": self.dtype}

    @property
    def dimensions(self) -> int:
        return int(self.table.vectors.shape[1])

    def encode(
        self,
        texts: Sequence[str],
        *,
        max_tokens: int | None = None,
        step: Callable[[int], None] = lambda rows: None,
        kept: Path | None = None,
    ) -> NDArray[np.float32]:
        """(texts, d) float32 unit vectors; a text's is the sum of its first ``max_tokens`` tokens' vectors, normalised.

        A text is cut at white space into words, of which each goes through the tokenizer by itself, once: BERT's
        tokenizers cut there anyway. The sum runs in the order of the text, so that a vector is the same to the bit in
        any batch, on any number of threads. ``step`` and ``kept`` are those of :meth:`core.features.encoder.Encoder.
        encode`. More tokens follow a long text further and cost in proportion.
        """
        limit = max_tokens or self.embedder.max_tokens

        def encoded(rows: NDArray[np.int64]) -> NDArray[np.float32]:
            indptr, ids = self.tokens([texts[row] for row in rows], limit=limit)
            return unit_sums(self.table.vectors, indptr, ids, self.table.nothing)

        def blocks() -> Iterator[NDArray[np.int64]]:
            for start in range(0, len(texts), BLOCK):
                yield np.arange(start, min(start + BLOCK, len(texts)))

        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return chunk(
            kept, rows=len(texts), width=self.dimensions, dtype=np.float32, passes=blocks, compute=encoded, step=step
        ).astype(np.float32, copy=False)

    def tokens(self, texts: Sequence[str], *, limit: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """(texts + 1,) offsets and the ids of each text's first ``limit`` tokens, without the special ones."""
        words, places, bounds, pieces = self._words.look_up(texts, limit=limit)
        offsets, ids = gather(bounds, pieces, places)  # (words + 1,), (tokens,)
        return _cut(offsets[words], ids, limit)

    @cached_property
    def _words(self) -> WordTokens:
        return WordTokens(self.table.tokenizer)


def _cut(indptr: NDArray[np.int64], ids: NDArray[np.int32], limit: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The first ``limit`` values of each row of a ragged array."""
    lengths = np.diff(indptr)
    if lengths.max(initial=0) <= limit:
        return indptr, ids
    kept = np.arange(len(ids)) - np.repeat(indptr[:-1], lengths) < limit
    return np.concatenate([[0], np.cumsum(np.minimum(lengths, limit))]), ids[kept]


@njit(cache=True, nogil=True)
def unit_sums(
    vectors: NDArray[np.float32], indptr: NDArray[np.int64], ids: NDArray[np.int32], nothing: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(rows, d) float32: each row's sum of ``vectors``, in the order of its ``ids``, at unit length.

    A row whose sum is zero (no token, or none that weighs anything) becomes ``nothing``.
    """
    rows, width = len(indptr) - 1, vectors.shape[1]
    made = np.zeros((rows, width), dtype=np.float32)
    for row in range(rows):
        total = made[row]
        for at in range(indptr[row], indptr[row + 1]):
            token = vectors[ids[at]]
            for column in range(width):
                total[column] += token[column]
        squared = 0.0
        for column in range(width):
            squared += float(total[column]) * float(total[column])
        if squared > 1e-24:
            length = np.float32(np.sqrt(squared))
            for column in range(width):
                total[column] /= length
        else:
            total[:] = nothing
    return made
