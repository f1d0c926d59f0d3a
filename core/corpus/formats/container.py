"""The declaration of a container: a file format that holds records and is recognised by its content."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import orjson

from core.corpus.formats.record import Contents


@dataclass(frozen=True)
class ContainerFile:
    """The unpacked bytes of a file, for its reader.

    ``ending`` is the ending of its name without that of a packing, with its dot; ``limit`` is the most bytes that may
    be read of it; ``replace``: bytes that are not UTF-8 become U+FFFD, else the record that holds them is set apart.
    Text is UTF-8 without a byte-order mark. Where ``path`` names a file, the bytes are those of it from ``start`` on,
    and ``data`` is their beginning.
    """

    name: str
    ending: str
    data: bytes
    limit: int
    replace: bool = False
    path: Path | None = None
    start: int = 0

    def open(self) -> BinaryIO:
        """All bytes as a stream, which whoever asks closes."""
        if self.path is None:
            return io.BytesIO(self.data)
        stream = open(self.path, "rb")  # noqa: SIM115
        stream.seek(self.start)
        return stream

    @cached_property
    def body(self) -> bytes:
        """The data from the first character that is not white space."""
        return self.data.lstrip(b" \t\r\n\x00")


@dataclass(frozen=True, kw_only=True)
class Container:
    """A file format that holds records.

    ``suffixes``: the endings of its files, each with the beginning of the container's name for such a file. ``magic``:
    the first bytes of a binary format, which then needs no ``recognise``. ``all_text``: it has no numbers, so a column
    of numerals becomes a column of numbers.
    """

    names: tuple[str, ...]
    looks_like: str
    suffixes: Mapping[str, str]
    read: Callable[[ContainerFile], Contents]
    recognise: Callable[[ContainerFile], bool] = lambda file: False
    magic: tuple[bytes, ...] = ()
    all_text: bool = False


def parses(line: bytes) -> bool:
    """Whether a line is JSON."""
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
