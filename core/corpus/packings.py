"""The packings (compressed forms) that a file may have: a new packing is one entry here."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol


class Readable(Protocol):
    """A stream that gives its bytes piece by piece."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Packing:
    """One way to pack a file: its name, its ending, its first bytes, and how to read its content.

    ``errors``: the exceptions that reading raises where the packed bytes are damaged.
    """

    name: str
    suffix: str
    magic: bytes
    open: Callable[[BinaryIO], Readable]
    errors: Callable[[], tuple[type[Exception], ...]] = lambda: ()


def _zstd(stream: BinaryIO) -> Readable:
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(stream, read_across_frames=True)


def _zstd_errors() -> tuple[type[Exception], ...]:
    import zstandard

    return (zstandard.ZstdError,)


PACKINGS = (
    Packing(
        name="gzip",
        suffix=".gz",
        magic=b"\x1f\x8b",
        open=lambda stream: gzip.GzipFile(fileobj=stream),
        errors=lambda: (zlib.error,),
    ),
    Packing(name="zstd", suffix=".zst", magic=b"\x28\xb5\x2f\xfd", open=_zstd, errors=_zstd_errors),
    Packing(name="bzip2", suffix=".bz2", magic=b"BZh", open=bz2.BZ2File),
    Packing(
        name="xz", suffix=".xz", magic=b"\xfd7zXZ\x00", open=lzma.LZMAFile, errors=lambda: (lzma.LZMAError,)
    ),
)  # fmt: skip
ARCHIVE = ".zip"  # holds several files, each read by itself
SUFFIXES = (*(packing.suffix for packing in PACKINGS), ARCHIVE)
