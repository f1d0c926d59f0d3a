"""Reads a file's bytes, unpacked if it is packed, up to a stated number of bytes; many of them stay on the disk."""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.corpus.formats import parquet
from core.corpus.packings import ARCHIVES, HEAD, PACKINGS, Archive, Member, Packing, Readable
from core.corpus.sources import SourceFile, from_bytes, numbered_names, opened
from core.errors import InputError

BLOCK = 1 << 20
DEFAULT_LIMIT_MB = 4096
GROWS = 8  # times its size that a packed file is likely to unpack to, at most
TIMES = 32  # what a table on the disk may unpack to


@dataclass(frozen=True)
class Unpacked:
    """The bytes of one file, and how it was packed ("" for not at all).

    Where they are many, they lie in the file at ``path``, and ``data`` is empty.
    """

    file: SourceFile
    data: bytes
    packing: str = ""
    refused: InputError | None = None  # why a member of an archive cannot be read; the others can
    path: Path | None = None

    def head(self, size: int) -> bytes:
        """The first ``size`` bytes."""
        if self.path is None:
            return self.data[:size]
        with open(self.path, "rb") as stream:
            return stream.read(size)

    def whole(self, *, limit: int) -> bytes:
        """All bytes in memory. Raises :class:`InputError` where there are more than ``limit``."""
        if self.path is None:
            return self.data
        with open(self.path, "rb") as stream:
            return b"".join(bounded(self.file.name, stream, limit=limit, packing=self.packing))


@dataclass(frozen=True)
class Spool:
    """Where bytes go that are more than ``size``: files of the ``folder``. Without a folder all stay in memory."""

    size: int = 0
    folder: Callable[[], Path] | None = None

    def keep(self, blocks: Iterator[bytes], *, room: int | None = None) -> tuple[bytes, Path | None]:
        """All ``blocks`` joined, or a file that holds them where they have more than ``room`` bytes, else ``size``."""
        room = self.size if room is None else room
        head: list[bytes] = []
        length = 0
        for block in blocks:
            head.append(block)
            length += len(block)
            if self.folder is not None and length > room:
                path = self.folder() / f"unpacked-{uuid.uuid4().hex}"
                with open(path, "wb") as copy:
                    copy.writelines(head)
                    head.clear()
                    copy.writelines(blocks)
                return b"", path
        return b"".join(head), None


IN_MEMORY = Spool()


def limit_bytes() -> int:
    """The most bytes that one file may hold once unpacked: ``DIVERSCOPE_MAX_FILE_MB``, else 4,096 MB."""
    value = os.environ.get("DIVERSCOPE_MAX_FILE_MB", "")
    return (int(value) if value.isdigit() and int(value) > 0 else DEFAULT_LIMIT_MB) * 1_000_000


def most_bytes(part: Unpacked) -> int:
    """The most bytes that a table may hold: those of :func:`limit_bytes`, or as many times its own as tables unpack to
    where it lies on the disk and nobody set a limit."""
    set_by_user = bool(os.environ.get("DIVERSCOPE_MAX_FILE_MB"))
    return limit_bytes() if part.path is None or set_by_user else max(limit_bytes(), TIMES * part.path.stat().st_size)


def likely_bytes(file: SourceFile) -> int:
    """About how many bytes ``file`` has once unpacked, by its size and its first bytes; rather more than it has."""
    with file.open() as stream:
        head = stream.read(HEAD)
    packed = _archive(head) or _packing(head) or head.startswith(parquet.CONTAINER.magic)
    return (file.size or 0) * (GROWS if packed else 1)


