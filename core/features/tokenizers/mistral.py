"""The 32,000-piece sentencepiece model of the mistral-common wheel, read with sentencepiece itself."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib import import_module, resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features.tokenizers.chunks import ChunkEncoder
from core.features.tokenizers.tokenizer import Segment, piece_of, segments_of, speakable

MODEL = "tokenizer.model.v1"
THREADS = min(8, os.cpu_count() or 1)


class Mistral32K:
    """A sentencepiece BPE tokenizer with byte fallback, of the size of Llama-2's.

    Ids equal those of ``SentencePieceProcessor.encode`` on each text alone. Where the model allows it (see
    :meth:`splits_at_spaces`) each distinct space-delimited chunk of a corpus is encoded once.
    """

    name = "mistral-32k"
    warning = ""

    def __init__(self, model: bytes | None = None) -> None:
        """``model`` is a serialised sentencepiece model; the default is that of the mistral-common wheel."""
        import sentencepiece

        self._model = model or (resources.files("mistral_common") / "data" / MODEL).read_bytes()
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=self._model)
        self.vocabulary_size = int(self._processor.vocab_size())

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "sentencepiece", "model": hashlib.blake2b(self._model, digest_size=8).hexdigest()}

    def _proto(self) -> Any:
        proto = import_module("sentencepiece.sentencepiece_model_pb2").ModelProto()
        proto.ParseFromString(self._model)
        return proto

    @cached_property
    def splits_at_spaces(self) -> bool:
        """Whether the tokens on both sides of "no space, then a space" never depend on each other.

        This is proved for a BPE model in which: ``▁`` stands only at the start of a piece, so that no merge crosses the
        place; the normaliser only turns spaces into ``▁``; no user-defined piece is cut out first; every character has
        a spelling (byte fallback), so that no unknown character is merged with its neighbours.
        """
        proto = self._proto()
        trainer, normalizer = proto.trainer_spec, proto.normalizer_spec
        return (
            trainer.model_type == trainer.BPE
            and trainer.byte_fallback
            and not trainer.treat_whitespace_as_suffix
            and normalizer.add_dummy_prefix
            and normalizer.escape_whitespaces
            and not normalizer.remove_extra_whitespaces
            and not normalizer.precompiled_charsmap
            and all("▁" not in item.piece.lstrip("▁") and item.type != item.USER_DEFINED for item in proto.pieces)
        )

    @cached_property
    def _bytes(self) -> list[bytes]:
        """(vocabulary_size,) the text of each token in UTF-8."""
        processor = self._processor
        pieces = []
        for token in range(self.vocabulary_size):
            piece = processor.id_to_piece(token)
            pieces.append(
                bytes([int(piece[3:5], 16)]) if processor.is_byte(token) else piece.replace("▁", " ").encode()
            )
        return pieces

    @cached_property
    def _chunks(self) -> ChunkEncoder | None:
        if not self.splits_at_spaces:
            return None
        import sentencepiece

        proto = self._proto()
        proto.normalizer_spec.add_dummy_prefix = False  # the chunks bring their own space
        bare = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
        lengths = np.fromiter(map(len, self._bytes), dtype=np.int64, count=self.vocabulary_size)
        return ChunkEncoder(encode=lambda texts: _encode(bare, texts), byte_length=lengths, prefix=b" ")

    def encode_many(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        return self._chunks(texts) if self._chunks else self.encode_plainly(texts)

    def encode_plainly(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The same ids, every text encoded by itself."""
        return _encode(self._processor, [speakable(text) for text in texts])

    def pieces(self, ids: Iterable[int]) -> list[str]:
        return [piece_of(self._bytes[token]) for token in ids]

    def segments(self, text: str) -> list[Segment]:
        _, ids = self.encode_plainly([text])
        segments = segments_of(ids, self._bytes.__getitem__)
        if segments:  # the space that the model puts before a text is not part of it
            segments[0] = Segment(segments[0].text.removeprefix(" "), segments[0].ids)
        return segments


def _encode(processor: Any, texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    indptr = np.zeros(len(texts) + 1, dtype=np.int64)
    if not texts:
        return indptr, np.empty(0, dtype=np.int32)
    rows = processor.encode_as_numpy(texts, num_threads=THREADS)
    np.cumsum(np.fromiter(map(len, rows), dtype=np.int64, count=len(rows)), out=indptr[1:])
    return indptr, np.concatenate(rows).astype(np.int32, copy=False)
