"""Writing so that a reader sees all of a file or folder, or none of it."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from core.errors import WorkspaceError


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path`` and rename it into place. Raises :class:`WorkspaceError` when it cannot."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    with explained(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON with sorted keys."""
    write_bytes(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``target`` when the block ends well, and is removed when the block fails.

    An existing ``target`` is kept: another process was faster with the same content.
    """
    staging = target.parent / f".staging-{target.name}-{uuid.uuid4().hex[:8]}"
    with explained(target):
        try:
            staging.mkdir(parents=True)
            yield staging
            try:
                os.replace(staging, target)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission under ``path`` into a :class:`WorkspaceError` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WorkspaceError(
                f"The disk that holds {path.parent} is full; nothing was changed.",
                remedy="Free some space (deleted corpora wait in the trash), or set DIVERSCOPE_HOME to another disk.",
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise WorkspaceError(
                f"{path.parent} cannot be written.",
                remedy="Check its permissions, or set DIVERSCOPE_HOME to a folder of yours.",
            ) from error
        raise
