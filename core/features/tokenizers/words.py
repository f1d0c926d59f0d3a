"""Words by Unicode's default word boundaries: an option for comparison, not what the paper recommends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from core.counted import counted
from core.errors import InputError, quoted
from core.features.tokenizers.tokenizer import Segment, speakable

WARNING = (
    "Word segmentation destroys the correlation that token diversity has with the fine-tuned score (From Macro to "
    "Micro, §4.3). Use the tokenizer of the model that will be trained; words are here for comparison."
)
BOUNDARY = regex.compile(r"\b", regex.WORD | regex.VERSION1)
SPOKEN = regex.compile(r"[\p{L}\p{N}]")
MEMORY = 1_000_000  # distinct chunks that the cache holds before it is emptied


class Words:
    """Unicode words (UAX #29) that hold a letter or a digit, case kept; spaces and punctuation are left out.

    ``vocabulary`` gives each word its id. A corpus's vocabulary is its observed words in code-point order, so that ids
    do not depend on the order of the rows. Without a vocabulary, :meth:`encode_many` uses the words of its texts.
    """

    name = "words"
    warning = WARNING
    identity: Mapping[str, Any] = {"kind": "words", "version": 1}

    def __init__(self, vocabulary: Sequence[str] | None = None) -> None:
        self.vocabulary = vocabulary
        self._chunks: dict[str, list[str]] = {}

    @property
    def vocabulary_size(self) -> int:
        return len(self.vocabulary or ())

    @cached_property
    def _number(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.vocabulary or ())}

    def split(self, text: str) -> list[str]:
        """The words of ``text`` in reading order."""
        pieces: list[str] = []
        for chunk in text.split():
            words = self._chunks.get(chunk)
            if words is None:
                if len(self._chunks) >= MEMORY:
                    self._chunks.clear()
                words = [part for part in _parts(speakable(chunk)) if SPOKEN.search(part)]
                self._chunks[chunk] = words
            pieces += words
        return pieces

    def learn(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
        """Row pointer (texts + 1,), ids (words,) and the vocabulary of these texts alone, in code-point order."""
        seen: dict[str, int] = {}
        indptr = np.zeros(len(texts) + 1, dtype=np.int64)
        ids: list[int] = []
        for row, text in enumerate(texts):
            ids += [seen.setdefault(word, len(seen)) for word in self.split(text)]
            indptr[row + 1] = len(ids)
        vocabulary = sorted(seen)
        canonical = np.empty(len(seen), dtype=np.int32)
        for number, word in enumerate(vocabulary):
            canonical[seen[word]] = number
        return indptr, canonical[np.array(ids, dtype=np.int64)], vocabulary

    def encode_many(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Row pointer and ids. Raises :class:`InputError` on a word outside the vocabulary."""
        indptr, ids, vocabulary = self.learn(texts)
        if self.vocabulary is None:
            self.vocabulary = vocabulary
            return indptr, ids
        strange = [word for word in vocabulary if word not in self._number]
        if strange:
            raise InputError(
                f"This vocabulary lacks {counted(len(strange), 'word')}, {quoted(strange[0])} among them.",
                remedy="Words have ids inside one corpus only: compute the tokens of these texts by themselves.",
            )
        numbers = np.fromiter(map(self._number.__getitem__, vocabulary), dtype=np.int32, count=len(vocabulary))
        return indptr, numbers[ids]

    def pieces(self, ids: Iterable[int]) -> list[str]:
        vocabulary = self.vocabulary or ()
        return [vocabulary[number] for number in ids]

    def segments(self, text: str) -> list[Segment]:
        """Words with their id (none for a word outside the vocabulary), and the stretches between the words."""
        segments: list[Segment] = []
        for chunk in regex.splititer(r"(\s+)", speakable(text)):
            for part in _parts(chunk):
                number = self._number.get(part)
                segments.append(Segment(part, () if number is None else (number,)))
        return segments


def _parts(text: str) -> list[str]:
    return [part for part in BOUNDARY.split(text) if part]
