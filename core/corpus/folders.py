"""What lies in the folders that may be read, for a list to pick from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.corpus.sources import is_data
from core.settings import data_roots

LISTED = 1000  # entries of one folder


@dataclass(frozen=True)
class FolderEntry:
    """A folder or a data file; ``size`` in bytes, None for a folder."""

    path: Path
    size: int | None


def folder_of(path: str, *, address: str = "127.0.0.1") -> Path | None:
    """The folder whose entries a list shows beside ``path``: itself, or the one it lies in.

    The only root where nothing of the path may be read; None where there are several roots, or none.
    """
    roots = data_roots(address)
    if path.strip():
        try:
            resolved = Path(path.strip()).expanduser().resolve()
        except (OSError, RuntimeError, ValueError):
            resolved = Path(os.sep)
        for folder in (resolved, *resolved.parents):
            if any(folder == root or root in folder.parents for root in roots) and _is_folder(folder):
                return folder
    return roots[0] if len(roots) == 1 else None


def entries_of(folder: Path | None, *, address: str = "127.0.0.1") -> tuple[FolderEntry, ...]:
    """The folders, then the data files in ``folder``, by name, at most ``LISTED``; the roots for None.

    Hidden entries, and links that lead out of the roots, are left out, and what may not be read is passed over.
    """
    roots = data_roots(address)
    if folder is None:
        return tuple(FolderEntry(root, None) for root in roots if _is_folder(root))
    folders: list[FolderEntry] = []
    files: list[FolderEntry] = []
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return ()
    for entry in sorted(shown, key=lambda entry: entry.name):
        path = Path(entry.path)
        try:
            if entry.is_symlink() and not _allowed(path.resolve(), roots):
                continue
            if entry.is_dir():
                folders.append(FolderEntry(path, None))
            elif entry.is_file() and is_data(path):
                files.append(FolderEntry(path, entry.stat().st_size))
        except OSError:
            continue
    return tuple([*folders, *files][:LISTED])


def _allowed(path: Path, roots: Sequence[Path]) -> bool:
    return any(path == root or root in path.parents for root in roots)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
