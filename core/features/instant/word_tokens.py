"""The tokens of words: each distinct word is tokenised once and looked up from then on.

BERT's tokenizers cut a text at white space, then around every sign of ASCII that is neither letter nor digit, before
they look for pieces. So a word of printable ASCII is cut here, and only its parts, which are far fewer, go through the
tokenizer; any other word goes through it whole.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORDS_KEPT = 1_000_000  # distinct words that are remembered; beyond this all are forgotten at once
_PARTS = re.compile(r"[a-z0-9]+|[^a-z0-9]")  # of a lower-cased word of printable ASCII
LONGEST_WORD = 1_000  # characters of a word that are read: a longer one is data, and costs the tokenizer minutes


class WordTokens:
    """Words and the ids of their tokens, as a ragged array that grows. Threads may share it."""

    def __init__(self, tokenizer: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._lock = threading.Lock()
        self._forget()

    def look_up(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """(words,) the place of each word, and (places + 1,) the bounds of each place's ids in (tokens,) all ids."""
        with self._lock:
            if len(self._places) > WORDS_KEPT:
                self._forget()
            places = self._placed(words)
            unknown = np.flatnonzero(places < 0)
            if len(unknown):
                missing = [words[at] for at in unknown.tolist()]
                self._learn(list(dict.fromkeys(missing)))
                places[unknown] = self._placed(missing)
            known = len(self._places)
            return places, self._bounds[: known + 1], self._ids[: self._bounds[known]]

    def _placed(self, words: Sequence[str]) -> NDArray[np.int64]:
        """(words,) the place of each word, -1 where it is not known."""
        return np.fromiter(map(self._places.get, words, repeat(-1)), dtype=np.int64, count=len(words))

    def _forget(self) -> None:
        # New arrays, because another thread may still read the old ones.
        self._places: dict[str, int] = {}
        self._read: dict[str, list[int]] = {}  # part of a word -> the ids of its tokens
        self._bounds = np.zeros(1, dtype=np.int64)
        self._ids = np.empty(0, dtype=np.int32)

    def _learn(self, new: Sequence[str]) -> None:
        """Append the tokens of words that are not known yet."""
        parts = [_parts(word[:LONGEST_WORD]) for word in new]
        unread = list(set(chain.from_iterable(parts)).difference(self._read))
        if unread:
            read = self._tokenizer.encode_batch_fast(unread, add_special_tokens=False)
            self._read.update(zip(unread, (encoding.ids for encoding in read), strict=True))
        tokens = [list(chain.from_iterable(map(self._read.__getitem__, of_word))) for of_word in parts]
        known = len(self._places)
        filled = int(self._bounds[known])
        bounds = filled + np.cumsum(np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens)))
        self._bounds = _grown(self._bounds, known + 1 + len(new))
        self._bounds[known + 1 : known + 1 + len(new)] = bounds
        self._ids = _grown(self._ids, int(bounds[-1]))
        self._ids[filled : bounds[-1]] = list(chain.from_iterable(tokens))
        self._places.update(zip(new, range(known, known + len(new)), strict=True))


def _parts(word: str) -> list[str]:
    """What of a word goes through the tokenizer by itself."""
    return _PARTS.findall(word.lower()) if word.isascii() and word.isprintable() else [word]


def _grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """``array`` if it holds ``size`` values, else a copy with room for twice as many."""
    if len(array) >= size:
        return array
    larger = np.zeros(2 * size, dtype=array.dtype)
    larger[: len(array)] = array
    return larger
