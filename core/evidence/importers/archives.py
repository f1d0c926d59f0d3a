"""Unpacks archives from untrusted sources: bounded, and never outside the given folder.

Members are written under our own numbers, so that no name in an archive decides where a file is written; both the
claimed and the actual sizes are bounded.
"""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Sized
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from core.errors import InputError

MAX_FILES = 20_000
MAX_UNPACKED = 2 << 30  # bytes that one archive may hold
MAX_RATIO = 200  # largest ratio of unpacked to packed bytes, above BOMB_FLOOR
BOMB_FLOOR = 64 << 20
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class Receiver(Protocol):
    """The object that receives the members: the files so far, those left out as (path, reason), the archive's name."""

    name: str
    problems: list[tuple[str, str]]

    @property
    def files(self) -> Sized: ...

    def add(self, path: str, file: Path) -> None: ...


def unpack(path: Path, folder: Path, tree: Receiver, *, name: str) -> None:
    """Write the members of the archive ``path`` into ``folder`` and give them to ``tree``.

    Links, devices, encrypted and damaged members, archives inside and paths that lead out are left out and listed.
    Raises :class:`InputError` for a bomb or an archive that cannot be read.
    """
    try:
        (_unzip if name.lower().endswith(".zip") else _untar)(path, folder, tree)
    except InputError:
        raise
    except Exception as error:  # whatever the reader of a packing raises at damaged bytes; there is no list of it
        raise InputError(
            f"{name} cannot be unpacked: {error}.", remedy="Copy or download it again, or give the folder."
        ) from error


def _unzip(path: Path, folder: Path, tree: Receiver) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        _refuse_bomb(tree.name, sum(member.file_size for member in members), path.stat().st_size, len(members))
        left = MAX_UNPACKED
        damage: Exception | None = None
        for member in members:
            why = _unsafe(member.filename)
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                why = "a link; links are not followed"
            elif member.flag_bits & 1:
                why = "encrypted"
            if why:
                tree.problems.append((member.filename, why))
                continue
            try:
                with archive.open(member) as stream:
                    target = folder / str(len(tree.files))
                    left -= _copy(stream, target, limit=min(left, member.file_size), name=tree.name)
            except InputError:
                raise
            except Exception as error:  # noqa: BLE001  (as above; the other members can be read)
                damage = error
                tree.problems.append((member.filename, f"damaged in the archive ({error})"))
                continue
            tree.add(_clean(member.filename), folder / str(len(tree.files)))
    if damage is not None and not tree.files:
        raise damage


def _untar(path: Path, folder: Path, tree: Receiver) -> None:
    packed = path.stat().st_size
    unpacked = 0
    with tarfile.open(path, mode="r:*") as archive:
        for count, member in enumerate(archive):
            if member.isdir():
                continue
            # Checked before the next header is read, because skipping a member also unpacks it.
            unpacked += max(0, member.size)
            _refuse_bomb(tree.name, unpacked, packed, count)
            why = _unsafe(member.name)
            if not member.isreg():
                why = "a link; links are not followed" if member.issym() or member.islnk() else "not a plain file"
            stream = None if why else archive.extractfile(member)
            if stream is None:
                tree.problems.append((member.name, why or "not a plain file"))
                continue
            _copy(stream, folder / str(len(tree.files)), limit=member.size, name=tree.name)
            tree.add(_clean(member.name), folder / str(len(tree.files)))


def _refuse_bomb(name: str, unpacked: int, packed: int, files: int) -> None:
    ratio = unpacked / max(1, packed)
    if unpacked > MAX_UNPACKED or files > MAX_FILES or (unpacked > BOMB_FLOOR and ratio > MAX_RATIO):
        raise InputError(
            f"{name} would unpack to {unpacked / 2**20:,.0f} MB in {files:,} files, {ratio:,.0f} times its size: "
            "that looks like a zip bomb, and nothing of it was unpacked further.",
            remedy="Unpack it yourself and give the folder.",
        )


def _unsafe(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":"):
        return "its path leads out of the archive"
    if name.lower().endswith(ARCHIVES):
        return "an archive inside the archive; import it on its own"
    return ""


def _clean(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).as_posix()


def _copy(stream: IO[bytes], target: Path, *, limit: int, name: str) -> int:
    """Copy at most ``limit`` bytes; a member that holds more than it claims is a bomb."""
    with open(target, "wb") as file:
        shutil.copyfileobj(_Bounded(stream, limit, name), file, 1 << 20)
        return file.tell()


class _Bounded:
    def __init__(self, stream: IO[bytes], limit: int, name: str) -> None:
        self.stream, self.left, self.name = stream, limit, name

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise InputError(
                f"{self.name} holds more than it says: that looks like a zip bomb.", remedy="Do not use it."
            )
        return data
