"""Deleting that can be undone, and what the disk holds."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from core.errors import WorkspaceError
from core.workspace import names
from core.workspace.artefacts import FORMATS, Artefact, Workspace
from core.workspace.atomic import explained
from core.workspace.locks import locked
from core.workspace.scratch import SCRATCH

# Kinds of artefact that are computed from a corpus and useless without it. Subsets and scores are the user's work and
# stay.
FOLLOWING = ("features", "plans")
# Folders of the workspace that hold no artefacts: kind -> (folder, pattern that its items match).
BESIDE = {
    "passports": ("passports", "*/*.json"),
    "verdicts": ("verdicts", "*.jsonl"),
    "cluster-names": ("cluster-names", "*.jsonl"),
    "downloads": ("hub", "*--*"),
    "uploads": ("incoming", "*"),
    "resumable": ("partial", "*"),
}
ABANDONED = 24 * 3600.0  # seconds after which an unfinished folder counts as abandoned


@dataclass(frozen=True)
class Item:
    """One artefact in the trash. ``size`` is in bytes."""

    kind: str
    key: str
    name: str
    size: int
    folder: Path


@dataclass(frozen=True)
class Deletion:
    """Artefacts that were deleted together and are restored together. ``stamp`` names the deletion."""

    stamp: str
    items: tuple[Item, ...]

    @property
    def at(self) -> datetime:
        """When, in UTC."""
        return datetime.strptime(self.stamp, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)

    @property
    def size(self) -> int:
        return sum(item.size for item in self.items)


@dataclass(frozen=True)
class Use:
    """The disk space that one kind of item takes; ``unreadable`` counts artefacts that are newer or damaged."""

    kind: str
    count: int
    size: int
    unreadable: int = 0


def dependents(workspace: Workspace, corpus_id: str) -> list[Artefact]:
    """Features and plans whose manifest names the corpus: without it they are useless."""
    followers = [artefact for kind in FOLLOWING for artefact in workspace.list(kind)]
    return [artefact for artefact in followers if artefact.manifest.get("corpus") == corpus_id]


def discard(workspace: Workspace, kind: str, key: str, *, along: Sequence[Artefact] = ()) -> Deletion:
    """Move an artefact, and those ``along`` with it, to the trash; :func:`restore` brings them back together.

    Raises :class:`WorkspaceError` when the artefact is not there.
    """
    first = workspace.folder(kind, key)
    if not first.is_dir():
        raise WorkspaceError(f"{kind}/{key} is not in the workspace.", remedy="It may have been deleted already.")
    with locked(workspace.home / "trash" / "trash.lock"):
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        for folder in (first, *(artefact.folder for artefact in along)):
            with explained(folder):
                target = workspace.home / "trash" / f"{stamp}-{folder.parent.name}-{folder.name}"
                if folder.is_dir():
                    os.replace(folder, target)
    return find(workspace, stamp)


def deletions(workspace: Workspace) -> list[Deletion]:
    """What lies in the trash, newest first."""
    groups: dict[str, list[Item]] = {}
    given = {kind: names.names(workspace, kind) for kind in FORMATS}
    for folder in sorted((workspace.home / "trash").glob("*-*-*")):
        stamp, kind, key = folder.name.split("-", 2)
        if kind in FORMATS and folder.is_dir():
            name = given[kind][key].text if key in given[kind] else _first_name(folder)
            groups.setdefault(stamp, []).append(Item(kind, key, name, size_of(folder), folder))
    return [Deletion(stamp, tuple(groups[stamp])) for stamp in sorted(groups, reverse=True)]


def find(workspace: Workspace, stamp: str) -> Deletion:
    """One deletion. Raises :class:`WorkspaceError` when it is no longer in the trash."""
    for deletion in deletions(workspace):
        if deletion.stamp == stamp:
            return deletion
    raise WorkspaceError("This is no longer in the trash.", remedy="It was restored or removed meanwhile.")


def restore(workspace: Workspace, stamp: str) -> list[Item]:
    """Put a deletion back where it was; returns the items that stay in the trash because they exist again."""
    there_again = []
    with locked(workspace.home / "trash" / "trash.lock"):
        for item in find(workspace, stamp).items:
            target = workspace.folder(item.kind, item.key)
            if target.exists():
                there_again.append(item)
                continue
            with explained(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(item.folder, target)
    return there_again


def empty(workspace: Workspace, stamp: str | None = None) -> int:
    """Remove one deletion, or all of them, for good; returns the bytes freed."""
    with locked(workspace.home / "trash" / "trash.lock"):
        removed = [find(workspace, stamp)] if stamp else deletions(workspace)
        for deletion in removed:
            for item in deletion.items:
                shutil.rmtree(item.folder, ignore_errors=True)
    return sum(deletion.size for deletion in removed)


def disk_use(workspace: Workspace) -> list[Use]:
    """Bytes by kind of artefact, of the folders beside them, the trash, the cache, unfinished work, and the rest."""
    uses = []
    for kind in FORMATS:
        entries = [path for path in _entries(workspace.home / kind) if not path.name.startswith(".")]
        # Each value is a file; an item of any other kind is a folder.
        count = sum(len(_entries(path)) if kind == "values" else 1 for path in entries if path.is_dir())
        readable = len(workspace.list(kind))
        manifests = len(workspace.keys(kind))
        uses.append(Use(kind, count, sum(map(size_of, entries)), max(0, manifests - readable)))
    for kind, (place, item) in BESIDE.items():
        folder = workspace.home / place
        uses.append(Use(kind, len(list(folder.glob(item))), size_of(folder)))
    trash = deletions(workspace)
    uses.append(Use("trash", len(trash), sum(deletion.size for deletion in trash)))
    cache = list(workspace.home.glob("cache.duckdb*"))
    uses.append(Use("cache", len(cache), sum(map(size_of, cache))))
    left = unfinished(workspace, older=0.0)
    uses.append(Use("unfinished", len(left), sum(map(size_of, left))))
    known = sum(use.size for use in uses)
    uses.append(Use("other", 0, max(0, size_of(workspace.home) - known)))
    return uses


def unfinished(workspace: Workspace, *, older: float = ABANDONED) -> list[Path]:
    """Folders that were being written and never became an artefact, untouched for ``older`` seconds."""
    before = time.time() - older
    staged = [path for kind in FORMATS for path in _entries(workspace.home / kind) if path.name.startswith(".staging-")]
    staged += [path for path in _entries(workspace.home / SCRATCH) if path.is_dir()]
    return [path for path in staged if path.stat().st_mtime <= before]


def sweep(workspace: Workspace) -> int:
    """Remove what killed work left unfinished more than a day ago; returns the bytes freed."""
    freed = 0
    for path in unfinished(workspace):
        freed += size_of(path)
        shutil.rmtree(path, ignore_errors=True)
    return freed


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files under a folder; a file that vanishes meanwhile counts as 0."""
    if not path.is_dir():
        return path.stat().st_size if path.exists() else 0
    total = 0
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                continue
    return total


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _first_name(folder: Path) -> str:
    try:
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return ""
    return str(manifest.get("name") or manifest.get("title") or "")
