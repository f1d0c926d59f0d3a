"""What readers of files yield, and what readers of record shapes make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import DiverscopeError

Turn = dict[str, str]  # {"role": user | assistant | system | function_call | tool, "content": text}


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it came: its line or number (from 1), its fields, and its JSON where the file was JSON."""

    number: int
    value: dict[str, Any]
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A place in a file that holds no readable record, or a stretch that held ``rows`` of them."""

    number: int
    reason: str
    text: str = ""
    rows: int = 1


@dataclass
class Contents:
    """What a container holds. ``notes`` and ``invalid`` fill while ``records`` is read."""

    container: str
    unit: Literal["line", "record"]
    records: Iterator[Record | Broken]
    notes: list[str] = field(default_factory=list)
    invalid: list[int] = field(default_factory=list)  # lines (or records) whose bytes were no UTF-8
    nul: list[int] = field(default_factory=list)  # lines that held NUL bytes, read without them
    all_text: bool = False  # whether every field is text, as in CSV


@dataclass(slots=True)
class Parsed:
    """The content of one row, before cleaning."""

    instruction: str
    response: str
    input: str = ""
    system: str = ""
    tools: str = ""
    turns: list[Turn] | None = None  # all turns, for a conversation of more than one exchange

    @property
    def question(self) -> str:
        """What is asked: the instruction, a blank line, the input."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction

    @property
    def all_turns(self) -> list[Turn]:
        """The turns; of a single exchange, what is asked and what is answered."""
        if self.turns:
            return self.turns
        return [{"role": "user", "content": self.question}, {"role": "assistant", "content": self.response}]


class BadRecord(DiverscopeError):
    """A record of a known shape that holds no row; the reason goes to the rejected rows."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A record shape: how it looks, how it is recognised, how a record becomes rows.

    ``parse`` gives one row or several (nested instances); it raises :class:`BadRecord`. ``uses`` names the fields
    that became content: the other scalar fields become columns.
    """

    name: str
    title: str
    looks_like: str
    matches: Callable[[Mapping[str, Any]], bool]
    parse: Callable[[Mapping[str, Any]], list[Parsed]]
    uses: frozenset[str]
    refused: str = ""  # why files of this shape are no SFT corpus
    remedy: str = ""
    aside: frozenset[str] = frozenset()  # columns of a refused shape that no mapping should be guessed from
