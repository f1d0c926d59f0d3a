"""Reads a file's bytes, unpacked if it is packed, up to a stated number of bytes."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from core.corpus.packings import ARCHIVES, HEAD, PACKINGS, Archive, Member, Readable
from core.corpus.sources import SourceFile, from_bytes, numbered_names
from core.errors import InputError

BLOCK = 1 << 20
DEFAULT_LIMIT_MB = 4096


@dataclass(frozen=True)
class Unpacked:
    """The bytes of one file, and how it was packed ("" for not at all)."""

    file: SourceFile
    data: bytes
    packing: str = ""
    refused: InputError | None = None  # why a member of an archive cannot be read; the others can


def limit_bytes() -> int:
    """The most bytes that one file may hold once unpacked: ``DIVERSCOPE_MAX_FILE_MB``, else 4,096 MB."""
    value = os.environ.get("DIVERSCOPE_MAX_FILE_MB", "")
    return (int(value) if value.isdigit() and int(value) > 0 else DEFAULT_LIMIT_MB) * 1_000_000


def unpack(file: SourceFile, *, limit: int | None = None) -> list[Unpacked]:
    """The bytes of ``file``; an archive gives one entry a member. What packs it is seen by its first bytes.

    Raises :class:`InputError` when it is empty, damaged, or larger than ``limit`` bytes once unpacked (reading stops
    there, so that a few kilobytes that unpack to terabytes do no harm).
    """
    limit = limit_bytes() if limit is None else limit
    with file.open() as stream:
        head = stream.read(HEAD)
        stream.seek(0)
        if not head:
            raise InputError(f"{file.name} is empty.", remedy="Choose a file that holds rows.")
        archive = _archive(head)
        if archive:
            return _members(file, stream, archive, limit)
        packing = next((packing for packing in PACKINGS if head.startswith(packing.magic)), None)
        name = packing.name if packing else ""
        data = _bounded(file.name, packing.open(stream) if packing else stream, limit, name)
        if not data:
            raise InputError(f"{file.name} is empty once unpacked.", remedy="Choose a file that holds rows.")
        archive = _archive(data[:HEAD]) if packing else None
        if archive:
            return _members(file, io.BytesIO(data), archive, limit)
        return [Unpacked(file, data, name)]


class TooLarge(InputError):
    """A file that unpacks to more than it may: nothing more is read of what it lies in."""


def _archive(head: bytes) -> Archive | None:
    return next((archive for archive in ARCHIVES if archive.recognise(head)), None)


def _bounded(name: str, stream: Readable, limit: int, packing: str) -> bytes:
    return b"".join(bounded(name, stream, limit=limit, packing=packing))


def bounded(name: str, stream: Readable, *, limit: int, packing: str = "") -> Iterator[bytes]:
    """The bytes of ``stream``, a block at a time; raises :class:`InputError` where it is damaged or holds more than
    ``limit`` bytes."""
    total = 0
    try:
        while block := stream.read(BLOCK):
            total += len(block)
            if total > limit:
                raise TooLarge(
                    f"{name} holds more than {limit / 1e6:,.0f} MB{' once unpacked' if packing else ''}.",
                    remedy="Split it, or raise DIVERSCOPE_MAX_FILE_MB and start the app again.",
                )
            yield block
    except InputError:
        raise
    except Exception as error:  # whatever the reader of a packing raises at damaged bytes; there is no list of it
        raise InputError(
            f"{name} is damaged: its {packing or 'bytes'} cannot be read to the end ({error}).",
            remedy="Download or copy it again.",
        ) from error


def _members(file: SourceFile, stream: BinaryIO, archive: Archive, limit: int) -> list[Unpacked]:
    """The files of an archive in the order of their names; what packs one of them is taken off too.

    A member that is damaged is refused alone. Of two with one name the later gets a number.
    """
    try:
        members = sorted(archive.members(stream), key=lambda member: member.name)
    except Exception as error:  # as above
        raise InputError(
            f"{file.name} is a damaged {archive.name} archive.", remedy="Download or copy it again."
        ) from error
    if any(member.name.startswith(("xl/", "word/", "ppt/")) for member in members):
        raise InputError(f"{file.name} is an office document.", remedy="Save the sheet as CSV, then give the CSV file.")
    wanted = [member for member in members if not is_hidden(member.name)]
    if not wanted:
        raise InputError(f"{file.name} is an archive without files.", remedy="Choose an archive that holds data files.")
    unpacked: list[Unpacked] = []
    left = limit
    labels = numbered_names([f"{file.name}/{member.name}" for member in wanted])
    for member, label in zip(wanted, labels, strict=True):
        source = SourceFile(label, file.open, None)
        try:
            data = _bounded(label, _opened(label, member), left, archive.name)
        except TooLarge:
            raise
        except InputError as error:
            unpacked.append(Unpacked(source, b"", archive.name, error))
            continue
        left -= len(data)
        if data:
            unpacked += _within(from_bytes(label, data), data, archive.name, left)
    if not unpacked:
        raise InputError(f"{file.name} holds only empty files.", remedy="Choose an archive that holds rows.")
    return unpacked


def _within(source: SourceFile, data: bytes, archive: str, limit: int) -> list[Unpacked]:
    """A member of an archive, unpacked once more where it is packed itself."""
    packing = next((packing for packing in PACKINGS if data.startswith(packing.magic)), None)
    if packing is None:
        return [Unpacked(source, data, archive)]
    try:
        plain = _bounded(source.name, packing.open(io.BytesIO(data)), limit, packing.name)
    except TooLarge:
        raise
    except InputError as error:
        return [Unpacked(source, b"", archive, error)]
    return [Unpacked(source, plain, f"{archive}, {packing.name}")] if plain else []


def _opened(label: str, member: Member) -> Readable:
    try:
        return member.open()
    except Exception as error:  # as above
        raise InputError(f"{label} cannot be unpacked ({error}).", remedy="Unpack it first.") from error


def is_hidden(name: str) -> bool:
    """Whether a member of an archive is one that systems add for themselves."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")
