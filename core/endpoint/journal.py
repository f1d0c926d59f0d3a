"""An append-only file of answers, one on each line: a kill loses at most the line being written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from core.workspace import atomic


class JournalFile:
    """The records at ``path``, in the order in which they were written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def size(self) -> int:
        """Bytes that are written; it grows with every record."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def records(self) -> Iterator[dict[str, Any]]:
        """Each record; a broken line (the last of a killed job) is left out."""
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for line in lines:
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(record, dict):
                yield record

    def add(self, record: Mapping[str, Any]) -> None:
        """Write one record. Raises :class:`core.errors.WorkspaceError` when the disk is full."""
        with atomic.explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Each record begins with a line break, so that it is separate from an earlier one that was cut short.
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                os.write(descriptor, b"\n" + orjson.dumps(dict(record)))
            finally:
                os.close(descriptor)
