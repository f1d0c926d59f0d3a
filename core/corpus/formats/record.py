"""What readers of files yield, and what readers of record shapes make of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

from core.errors import DiverscopeError

Roles = Mapping[str, str]  # a role as files write it, in small letters: what it is for us


class Turn(TypedDict):
    """Who said what: ``role`` is user, assistant, system, function_call or tool.

    ``thinking`` is what was thought before it was said, ``pictures`` the names of pictures, sounds and other media.
    A turn without them has no such keys.
    """

    role: str
    content: str
    thinking: NotRequired[str]
    pictures: NotRequired[list[str]]


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
    thinking: str = ""  # of the whole row; a conversation's turns have their own shares of it
    unanswered: bool = False  # a last question without an answer was left out
    opens: bool = False  # the record's format says that nothing is asked: the answer follows the system prompt

    @property
    def question(self) -> str:
        """What is asked: the instruction, a blank line, the input."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction

    @property
    def all_turns(self) -> list[Turn]:
        """The turns; of a single exchange, what is asked and what is answered."""
        if self.turns:
            return self.turns
        answer: Turn = {"role": "assistant", "content": self.response}
        if self.thinking:
            answer["thinking"] = self.thinking
        return [{"role": "user", "content": self.question}, answer]


class BadRecord(DiverscopeError):
    """A record of a known shape that holds no row; the reason goes to the rejected rows."""


class UnknownRole(BadRecord):
    """A turn whose role nobody knows; ``said`` are (role, text) of all turns of its conversation."""

    def __init__(self, what: str, *, said: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(what)
        self.said = tuple(said)


def always(_: Mapping[str, Any]) -> bool:
    """What holds of every record."""
    return True


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A record shape: how it looks, how it is recognised, how a record becomes rows.

    A record has the shape where ``needs`` holds of its field names and ``holds`` of their values; where no shape holds
    (a side is empty), the first takes it whose ``needs`` and ``loosely`` do. ``parse`` gives one row or several
    (nested instances); it raises :class:`BadRecord`. ``uses`` names those among given fields that became content: the
    other scalar fields become columns.
    """

    name: str
    title: str
    looks_like: str
    needs: Callable[[Collection[str]], bool]
    parse: Callable[[Mapping[str, Any], Roles], list[Parsed]]
    uses: Callable[[Collection[str]], frozenset[str]]
    holds: Callable[[Mapping[str, Any]], bool] = always
    loosely: Callable[[Mapping[str, Any]], bool] = always
    thinks: bool = False  # whether thinking may stand in a field of the record, beside its answer
    refused: str = ""  # why files of this shape are no SFT corpus
    remedy: str = ""
    aside: frozenset[str] = frozenset()  # columns of a refused shape that no mapping should be guessed from
    mappable: bool = True  # whether a person who maps columns could read a refused shape all the same
