"""The artefact folders: immutable, content-addressed, each with a manifest that carries its format's version."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core import settings
from core.errors import WorkspaceError, quoted
from core.workspace import atomic

# The format version of each kind of artefact. Raise it when the files inside change their meaning.
FORMATS = {
    "corpora": 1,
    "features": 1,
    "plans": 1,
    "subsets": 1,
    "studies": 1,
    "prompts": 1,
    "benchmarks": 1,
    "answers": 1,
    "judgements": 1,
    "bases": 1,
    "models": 1,
    "trained": 1,
    "ledger": 1,
    "jobs": 1,
    "values": 1,
}


Signature = tuple[int, int, int]  # of a file: when it was changed (nanoseconds), its size, its inode


def signature(path: str) -> Signature | None:
    """The signature of a plain file; it differs once the file was written again. None where there is none."""
    try:
        known = os.stat(path)
    except (OSError, ValueError):
        return None
    return (known.st_mtime_ns, known.st_size, known.st_ino) if stat.S_ISREG(known.st_mode) else None


# The artefacts that this process opened, by the path of their manifest, with the signature that the file had. A page
# lists all saved subsets at each run; of those that did not change only the signature is read again. Another process
# may delete an artefact and make it again: its signature differs then, and the manifest is read anew.
_OPENED: dict[str, tuple[Signature, Artefact]] = {}
MOST_OPENED = 100_000  # artefacts that are remembered; beyond this all are forgotten at once
_KEY = re.compile(r"[\w-]+")
LONGEST_KEY = 255  # bytes of a folder's name that file systems take


@dataclass(frozen=True, eq=False)
class Artefact:
    """One immutable folder: ``manifest.json`` and the files it names. An unchanged artefact is one object when it is
    opened again, so that what is derived from it can be kept beside it."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.folder.name

    def path(self, name: str) -> Path:
        return self.folder / name

    def array(self, name: str) -> NDArray[Any]:
        """``name``.npy, memory-mapped and read-only."""
        return np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)


@dataclass(frozen=True)
class Workspace:
    """A folder of artefacts: ``<home>/<kind>/<key>/``."""

    home: Path

    @classmethod
    def default(cls) -> Workspace:
        """The workspace that the environment names (``DIVERSCOPE_HOME``)."""
        return cls(settings.home())

    def folder(self, kind: str, key: str) -> Path:
        return Path(self._folder(kind, key))

    def _folder(self, kind: str, key: str) -> str:
        if kind not in FORMATS:
            raise KeyError(kind)
        if not _KEY.fullmatch(key) or len(key.encode()) > LONGEST_KEY:
            raise WorkspaceError(f"{quoted(key)} is not the name of an artefact.")
        return f"{self.home}/{kind}/{key}"

    def has(self, kind: str, key: str) -> bool:
        return (self.folder(kind, key) / "manifest.json").is_file()

    def open(self, kind: str, key: str) -> Artefact:
        """The artefact. Raises :class:`WorkspaceError` when it is gone or was written by a newer version."""
        folder = self._folder(kind, key)
        return self._opened(folder, kind, key, signature(f"{folder}/manifest.json"))

    def _opened(self, folder: str, kind: str, key: str, signed: Signature | None) -> Artefact:
        """As :meth:`open`, given the signature of the manifest (None where there is none)."""
        known = _OPENED.get(folder)
        if known is not None and known[0] == signed:
            return known[1]
        artefact = self._read(kind, key)
        if signed is not None:
            if len(_OPENED) >= MOST_OPENED:
                _OPENED.clear()
            _OPENED[folder] = signed, artefact
        return artefact

    def _read(self, kind: str, key: str) -> Artefact:
        folder = self.folder(kind, key)
        try:
            manifest = orjson.loads((folder / "manifest.json").read_bytes())
        except FileNotFoundError as error:
            raise WorkspaceError(
                f"{kind}/{key} is not in the workspace {self.home}.",
                remedy="It may have been deleted: look in the trash.",
            ) from error
        except orjson.JSONDecodeError as error:
            raise WorkspaceError(f"The manifest of {kind}/{key} is damaged.", remedy=f"Delete {folder}.") from error
        if manifest.get("format", 0) > FORMATS[kind]:
            raise WorkspaceError(
                f"{kind}/{key} was written by a newer Diverscope (format {manifest['format']}; this one reads up to "
                f"{FORMATS[kind]}).",
                remedy="Update Diverscope, or set DIVERSCOPE_HOME to another folder.",
            )
        return Artefact(folder, manifest)

    @contextmanager
    def create(self, kind: str, key: str, manifest: Mapping[str, Any]) -> Iterator[Path]:
        """Write a new artefact: fill the folder that is yielded; it appears whole when the block ends."""
        with atomic.staged_folder(self.folder(kind, key)) as staging:
            yield staging
            stamped = {**manifest, "format": FORMATS[kind], "key": key, "made_at": time.time()}
            atomic.write_json(staging / "manifest.json", stamped)

    def keys(self, kind: str) -> list[str]:
        """Keys of all artefacts of ``kind``, sorted."""
        return sorted(key for key, _, _ in self._there(kind))

    def _there(self, kind: str) -> Iterator[tuple[str, str, Signature]]:
        """(key, folder, signature of the manifest) of each artefact of ``kind``, in no order."""
        folder = f"{self.home}/{kind}"
        try:
            keys = [key for key in os.listdir(folder) if not key.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return
        for key in keys:
            signed = signature(f"{folder}/{key}/manifest.json")
            if signed is not None:
                yield key, f"{folder}/{key}", signed

    def each(self, kind: str) -> Iterator[tuple[str, Artefact | WorkspaceError]]:
        """Each artefact of ``kind`` by its key, sorted; the error of those that cannot be opened."""
        for key, folder, signed in sorted(self._there(kind)):
            try:
                yield key, self._opened(folder, kind, key, signed)
            except WorkspaceError as error:
                yield key, error

    def unreadable(self, kind: str) -> dict[str, str]:
        """The artefacts of ``kind`` that cannot be opened (damaged, or of a newer version): {key: error message}."""
        return {key: str(item) for key, item in self.each(kind) if isinstance(item, WorkspaceError)}

    def list(self, kind: str) -> list[Artefact]:
        """All readable artefacts of ``kind``, newest first; those of a newer version are left out."""
        readable = [item for _, item in self.each(kind) if isinstance(item, Artefact)]
        return sorted(readable, key=lambda artefact: -float(artefact.manifest.get("made_at", 0)))
