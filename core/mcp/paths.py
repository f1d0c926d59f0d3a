"""Paths that an assistant names: under the data roots, without a way out."""

from __future__ import annotations

import os
from pathlib import Path

from core import settings
from core.errors import InputError, in_short


def allowed(path: str) -> Path:
    """``path`` if it lies under the data roots, goes through no link and holds no "..". Raises :class:`InputError`.

    :func:`core.settings.allowed_path` follows links and asks where they end; here a link is refused whatever it means,
    since whoever asks cannot see that it is one.
    """
    if not path.strip():
        raise InputError("Name a file or a folder.")
    typed = settings.typed_path(path.strip())
    if ".." in typed.parts:
        raise InputError(f"{in_short(path)} goes up a folder.", remedy="Name the path from the root of the disk.")
    if not typed.is_absolute():
        raise InputError(f"{in_short(path)} is not a whole path.", remedy="Name the path from the root of the disk.")
    resolved = settings.allowed_path(typed)
    for root in settings.data_roots():
        written = Path(os.path.abspath(typed))
        if written == root or root in written.parents:
            below = written.relative_to(root).parts
            if any(root.joinpath(*below[: count + 1]).is_symlink() for count in range(len(below))):
                raise InputError(f"{in_short(path)} goes through a link.", remedy="Name the file that it leads to.")
    if not resolved.exists():
        raise InputError(f"There is no file or folder {in_short(path)}.")
    return resolved
