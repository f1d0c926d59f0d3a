"""The 131,072-piece tekken vocabulary of the mistral-common wheel, run by tiktoken."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.features.tokenizers.chunks import ChunkEncoder
from core.features.tokenizers.tokenizer import Segment, piece_of, ragged, segments_of, speakable

if TYPE_CHECKING:
    import tiktoken

FILE = "tekken_240911.json"
THREADS = min(8, os.cpu_count() or 1)
# The pattern for which encoding by chunks is proved exact. No alternative matches a space after a character that is not
# whitespace, none looks behind, and the only look-ahead stands after whitespace. So a match never depends on the text
# on the other side of "a character that is not whitespace, then a space".
PROVED_PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
    r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Tekken131K:
    """A byte-level BPE tokenizer of the size of Llama-3's.

    An id is a rank plus the number of special tokens, as in models trained with it. Ids equal tiktoken's on each
    text alone; each distinct space-delimited chunk of a corpus is encoded once.
    """

    name = "tekken-131k"
    warning = ""
    identity: Mapping[str, Any] = {"kind": "tekken", "file": FILE}

    def __init__(self) -> None:
        data = orjson.loads((resources.files("mistral_common") / "data" / FILE).read_bytes())
        config = data["config"]
        self.special = int(config["default_num_special_tokens"])
        self.vocabulary_size = int(config["default_vocab_size"])
        self.pattern = str(config["pattern"])
        vocabulary = data["vocab"][: self.vocabulary_size - self.special]
        self._bytes = [base64.b64decode(item["token_bytes"]) for item in vocabulary]

    @cached_property
    def encoding(self) -> tiktoken.Encoding:
        """tiktoken's own encoder; its ids are ranks, without the special tokens before them."""
        import tiktoken

        ranks = {data: rank for rank, data in enumerate(self._bytes)}
        return tiktoken.Encoding(self.name, pat_str=self.pattern, mergeable_ranks=ranks, special_tokens={})

    @cached_property
    def _chunks(self) -> ChunkEncoder | None:
        if self.pattern != PROVED_PATTERN:
            return None
        lengths = np.zeros(self.vocabulary_size, dtype=np.int64)
        lengths[self.special :] = [len(data) for data in self._bytes]
        return ChunkEncoder(encode=self.encode_plainly, byte_length=lengths)

    def encode_many(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        return self._chunks(texts) if self._chunks else self.encode_plainly(texts)

    def encode_plainly(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The same ids, every text encoded by itself."""
        rows = self.encoding.encode_ordinary_batch([speakable(text) for text in texts], num_threads=THREADS)
        indptr, ids = ragged(rows)
        return indptr, ids + np.int32(self.special)

    def pieces(self, ids: Iterable[int]) -> list[str]:
        return [
            piece_of(self._bytes[token - self.special]) if token >= self.special else f"<SPECIAL_{token}>"
            for token in map(int, ids)
        ]

    def segments(self, text: str) -> list[Segment]:
        _, ids = self.encode_plainly([text])
        return segments_of(ids, lambda token: self._bytes[token - self.special])
