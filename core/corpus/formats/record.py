"""The types that readers of files yield (records), and those that record shapes make of them (rows)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

from core.errors import DiverscopeError

Roles = Mapping[str, str]  # {a role as files write it, in lower case: our role}


class Turn(TypedDict):
    """A turn of a conversation: ``role`` is user, assistant, system, function_call or tool.

    ``thinking`` is the thinking before the words, ``pictures`` are the names of pictures, sounds and other media. A
    turn without them does not have these keys. ``written`` is the content as it came, with the marks of its pictures,
    where these stood in a field beside the turns.
    """

    role: str
    content: str
    thinking: NotRequired[str]
    pictures: NotRequired[list[str]]
    written: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came: its line or number (from 1), its fields, and its JSON if the file was JSON."""

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
    """The content of a container. ``invalid``, ``nul`` and ``repeating`` are filled while ``records`` is read."""

    container: str
    unit: Literal["line", "record"]
    records: Iterator[Record | Broken]
    notes: list[str] = field(default_factory=list)
    invalid: list[int] = field(default_factory=list)  # lines (or records) whose bytes were not UTF-8
    nul: list[int] = field(default_factory=list)  # lines that held NUL bytes, read without them
    repeating: list[int] = field(default_factory=list)  # lines whose record names a key twice
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
    thinking: str = ""  # of the whole row; the turns of a conversation also have their own
    unanswered: bool = False  # a last question without an answer was left out
    opens: bool = False  # the format says that there is no question: the answer follows the system prompt
    formerly: Parsed | None = None  # how stored corpora may have read the row; None where they read it as today

    @property
    def question(self) -> str:
        """The whole question: the instruction, a blank line, the input."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction

    @property
    def all_turns(self) -> list[Turn]:
        """The turns; for a single exchange, the question and the answer."""
        if self.turns:
            return self.turns
        answer: Turn = {"role": "assistant", "content": self.response}
        if self.thinking:
            answer["thinking"] = self.thinking
        return [{"role": "user", "content": self.question}, answer]


class BadRecord(DiverscopeError):
    """Raised for a record of a known shape that holds no row; the rejected records list the reason."""


class UnknownRole(BadRecord):
    """Raised for a turn with an unknown role; ``said`` are (role, text) of all turns of its conversation."""

    def __init__(self, what: str, *, said: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(what)
        self.said = tuple(said)


def always(_: Mapping[str, Any]) -> bool:
    """True for every record."""
    return True


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A record shape: how it looks, how it is recognised, how a record becomes rows.

    A record has the shape if ``needs`` is true of its field names and ``holds`` of their values; if no shape has both
    (a side is empty), it has the first shape whose ``needs`` and ``loosely`` are true. ``parse`` returns one row or
    several (nested instances), or raises :class:`BadRecord`. ``uses`` names the fields that become content; other
    scalar fields become columns.
    """

    name: str
    title: str
    looks_like: str
    needs: Callable[[Collection[str]], bool]
    parse: Callable[[Mapping[str, Any], Roles], list[Parsed]]
    uses: Callable[[Collection[str]], frozenset[str]]
    holds: Callable[[Mapping[str, Any]], bool] = always
    loosely: Callable[[Mapping[str, Any]], bool] = always
    thinks: bool = False  # whether a field of the record may hold thinking, apart from its answer
    follows: bool = False  # whether a field of the record may hold earlier turns under one of their other names
    refused: str = ""  # why files of this shape are not an SFT corpus
    remedy: str = ""
    aside: frozenset[str] = frozenset()  # columns of a refused shape that a guessed mapping must not use
    mappable: bool = True  # whether a user can read a refused shape by mapping its columns
