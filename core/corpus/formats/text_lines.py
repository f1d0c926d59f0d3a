"""The lines of a text in UTF-8, decoded a block at a time, with the line ends that they have."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 1 << 20  # bytes that are decoded at a time


@dataclass(frozen=True, kw_only=True)
class TextLines:
    """The lines of what ``opened`` opens, from the beginning each time they are asked for.

    A line ends with a line feed, a carriage return or both. Bytes that are not UTF-8 become U+FFFD where ``replace`` is
    set, else surrogates that :func:`core.corpus.formats.encodings.undecoded` recognises.
    """

    opened: Callable[[], BinaryIO]
    replace: bool = False
    without_nul: bool = False

    def __iter__(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace" if self.replace else "surrogateescape")
        waiting: list[str] = []  # of a line that is longer than a block
        with self.opened() as stream:
            while True:
                block = stream.read(BLOCK)
                text = decoder.decode(block, final=not block)
                waiting.append(text.replace("\x00", "") if self.without_nul else text)
                if block and "\n" not in text and "\r" not in text:
                    continue
                lines = list(io.StringIO("".join(waiting), newline=""))
                waiting.clear()
                if block and lines and not lines[-1].endswith("\n"):
                    waiting.append(lines.pop())  # it may go on; a carriage return may be half of a line end
                yield from lines
                if not block:
                    return
