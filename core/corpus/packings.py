"""The only place that lists how a file may be packed: a new packing or archive is one entry here."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Protocol


class Readable(Protocol):
    """A stream that gives its bytes piece by piece."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Packing:
    """One way to pack a file: its name, its ending, its first bytes, and how to read its content."""

    name: str
    suffix: str
    magic: bytes
    open: Callable[[BinaryIO], Readable]


def _zstd(stream: BinaryIO) -> Readable:
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(stream, read_across_frames=True)


PACKINGS = (
    Packing(name="gzip", suffix=".gz", magic=b"\x1f\x8b", open=lambda stream: gzip.GzipFile(fileobj=stream)),
    Packing(name="zstd", suffix=".zst", magic=b"\x28\xb5\x2f\xfd", open=_zstd),
    Packing(name="bzip2", suffix=".bz2", magic=b"BZh", open=bz2.BZ2File),
    Packing(name="xz", suffix=".xz", magic=b"\xfd7zXZ\x00", open=lzma.LZMAFile),
)


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file in an archive, and how its bytes are read."""

    name: str
    open: Callable[[], Readable]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file that holds several, each read by itself; ``recognise`` sees its first 512 bytes."""

    name: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes], bool]
    members: Callable[[BinaryIO], list[Member]]


def _zip_members(stream: BinaryIO) -> list[Member]:
    archive = zipfile.ZipFile(stream)
    # by its entry, not by its name, which two may have
    entries = [entry for entry in archive.infolist() if not (entry.filename and entry.is_dir())]
    return [Member(name=entry.filename, open=partial(archive.open, entry)) for entry in entries]


def _tar_members(stream: BinaryIO) -> list[Member]:
    archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115  (read as long as its members are)

    def opened(entry: tarfile.TarInfo) -> Readable:
        content = archive.extractfile(entry)
        if content is None:
            raise tarfile.ReadError("no file")
        return content

    # links and devices hold no bytes of their own
    entries = [entry for entry in archive if entry.isfile()]
    return [Member(name=entry.name.removeprefix("./"), open=partial(opened, entry)) for entry in entries]


ARCHIVES = (
    Archive(
        name="zip",
        suffixes=(".zip",),
        recognise=lambda head: head.startswith((b"PK\x03\x04", b"PK\x05\x06")),
        members=_zip_members,
    ),
    Archive(
        name="tar",
        suffixes=(".tar", ".tgz"),
        recognise=lambda head: head[257:262] == b"ustar",
        members=_tar_members,
    ),
)
HEAD = 512  # bytes that tell an archive
ARCHIVE_SUFFIXES = tuple(suffix for archive in ARCHIVES for suffix in archive.suffixes)
SUFFIXES = (*(packing.suffix for packing in PACKINGS), *ARCHIVE_SUFFIXES)
