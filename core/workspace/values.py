"""Small computed values under the digest of what they were computed from: slow metrics, random bands.

A value may be put again under its key, and by another process: a job puts the readings of a subset anew when it has
measured one more metric. So a value is read from its file each time. That takes some 40 microseconds; a look-up in
DuckDB takes 1,300, and what one process has looked up says nothing of what another has written since.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from core.errors import WorkspaceError, quoted
from core.workspace import atomic
from core.workspace.artefacts import FORMATS, Workspace


def get(workspace: Workspace, key: str) -> Any | None:
    """The value that was last put under ``key``, or None where there is none.

    A damaged file, or one of a newer version, counts as absent: the value is computed again.
    """
    try:
        stored = orjson.loads(_path(workspace, key).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    if not isinstance(stored, dict) or stored.get("format", 0) > FORMATS["values"]:
        return None
    return stored.get("value")


def put(workspace: Workspace, key: str, value: Any) -> None:
    """Keep ``value`` (JSON; NaN becomes null inside lists) under ``key``, which is made of hexadecimal digits.

    Raises :class:`WorkspaceError` when the disk is full; the value itself is then still in the caller's hands.
    """
    if value is None:
        raise ValueError("None stands for an absent value")
    atomic.write_json(_path(workspace, key), {"format": FORMATS["values"], "value": value})


def _path(workspace: Workspace, key: str) -> Path:
    if len(key) < 8 or not all(char in "0123456789abcdef" for char in key):
        raise WorkspaceError(f"{quoted(key)} is not a digest.")
    return workspace.home / "values" / key[:2] / f"{key}.json"
