"""Small computed values under the digest of what they were computed from: slow metrics, random bands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from core.errors import WorkspaceError
from core.workspace import atomic
from core.workspace.artefacts import FORMATS, Workspace
from core.workspace.cache import Cache, shared


def get(workspace: Workspace, key: str, *, cache: Cache | None = None) -> Any | None:
    """The value under ``key``, or None where it was never computed.

    ``cache``, by default the one that this process shares, is read first; a value read from a file is added to it. A
    damaged file, or one of a newer version, counts as absent: the value is computed again.
    """
    cache = cache or shared(workspace)
    if cache is not None:
        known = cache.value(key)
        if known is not None:
            return known
    try:
        stored = orjson.loads(_path(workspace, key).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    if not isinstance(stored, dict) or stored.get("format", 0) > FORMATS["values"]:
        return None
    value = stored.get("value")
    if cache is not None and value is not None:
        cache.remember(key, value)
    return value


def put(workspace: Workspace, key: str, value: Any, *, cache: Cache | None = None) -> None:
    """Keep ``value`` (JSON; NaN becomes null inside lists) under ``key``, which is made of hexadecimal digits.

    Raises :class:`WorkspaceError` when the disk is full; the caller still has the value then.
    """
    if value is None:
        raise ValueError("None stands for an absent value")
    atomic.write_json(_path(workspace, key), {"format": FORMATS["values"], "value": value})
    cache = cache or shared(workspace)
    if cache is not None:
        cache.remember(key, value)


def _path(workspace: Workspace, key: str) -> Path:
    if len(key) < 8 or not all(char in "0123456789abcdef" for char in key):
        raise WorkspaceError(f"{key!r} is not a digest.")
    return workspace.home / "values" / key[:2] / f"{key}.json"
