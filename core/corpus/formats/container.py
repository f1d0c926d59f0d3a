"""What a container is: a file format that holds records, seen by its content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import orjson

from core.corpus.formats.record import Contents


@dataclass(frozen=True)
class ContainerFile:
    """The unpacked bytes of one file on the way to its reader.

    ``ending`` is the name's without what packs it, with its dot; ``limit`` the bytes that may be read of it;
    ``replace``: bytes that are no UTF-8 become U+FFFD, else the record that holds them is set apart. Text is UTF-8
    without a mark.
    """

    name: str
    ending: str
    data: bytes
    limit: int
    replace: bool = False

    @cached_property
    def body(self) -> bytes:
        """The data from the first character that is no white space."""
        return self.data.lstrip(b" \t\r\n\x00")


@dataclass(frozen=True, kw_only=True)
class Container:
    """A file format that holds records.

    ``suffixes``: the endings its files have, and how the name of what is read from a file with each begins. ``magic``:
    the first bytes that a binary format may have, which needs no ``recognise``. ``all_text``: it knows no numbers, so
    that a column of numerals becomes one of numbers.
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
