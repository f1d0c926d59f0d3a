"""Files of unknown shape: the user says which column is what."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.corpus.formats.conversations import HISTORY, earlier_under, turns_before, with_history
from core.corpus.formats.parts import text_of
from core.corpus.formats.record import Parsed, Roles, Shape
from core.corpus.formats.turns import conversation, read_turns
from core.errors import InputError, in_short, listed_in_short

UNKNOWN = "The columns are not known:"  # how the message begins, for a page that only has the message


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """The column of each field; None for no column. ``a.b`` reaches into nested fields.

    With ``conversation`` its turns make the row, and ``response``, if given too, is a further assistant turn.
    A column ``history`` with earlier exchanges is read beside instruction and response, unless it is mapped itself.
    ``thinking`` is the thinking before the response, or before the last answer of a conversation.
    """

    instruction: str | None = None
    response: str | None = None
    input: str | None = None
    system: str | None = None
    conversation: str | None = None
    source: str | None = None
    category: str | None = None
    thinking: str | None = None

    def as_json(self) -> dict[str, str]:
        return {field: column for field, column in asdict(self).items() if column}

    def check(self, columns: Sequence[str]) -> None:
        """Raises :class:`InputError` when a column is missing, or no response is named."""
        for field, column in self.as_json().items():
            if column not in columns and column.split(".")[0] not in columns:
                raise InputError(
                    f"There is no column “{in_short(column)}” for the {field}.",
                    remedy=f"There are: {listed_in_short(columns)}.",
                )
        if not self.conversation and not (self.instruction and self.response):
            missing = "response" if self.instruction else "instruction"
            raise InputError(
                f"No column is named as the {missing}.",
                remedy="An SFT row needs an instruction and a response, or a column with a conversation.",
            )


@dataclass(frozen=True)
class Preview:
    """A file whose columns the user has to map: its first records, and a guess of the mapping."""

    file: str
    container: str
    columns: tuple[str, ...]
    records: tuple[dict[str, Any], ...]  # the first few, as they came
    guess: FieldMapping
    why: str
    scores: bool = False  # numbers and names of rows, no text: rather scores than rows to train on
    recognised: bool = False  # it has a known shape: it is read as such unless another mapping is chosen


class MappingNeeded(InputError):
    """Raised for files of unknown shape; ``previews`` are shown in the mapping form."""

    def __init__(self, previews: Sequence[Preview]) -> None:
        self.previews = tuple(previews)
        listed = "; ".join(f"{view.file} ({view.why})" for view in previews)
        super().__init__(
            f"{UNKNOWN} {listed}",
            remedy="Say in the column mapping which column is the instruction and which the response.",
        )


class MappingOffered(InputError):
    """Raised for files with unknown columns that become a corpus once the user says which column is which field."""

    def __init__(self, what: str, previews: Sequence[Preview], *, remedy: str = "") -> None:
        self.previews = tuple(previews)
        super().__init__(what, remedy=remedy)


def shape(mapping: FieldMapping) -> Shape:
    """The record shape that the user's mapping describes."""
    chosen = mapping.as_json()

    def parse(record: AnyMapping[str, Any], roles: Roles) -> list[Parsed]:
        system = text_of(reach(record, mapping.system))
        thinking = text_of(reach(record, mapping.thinking)).strip()
        answered = text_of(reach(record, mapping.response))
        if mapping.conversation:
            turns = read_turns(reach(record, mapping.conversation), roles)
            if mapping.response:
                turns.append({"role": "assistant", "content": answered})
            answers = [turn for turn in turns if turn["role"] == "assistant"]
            if thinking and answers:
                answers[-1]["thinking"] = thinking
            return [conversation(turns, system=system)]
        asked = text_of(reach(record, mapping.instruction))
        parsed = Parsed(asked, answered, text_of(reach(record, mapping.input)), system, thinking=thinking)
        name = earlier_under(record) or HISTORY
        reads = not mapping.conversation and name not in chosen.values()
        return [with_history(parsed, turns_before(record, roles) if reads else [])]

    content = frozenset(chosen.values()) - {mapping.source or "", mapping.category or ""}
    reads_history = not mapping.conversation and HISTORY not in chosen.values()
    return Shape(
        name="mapped",
        title="Columns mapped by hand",
        looks_like=", ".join(f"{field} = {column}" for field, column in chosen.items()),
        needs=lambda names: True,
        parse=parse,
        follows=not mapping.conversation,
        uses=lambda names: content | {HISTORY} if reads_history else content,
    )


def reach(record: AnyMapping[str, Any], column: str | None) -> Any:
    """The value of ``column`` in ``record``, None for none; ``a.b`` reaches into nested fields."""
    if not column:
        return None
    if column in record:
        return record[column]
    value: Any = record
    for part in column.split("."):
        value = value.get(part) if isinstance(value, AnyMapping) else None
    return value
