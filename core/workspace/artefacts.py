"""The artefact folders: immutable, content-addressed, each with a manifest that carries its format's version."""

from __future__ import annotations

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
from core.errors import WorkspaceError
from core.workspace import atomic

# The format version of each kind of artefact. Raise it when the files inside change their meaning.
FORMATS = {"corpora": 1, "features": 1, "plans": 1, "subsets": 1, "studies": 1, "ledger": 1, "jobs": 1, "values": 1}


@dataclass(frozen=True)
class Artefact:
    """One immutable folder: ``manifest.json`` and the files it names."""

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
        if kind not in FORMATS:
            raise KeyError(kind)
        if not key or not all(char.isalnum() or char in "-_" for char in key):
            raise WorkspaceError(f"{key!r} is not the name of an artefact.")
        return self.home / kind / key

    def has(self, kind: str, key: str) -> bool:
        return (self.folder(kind, key) / "manifest.json").is_file()

    def open(self, kind: str, key: str) -> Artefact:
        """The artefact. Raises :class:`WorkspaceError` when it is gone or was written by a newer version."""
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
        folder = self.home / kind
        return sorted(
            path.parent.name for path in folder.glob("*/manifest.json") if not path.parent.name.startswith(".")
        )

    def unreadable(self, kind: str) -> dict[str, str]:
        """The artefacts of ``kind`` that cannot be opened (damaged, or of a newer version): {key: error message}."""
        reasons: dict[str, str] = {}
        for key in self.keys(kind):
            try:
                self.open(kind, key)
            except WorkspaceError as error:
                reasons[key] = str(error)
        return reasons

    def list(self, kind: str) -> list[Artefact]:
        """All readable artefacts of ``kind``, newest first; those of a newer version are left out."""
        artefacts = []
        for key in self.keys(kind):
            try:
                artefacts.append(self.open(kind, key))
            except WorkspaceError:
                continue
        return sorted(artefacts, key=lambda artefact: (-float(artefact.manifest.get("made_at", 0)), artefact.key))
