"""A stretch of a file: a range of its bytes that is read by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ByteRange:
    """Bytes ``start`` to ``end`` of a file, with ``before`` lines or records above them. They stay where they are."""

    path: Path
    start: int
    end: int
    before: int

    @property
    def name(self) -> str:
        """What the runs of this stretch are called: no other stretch of the file has the name."""
        return str(self.start)

    def read(self) -> bytes:
        """All its bytes."""
        with open(self.path, "rb") as stream:
            stream.seek(self.start)
            return stream.read(self.end - self.start)

    def done(self) -> None:
        """Nothing: the bytes stay where they are."""
