"""Reads a file's bytes, unpacked if it is packed, up to a stated number of bytes."""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.corpus.packings import PACKINGS, Readable
from core.corpus.sources import SourceFile, from_bytes
from core.errors import InputError

BLOCK = 1 << 20
DEFAULT_LIMIT_MB = 4096


@dataclass(frozen=True)
class Unpacked:
    """The bytes of one file, and how it was packed ("" for not at all)."""

    file: SourceFile
    data: bytes
    packing: str = ""


def limit_bytes() -> int:
    """The most bytes that one file may hold once unpacked: ``DIVERSCOPE_MAX_FILE_MB``, else 4,096 MB."""
    value = os.environ.get("DIVERSCOPE_MAX_FILE_MB", "")
    return (int(value) if value.isdigit() and int(value) > 0 else DEFAULT_LIMIT_MB) * 1_000_000


def unpack(file: SourceFile, *, limit: int | None = None) -> list[Unpacked]:
    """The bytes of ``file``; a zip archive gives one entry for each member. The first bytes show the packing.

    Raises :class:`InputError` when it is empty, damaged, or larger than ``limit`` bytes once unpacked (reading stops
    there, so that a few kilobytes that unpack to terabytes do no harm).
    """
    limit = limit_bytes() if limit is None else limit
    with file.open() as stream:
        head = stream.read(8)
        stream.seek(0)
        if not head:
            raise InputError(f"{file.name} is empty.", remedy="Choose a file that holds rows.")
        if head.startswith(b"PK\x03\x04"):
            return _members(file, stream, limit)
        packing = next((packing for packing in PACKINGS if head.startswith(packing.magic)), None)
        name = packing.name if packing else ""
        data = _bounded(file.name, packing.open(stream) if packing else stream, limit, name)
        if not data:
            raise InputError(f"{file.name} is empty once unpacked.", remedy="Choose a file that holds rows.")
        return [Unpacked(file, data, name)]


def _bounded(name: str, stream: Readable, limit: int, packing: str) -> bytes:
    blocks, total = [], 0
    try:
        while block := stream.read(BLOCK):
            total += len(block)
            if total > limit:
                raise InputError(
                    f"{name} holds more than {limit / 1e6:,.0f} MB{' once unpacked' if packing else ''}.",
                    remedy="Split it, or raise DIVERSCOPE_MAX_FILE_MB and start the app again.",
                )
            blocks.append(block)
    except InputError:
        raise
    except _damage() as error:
        raise InputError(
            f"{name} is damaged: its {packing or 'bytes'} cannot be read to the end ({error}).",
            remedy="Download or copy it again.",
        ) from error
    return b"".join(blocks)


def _members(file: SourceFile, stream: BinaryIO, limit: int) -> list[Unpacked]:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile as error:
        raise InputError(f"{file.name} is a damaged zip archive.", remedy="Download or copy it again.") from error
    names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    if any(name.startswith(("xl/", "word/", "ppt/")) for name in names):
        raise InputError(f"{file.name} is an office document.", remedy="Save the sheet as CSV, then give the CSV file.")
    wanted = [name for name in names if not name.startswith("__MACOSX/") and not Path(name).name.startswith(".")]
    if not wanted:
        raise InputError(f"{file.name} is an archive without files.", remedy="Choose an archive that holds data files.")
    members, left = [], limit
    for name in wanted:
        label = f"{file.name}/{name}"
        try:
            with archive.open(name) as member:
                data = _bounded(label, member, left, "zip")
        except (NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
            raise InputError(f"{label} cannot be unpacked ({error}).", remedy="Unpack it first.") from error
        left -= len(data)
        if data:
            members.append(Unpacked(from_bytes(label, data), data, "zip"))
    if not members:
        raise InputError(f"{file.name} holds only empty files.", remedy="Choose an archive that holds rows.")
    return members


def _damage() -> tuple[type[Exception], ...]:
    """The exceptions that are raised where packed bytes are damaged."""
    own = (error for packing in PACKINGS for error in packing.errors())
    return (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, *own)
