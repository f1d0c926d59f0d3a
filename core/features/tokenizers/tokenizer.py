"""The interface of a tokenizer: ids of many texts at once, pieces of ids, and a text cut into its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Segment(NamedTuple):
    """A stretch of a text and its tokens (none where the tokenizer leaves the stretch out)."""

    text: str
    ids: tuple[int, ...]


class Tokenizer(Protocol):
    """Turns texts into ids without adding any special token.

    ``identity`` names everything that decides the ids, so that equal tokenizers share their features; ``warning`` is
    what the user should know before choosing it, "" for nothing.
    """

    @property
    def name(self) -> str: ...

    @property
    def warning(self) -> str: ...

    @property
    def identity(self) -> Mapping[str, Any]: ...

    @property
    def vocabulary_size(self) -> int:
        """The fixed number of types, including those that never occur."""
        ...

    def encode_many(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Row pointer (texts + 1,) and ids (tokens,) in reading order; an empty text has no token."""
        ...

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """The text of each token; a part of a character reads ``<0xE4>``."""
        ...

    def segments(self, text: str) -> list[Segment]:
        """``text`` cut into consecutive stretches; joined they are ``text`` again."""
        ...


def ragged(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Lists of ids as row pointer (rows + 1,) and ids (tokens,)."""
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, rows), dtype=np.int64, count=len(rows)), out=indptr[1:])
    return indptr, np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(indptr[-1]))


def speakable(text: str) -> str:
    """``text`` with lone surrogates, which no tokenizer can read, replaced by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_utf8(text: str) -> bytes:
    """``text`` in UTF-8, lone surrogates replaced."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return speakable(text).encode()


def piece_of(data: bytes) -> str:
    """The bytes of one token as text, or each as ``<0xE4>`` where they are part of a character."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02X}>" for byte in data)


def segments_of(ids: Iterable[int], bytes_of: Callable[[int], bytes]) -> list[Segment]:
    """Segments of tokens that spell their text byte by byte.

    Tokens that share a character (a letter outside the vocabulary is spelt in several) share a segment.
    """
    segments: list[Segment] = []
    open_bytes, open_ids = b"", []
    for token in ids:
        open_bytes += bytes_of(token)
        open_ids.append(int(token))
        try:
            segments.append(Segment(open_bytes.decode(), tuple(open_ids)))
        except UnicodeDecodeError:
            continue
        open_bytes, open_ids = b"", []
    if open_ids:
        segments.append(Segment(open_bytes.decode(errors="replace"), tuple(open_ids)))
    return segments
