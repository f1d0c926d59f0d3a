"""Names and notes that users give to artefacts: the only things about an artefact that change."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.errors import InputError, WorkspaceError, quoted
from core.workspace import atomic
from core.workspace.artefacts import Signature, Workspace, signature
from core.workspace.locks import locked

FORMAT = 1
LONGEST = 300  # characters of a name: the longest name of a file and a number fit
LONGEST_NOTE = 4_000  # characters of a note


@dataclass(frozen=True)
class Name:
    """A name and its version; the version goes up by one with each change."""

    text: str
    version: int


def names(workspace: Workspace, kind: str) -> dict[str, Name]:
    """All names given to artefacts of ``kind``, by their key."""
    return {key: _name(entry) for key, entry in _read(_path(workspace, kind)).items()}


def get_name(workspace: Workspace, kind: str, key: str) -> Name | None:
    """The name of one artefact, or None where it was never named."""
    entry = _read(_path(workspace, kind)).get(key)
    return None if entry is None else _name(entry)


def _name(entry: Mapping[str, Any]) -> Name:
    return Name(entry["name"], entry["version"])


def set_name(workspace: Workspace, kind: str, key: str, text: str, *, expected_version: int) -> Name:
    """Name an artefact, provided its name is still the one that the caller saw (version 0: none yet).

    Raises :class:`WorkspaceError` when somebody else named it meanwhile, and :class:`InputError` for an empty or
    very long name.
    """
    clean = " ".join(text.split())
    if not clean or len(clean) > LONGEST or not clean.isprintable():
        raise InputError(f"A name has 1 to {LONGEST} printable characters.", remedy="Give another name.")
    path = _path(workspace, kind)
    with locked(path.with_suffix(".lock")):
        entries = _read_file(path, "names")
        version = entries.get(key, {}).get("version", 0)
        if version != expected_version:
            raise WorkspaceError(
                f"The name was changed meanwhile, to {quoted(entries[key]['name'])}."
                if key in entries
                else "It was unnamed.",
                remedy="Reload the page and rename it again if you still want to.",
            )
        entries[key] = {"name": clean, "version": version + 1, "changed_at": time.time()}
        atomic.write_json(path, {"format": FORMAT, "names": entries})
    return Name(clean, version + 1)


def notes(workspace: Workspace, kind: str) -> dict[str, str]:
    """All notes on artefacts of ``kind``, by their key."""
    return {key: str(entry["note"]) for key, entry in _read(_notes_path(workspace, kind), "notes").items()}


def set_note(workspace: Workspace, kind: str, key: str, text: str) -> None:
    """Write ``text`` as the note on an artefact, in place of an earlier one; an empty text removes it.

    Raises :class:`InputError` for a very long text.
    """
    clean = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if len(clean) > LONGEST_NOTE:
        raise InputError(f"A note has at most {LONGEST_NOTE:,} characters, not {len(clean):,}.", remedy="Shorten it.")
    path = _notes_path(workspace, kind)
    with locked(path.with_suffix(".lock")):
        entries = _read_file(path, "notes")
        entries.pop(key, None)
        if clean:
            entries[key] = {"note": clean, "changed_at": time.time()}
        atomic.write_json(path, {"format": FORMAT, "notes": entries})


def _notes_path(workspace: Workspace, kind: str) -> Path:
    return workspace.home / "names" / f"{kind}.notes.json"


def _path(workspace: Workspace, kind: str) -> Path:
    return workspace.home / "names" / f"{kind}.json"


# What was read of each file, with the file's signature: a list of saved subsets asks for the name of each.
_READ: dict[Path, tuple[Signature | None, dict[str, dict[str, Any]]]] = {}


def _read(path: Path, part: str = "names") -> Mapping[str, dict[str, Any]]:
    signed = signature(str(path))
    known = _READ.get(path)
    if known is None or known[0] != signed:
        known = _READ[path] = signed, _read_file(path, part)
    return known[1]


def _read_file(path: Path, part: str) -> dict[str, dict[str, Any]]:
    try:
        document = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError as error:
        raise WorkspaceError(f"{path} is damaged.", remedy=f"Delete it: only {part} are lost.") from error
    if document.get("format", 0) > FORMAT:
        raise WorkspaceError(
            f"{path} was written by a newer Diverscope.",
            remedy="Update Diverscope, or set DIVERSCOPE_HOME to another folder.",
        )
    return dict(document[part])
