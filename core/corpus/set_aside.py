"""Records that were set aside, each with its reason: any number of them, of which the first bytes are in memory."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, overload

from core.corpus import originals

IN_MEMORY = 8 << 20  # bytes of JSON


class RecordsAside(Sequence[dict[str, Any]]):
    """Objects as JSON lines, in the order in which they came; those beyond ``IN_MEMORY`` bytes lie on the disk.

    They lie in a file without a name in the ``folder``, or where the system keeps such files; it is gone with the last
    reference to them, or with the process. Values that JSON does not have come back as text. 8 bytes an object stay in
    memory.
    """

    def __init__(self, entries: Iterable[dict[str, Any]] = (), *, folder: Callable[[], Path] | None = None) -> None:
        self._folder = folder
        self._ends = array("q")
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._on_disk = 0  # bytes
        self.extend(entries)

    def append(self, entry: dict[str, Any]) -> None:
        """Set one more aside."""
        self.add_lines([originals.encode(entry).encode()])

    def extend(self, entries: Iterable[dict[str, Any]]) -> None:
        """Set more aside."""
        self.add_lines(entries.lines() if isinstance(entries, RecordsAside) else map(_line, entries))

    def add_lines(self, lines: Iterable[bytes]) -> None:
        """Set aside what :meth:`lines` gave, here or elsewhere."""
        for line in lines:
            self._memory += line
            self._ends.append((self._ends[-1] if self._ends else 0) + len(line))
            if len(self._memory) > IN_MEMORY:
                if self._file is None:
                    made = tempfile.TemporaryFile(dir=self._folder() if self._folder else None)  # noqa: SIM115
                    self._file = made
                assert self._file is not None
                self._file.seek(self._on_disk)
                self._on_disk += self._file.write(self._memory)
                self._memory.clear()

    def clear(self) -> None:
        """Forget all."""
        self.cut(0)

    def cut(self, length: int) -> None:
        """Forget all but the first ``length``."""
        del self._ends[length:]
        size = self._ends[-1] if self._ends else 0
        del self._memory[max(0, size - self._on_disk) :]
        self._on_disk = min(self._on_disk, size)

    def lines(self) -> Iterator[bytes]:
        """The objects as JSON, in their order, without line ends."""
        return (self.line(place) for place in range(len(self._ends)))

    def first(self, count: int) -> list[dict[str, Any]]:
        """The first ``count`` objects."""
        return [self[place] for place in range(min(count, len(self)))]

    def write(self, path: Path) -> None:
        """Write the file at ``path``, an object a line."""
        with open(path, "wb") as file:
            file.writelines(line + b"\n" for line in self.lines())

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        return originals.decode(self.line(range(len(self))[place]).decode())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RecordsAside):
            return len(self) == len(other) and all(map(bytes.__eq__, self.lines(), other.lines()))
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return str(self.first(20))

    def __reduce__(self) -> tuple[Any, ...]:
        return _of_lines, ([*self.lines()],)

    def line(self, place: int) -> bytes:
        """One object as JSON."""
        start, end = self._ends[place - 1] if place else 0, self._ends[place]
        if start >= self._on_disk:
            return bytes(self._memory[start - self._on_disk : end - self._on_disk])
        assert self._file is not None
        self._file.seek(start)
        return self._file.read(end - start)


def _line(entry: dict[str, Any]) -> bytes:
    return originals.encode(entry).encode()


def _of_lines(lines: list[bytes]) -> RecordsAside:
    made = RecordsAside()
    made.add_lines(lines)
    return made


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file that :meth:`RecordsAside.write` wrote; none where there is no such file."""
    if path.exists():
        with open(path, "rb") as file:
            yield from (line.rstrip(b"\n") for line in file)
