"""The tokens of words: each distinct word is tokenised once and looked up from then on.

BERT's tokenizers cut a text at white space, then around every sign of ASCII that is neither letter nor digit, before
they look for pieces. So a word of printable ASCII is cut there, by compiled code (``word_table.py``), and only its
parts, which are far fewer, go through the tokenizer; any other word goes through it whole.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.features.instant.word_table import UNKNOWN, WordTable, grown, words_read

WORDS_KEPT = 1_000_000  # distinct words that are remembered; beyond this all are forgotten at once
BYTES_KEPT = 1 << 26  # of all remembered words
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

    def look_up(
        self, texts: Sequence[str], *, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """(texts + 1,) offsets into (words,) the places of words, and (places + 1,) bounds of each in (tokens,) ids.

        A text is read until its words have ``limit`` tokens together; the last word may go beyond. Half a surrogate
        pair, which no tokenizer reads, counts as a question mark.
        """
        parts = [text.encode("utf-8", "replace") for text in texts]
        letters = np.frombuffer(bytearray(b"".join(parts)), dtype=np.uint8)  # which are made lower case
        ends = np.cumsum(np.fromiter(chain([0], map(len, parts)), dtype=np.int64, count=len(parts) + 1))
        with self._lock:
            if self._table.words > WORDS_KEPT or self._table.size > BYTES_KEPT:
                self._forget()
            while True:
                table = self._table
                offsets, places, spans = words_read(
                    letters, ends, limit, LONGEST_WORD, table.slots, table.hashes, table.ends, table.letters,
                    self._bounds,
                )  # fmt: skip
                unknown = spans[places == UNKNOWN]
                if not len(unknown):
                    known = table.words
                    return offsets, places, self._bounds[: known + 1], self._ids[: self._bounds[known]]
                self._learn(list(dict.fromkeys(letters[start:end].tobytes() for start, end in unknown.tolist())))

    def _forget(self) -> None:
        # New arrays, because another thread may still read the old ones.
        self._table = WordTable()
        self._bounds = np.zeros(1, dtype=np.int64)
        self._ids = np.empty(0, dtype=np.int32)

    def _learn(self, new: list[bytes]) -> None:
        """Append the tokens of words that are not known yet; white space beyond ASCII may still be in them."""
        pieces = [[piece[:LONGEST_WORD] for piece in word.decode("utf-8").split()] for word in new]
        read = self._tokenizer.encode_batch_fast(list(chain.from_iterable(pieces)), add_special_tokens=False)
        ids = [encoding.ids for encoding in read]
        lengths = np.fromiter(chain([0], map(len, ids)), dtype=np.int64, count=len(ids) + 1)
        ends = np.cumsum(lengths)[np.cumsum(np.fromiter(map(len, pieces), dtype=np.int64, count=len(new)))]  # (new,)
        known = self._table.words
        filled = int(self._bounds[known])
        self._bounds = grown(self._bounds, known + 1 + len(new))
        self._bounds[known + 1 : known + 1 + len(new)] = filled + ends
        self._ids = grown(self._ids, filled + int(ends[-1]))
        self._ids[filled : filled + int(ends[-1])] = list(chain.from_iterable(ids))
        self._table.add(new)
