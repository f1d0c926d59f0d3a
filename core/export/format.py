"""The interface of an export format: rows in, a file out, and the rows that the file or its trainer cannot hold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from core.corpus.formats.record import Turn
from core.counted import counted
from core.export.records import Row


@dataclass(frozen=True)
class Problem:
    """A property of some rows that a format, or the trainer that reads it, cannot hold.

    ``what`` completes "3 rows with …", ``why`` and ``remedy`` are half sentences. ``kept``: the rows are written
    nevertheless, and only the trainer named in ``why`` skips them. ``done`` is what happened to them, where that is
    neither "left out" nor "written, but not read by every trainer".
    """

    what: str
    why: str
    remedy: str
    kept: bool = False
    done: str = ""

    def message(self, rows: int) -> str:
        """The line that the user reads before and after the export."""
        usual = "Written, but not read by every trainer" if self.kept else "Left out"
        return f"{self.done or usual}: {counted(rows, 'row')} with {self.what}. {self.why}: {self.remedy}."


@dataclass(frozen=True, kw_only=True)
class Exported:
    """The result of an export: the file of rows, the trainer's own files by name, the row ids of each problem.

    ``rows`` counts the records written. ``fields`` are those of the trainer's layout that every record has.
    """

    data: bytes
    rows: int
    config: Mapping[str, bytes] = field(default_factory=dict)
    problems: Mapping[Problem, tuple[int, ...]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()

    @property
    def messages(self) -> list[str]:
        """A line for each problem, with the number of its rows and what to do."""
        return [problem.message(len(ids)) for problem, ids in self.problems.items()]


@dataclass(frozen=True, kw_only=True)
class Format(ABC):
    """An export format: its title and a description of its file; ``suffix`` is the ending of its file of rows.

    ``counted_by_export``: the problems of rows show only when they are written. ``card``: README.md, which tells people
    and loaders what the files are, goes with the files of rows.
    """

    name: str
    title: str
    suffix: str
    looks_like: str
    counted_by_export: ClassVar[bool] = False
    card: ClassVar[bool] = False

    @abstractmethod
    def export(self, rows: Sequence[Row], *, recipe: bytes, stem: str) -> Exported:
        """The rows written in this format; ``stem`` is the name of the file of rows, without its suffix."""

    def problem(self, turns: Sequence[Turn], tools: str) -> Problem | None:
        """The first thing in a conversation that this format cannot hold; None where it holds all of it."""
        return None

    def write(self, rows: Sequence[Row], recipe: bytes) -> bytes:
        """The file of rows only."""
        return self.export(rows, recipe=recipe, stem=self.name).data
