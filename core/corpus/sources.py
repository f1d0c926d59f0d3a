"""Where a file comes from: an upload, bytes in memory, or a path on the server."""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from core import settings
from core.corpus import packings
from core.corpus.formats.registry import CONTAINERS
from core.errors import InputError

DATA_SUFFIXES = tuple(suffix for container in CONTAINERS for suffix in container.suffixes)
PACKED_SUFFIXES = packings.SUFFIXES
DESCRIPTIONS = ("dataset_info.json", "state.json", "dataset_dict.json")
_NUMBERED = re.compile(r" \([0-9]{1,9}\)$")
# What the file of a data set is called when only its split and number tell it from the others.
_OF_DATA_SET = re.compile(
    r"(?:(?:train|test|validation|valid|dev|eval|data|default|part)[-_]?)?+(?:[0-9]{1,6})?+(?:-of-[0-9]{1,6})?+"
)
_SHARD = re.compile(r"data-[0-9]{5}-of-[0-9]{5}")


@dataclass(frozen=True)
class SourceFile:
    """One file to read: a name to show, and how to open its bytes (as often as needed).

    ``belongs_to`` names the data set whose shard it is: the source of its rows where they and its name say none.
    """

    name: str
    open: Callable[[], BinaryIO]
    size: int | None = None  # bytes, if known beforehand
    changed_at: float | None = None  # of a file on the disk: when it was last written
    belongs_to: str = ""
    path: Path | None = None  # of a file on the disk

    @property
    def stem(self) -> str:
        """The file's name without folder and endings: the source of rows that name no source themselves."""
        stem = Path(self.name).name
        while Path(stem).suffix.lower() in (*DATA_SUFFIXES, *PACKED_SUFFIXES) and Path(stem).stem:
            stem = Path(stem).stem
        if self.belongs_to and _OF_DATA_SET.fullmatch(stem):
            return self.belongs_to
        # Shards of a folder are all called alike: their folder is what tells them from others.
        return (Path(self.name).parent.name or "data") if _SHARD.fullmatch(stem) else stem


def from_bytes(name: str, data: bytes) -> SourceFile:
    """Bytes in memory as a file called ``name``."""
    return SourceFile(name, lambda: io.BytesIO(data), len(data))


def from_upload(upload: Any) -> SourceFile:
    """A file that a browser sent: any object with ``name`` and ``getvalue()``."""
    return SourceFile(Path(str(upload.name)).name, lambda: io.BytesIO(upload.getvalue()), len(upload.getvalue()))


def from_path(
    path: str | Path,
    *,
    address: str = "127.0.0.1",
    roots: tuple[Path, ...] | None = None,
    only: Sequence[str] | None = None,
    at_most: int | None = None,
) -> list[SourceFile]:
    """The file at ``path``, or all data files under the folder ``path``, in the order of their names.

    Only folders that :func:`core.settings.allowed_path` permits are read; a link that leads out of the folder is
    skipped. ``only``: the names of the files in the folder to take. Raises :class:`InputError` when there is nothing to
    read, or when more than ``at_most`` files of any kind lie under the folder.
    """
    resolved = settings.allowed_path(str(path).strip(), address=address, roots=roots)
    if resolved.is_file():
        return [opened(resolved, resolved.name)]
    if not resolved.is_dir():
        raise InputError(f"There is no file or folder {path}.", remedy="Check the path: it is one on the server.")
    files = _data_files(resolved, at_most=at_most)
    if not files:
        raise InputError(
            f"The folder {path} holds no data file.",
            remedy=f"Looked for {', '.join(DATA_SUFFIXES)}, each also packed as {', '.join(PACKED_SUFFIXES)}.",
        )
    under = [opened(entry, entry.relative_to(resolved).as_posix()) for entry in files]
    if only is None:
        return under
    taken = [file for file in under if file.name in only]
    if not taken:
        raise InputError("No file of the folder was chosen.", remedy="Choose at least one.")
    return taken


def _data_files(folder: Path, *, at_most: int | None) -> list[Path]:
    """The data files under ``folder``, in order; what is hidden is passed over without a look into it."""
    files: list[Path] = []
    seen = 0
    for inside, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen += len(names)
        if at_most is not None and seen > at_most:
            raise InputError(
                f"More than {at_most:,} files lie under {folder}.", remedy="Name a folder further in, or one file."
            )
        shown = (Path(inside, name) for name in names if not name.startswith("."))
        files += [path for path in shown if is_data(path) and path.is_file() and folder in path.resolve().parents]
    return sorted(files)


def ending_of(name: str) -> str:
    """The ending of a file's name without the endings of what packs it, in small letters, with its dot."""
    path = Path(_NUMBERED.sub("", name))
    while path.suffix.lower() in PACKED_SUFFIXES:
        path = path.with_suffix("")
    return path.suffix.lower()


def distinct(files: Iterable[SourceFile], *, beside: Sequence[str] = ()) -> list[SourceFile]:
    """The files ordered by name, names made distinct by a number: what is read first never depends on the upload.

    ``beside`` are the names of files that were read before; those from an archive hold its name before a slash.
    """
    ordered = sorted(files, key=lambda file: (file.name, file.size or 0))
    before = list(dict.fromkeys(name[:end] for name in beside for end in _ends_of_names(name)))
    names = numbered_names([*before, *(file.name.encode("utf-8", "replace").decode() for file in ordered)])
    names = names[len(before) :]
    return [file if file.name == name else replace(file, name=name) for file, name in zip(ordered, names, strict=True)]


def _ends_of_names(name: str) -> list[int]:
    """Where the names end that ``name`` begins with: those of the archives that hold it, and its own."""
    return [*(at for at, letter in enumerate(name) if letter == "/"), len(name)]


def numbered_names(names: Sequence[str]) -> list[str]:
    """``names`` with a number behind each that stood before; a number that is another's name already is passed over."""
    given, taken = {*names}, set[str]()
    counts: Counter[str] = Counter()
    numbered = []
    for name in names:
        free = name
        while free in taken or (free != name and free in given):
            counts[name] += 1
            free = f"{name} ({counts[name] + 1})"
        taken.add(free)
        numbered.append(free)
    return numbered


def describing(names: Iterable[str]) -> set[str]:
    """Those of ``names`` that only describe the Arrow shards beside them, as ``save_to_disk`` writes them."""
    listed = list(names)
    if not any(ending_of(name) == ".arrow" for name in listed):
        return set()
    return {name for name in listed if Path(name).name in DESCRIPTIONS or Path(name).name.startswith("cache-")}


def is_data(path: Path) -> bool:
    """Whether the ending of a file's name is one of a data file, packed or not."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if not suffixes:
        return False
    if suffixes[-1] in PACKED_SUFFIXES:
        return suffixes[-1] in packings.ARCHIVE_SUFFIXES or (
            len(suffixes) > 1 and suffixes[-2] in (*DATA_SUFFIXES, *packings.ARCHIVE_SUFFIXES)
        )
    return suffixes[-1] in DATA_SUFFIXES


def opened(path: Path, name: str) -> SourceFile:
    """A file that the caller knows to be allowed, under the name ``name``."""
    stat = path.stat()
    return SourceFile(name, lambda: open(path, "rb"), stat.st_size, stat.st_mtime, path=path)
