"""What a way out is: rows in, a file out, and what of the rows that file, or who reads it, has no place for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.corpus.formats.record import Turn
from core.counted import counted
from core.export.records import Row


@dataclass(frozen=True)
class Problem:
    """Something that some rows have and a format, or the trainer that reads it, has no place for.

    ``what`` completes "3 rows with …", ``why`` and ``remedy`` are half sentences. ``kept``: the rows are written all
    the same, and only the trainer named in ``why`` passes over them.
    """

    what: str
    why: str
    remedy: str
    kept: bool = False

    def message(self, rows: int) -> str:
        """The line that a person reads before the export and after it."""
        beginning = "Written, but not read by every trainer" if self.kept else "Left out"
        return f"{beginning}: {counted(rows, 'row')} with {self.what}. {self.why}: {self.remedy}."


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One written format: the file of rows, the trainer's own files by name, and the row ids of each problem."""

    data: bytes
    rows: int
    config: Mapping[str, bytes] = field(default_factory=dict)
    problems: Mapping[Problem, tuple[int, ...]] = field(default_factory=dict)

    @property
    def messages(self) -> list[str]:
        """One line a problem, with the number of its rows and what to do."""
        return [problem.message(len(ids)) for problem, ids in self.problems.items()]


@dataclass(frozen=True, kw_only=True)
class Format(ABC):
    """One way out: what it is called and what it looks like; ``suffix`` ends the name of its file of rows."""

    name: str
    title: str
    suffix: str
    looks_like: str

    @abstractmethod
    def export(self, rows: Sequence[Row], *, recipe: bytes, stem: str) -> Exported:
        """The rows written in this format; ``stem`` is the name of the file of rows, without its suffix."""

    def problem(self, turns: Sequence[Turn], tools: str) -> Problem | None:
        """What of a conversation this format cannot say; None where it says all of it."""
        return None

    def write(self, rows: Sequence[Row], recipe: bytes) -> bytes:
        """The file of rows alone."""
        return self.export(rows, recipe=recipe, stem=self.name).data