def unpack(file: SourceFile, *, limit: int | None = None, spool: Spool = IN_MEMORY) -> list[Unpacked]:
    """The bytes of ``file``; an archive gives one entry a member. What packs it is seen by its first bytes.

    What is too much for memory lies where ``spool`` says; a file on the disk that nothing packs stays where it is, and
    may then hold any number of bytes unless ``DIVERSCOPE_MAX_FILE_MB`` is set.

    Raises :class:`InputError` when it is empty, damaged, or larger than ``limit`` bytes once unpacked (reading stops
    there, so that a few kilobytes that unpack to terabytes do no harm).
    """
    asked = limit is not None or bool(os.environ.get("DIVERSCOPE_MAX_FILE_MB"))
    limit = limit_bytes() if limit is None else limit
    with file.open() as stream:
        head = stream.read(HEAD)
        stream.seek(0)
        if not head:
            raise InputError(f"{file.name} is empty.", remedy="Choose a file that holds rows.")
        archive = _archive(head)
        if archive:
            return _members(file, stream, archive, limit, spool)
        packing = _packing(head)
        name = packing.name if packing else ""
        if file.path is not None and not packing and spool.folder is not None:
            size = file.path.stat().st_size
            if size > spool.size and not (asked and size > limit):
                return [Unpacked(file, b"", path=file.path)]
        blocks = bounded(file.name, packing.open(stream) if packing else stream, limit=limit, packing=name)
        data, path = spool.keep(blocks)
        if not data and path is None:
            raise InputError(f"{file.name} is empty once unpacked.", remedy="Choose a file that holds rows.")
        unpacked = Unpacked(file, data, name, path=path)
        archive = _archive(unpacked.head(HEAD)) if packing else None
        if archive:
            with open(path, "rb") if path else nullcontext(io.BytesIO(data)) as inside:
                members = _members(file, inside, archive, limit, spool)
            if path is not None:
                path.unlink()
            return members
        return [unpacked]


class TooLarge(InputError):
    """A file that unpacks to more than it may: nothing more is read of what it lies in."""


def _archive(head: bytes) -> Archive | None:
    return next((archive for archive in ARCHIVES if archive.recognise(head)), None)


def _packing(head: bytes) -> Packing | None:
    return next((packing for packing in PACKINGS if head.startswith(packing.magic)), None)


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


def _members(file: SourceFile, stream: BinaryIO, archive: Archive, limit: int, spool: Spool) -> list[Unpacked]:
    """The files of an archive in the order of their names; what packs one of them is taken off too.

    A member that is damaged is refused alone. Of two with one name the later gets a number. Those in memory have as
    many bytes together as ``spool`` lets one file have.
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
    left, room = limit, spool.size
    labels = numbered_names([f"{file.name}/{member.name}" for member in wanted])
    for member, label in zip(wanted, labels, strict=True):
        source = SourceFile(label, file.open, None)
        try:
            blocks = bounded(label, _opened(label, member), limit=left, packing=archive.name)
            data, path = spool.keep(blocks, room=room)
        except TooLarge:
            raise
        except InputError as error:
            unpacked.append(Unpacked(source, b"", archive.name, error))
            continue
        left -= path.stat().st_size if path else len(data)
        if data or path:
            within = _within(_as_file(label, data, path), data, path, archive.name, left, spool, room)
            room -= sum(len(part.data) for part in within)
            unpacked += within
    if not unpacked:
        raise InputError(f"{file.name} holds only empty files.", remedy="Choose an archive that holds rows.")
    return unpacked


def _within(
    source: SourceFile, data: bytes, path: Path | None, archive: str, limit: int, spool: Spool, room: int
) -> list[Unpacked]:
    """A member of an archive, unpacked once more where it is packed itself."""
    member = Unpacked(source, data, archive, path=path)
    packing = _packing(member.head(HEAD))
    if packing is None:
        return [member]
    try:
        with source.open() as stream:
            blocks = bounded(source.name, packing.open(stream), limit=limit, packing=packing.name)
            plain, inside = spool.keep(blocks, room=room)
    except TooLarge:
        raise
    except InputError as error:
        return [Unpacked(source, b"", archive, error)]
    finally:
        if path is not None:
            path.unlink()
    return [Unpacked(source, plain, f"{archive}, {packing.name}", path=inside)] if plain or inside else []


def _as_file(name: str, data: bytes, path: Path | None) -> SourceFile:
    return from_bytes(name, data) if path is None else opened(path, name)


def _opened(label: str, member: Member) -> Readable:
    try:
        return member.open()
    except Exception as error:  # as above
        raise InputError(f"{label} cannot be unpacked ({error}).", remedy="Unpack it first.") from error


def is_hidden(name: str) -> bool:
    """Whether a member of an archive is one that systems add for themselves."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")
