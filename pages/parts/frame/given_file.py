"""A file that the user gives: from the browser, or a path that the server may read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core import settings
from core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class FileToRead:
    """A file's name, and how its bytes are read; ``read`` raises :class:`InputError` where they may not be read."""

    name: str
    read: Callable[[], bytes]

    @property
    def stem(self) -> str:
        return Path(self.name).stem


def given_file(label: str, *, kinds: Sequence[str], key: str, place: Any = st) -> FileToRead | None:
    """Draw the two fields in ``place``; None while neither is filled. ``kinds`` are the endings of the file's name."""
    upload = place.file_uploader(label, type=[kind[1:] for kind in kinds], key=f"{key}.file")
    path = place.text_input(
        "or a path on the server", key=f"{key}.path", placeholder="~/data/my_file", help=f"One of {', '.join(kinds)}."
    )
    path = str(path or "").strip()
    if upload is not None:
        return FileToRead(name=upload.name, read=upload.getvalue)
    return FileToRead(name=Path(path).name, read=lambda: _read(path)) if path else None


def _read(path: str) -> bytes:
    allowed = settings.allowed_path(path, address=str(st.get_option("server.address") or ""))
    try:
        return allowed.read_bytes()
    except OSError as error:
        raise InputError(f"{allowed.name} cannot be read: {error.strerror}.", remedy="Check the path.") from error
