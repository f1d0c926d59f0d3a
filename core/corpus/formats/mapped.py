"""Files of no known shape: which column is what, said by a person and guessed beforehand."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.corpus.formats.record import BadRecord, Parsed, Shape
from core.corpus.formats.turns import conversation, decoded, read_turns, text_of
from core.errors import InputError

CHOSEN = ("chosen", "preferred", "response_chosen")  # the better answer of a pair; it may follow a conversation
NAMES = {
    "conversation": ("messages", "conversations", "conversation", "dialog", "dialogue", "turns", "chat"),
    "instruction": (
        "instruction", "prompt", "question", "query", "problem", "task", "request", "user", "human", "ask", "title",
        "goal", "source_text", "inputs", "q",
    ),
    "response": (
        "response", "output", "completion", "answer", "reply", "assistant", *CHOSEN, "target", "targets", "solution",
        "gpt", "bot", "summary", "generation", "result", "label_text", "a",
    ),
    "input": ("input", "context", "passage", "document", "article", "background"),
    "system": ("system", "system_prompt", "system_message", "persona"),
    "source": ("source", "dataset", "origin", "subset", "data_source"),
    "category": ("category", "label", "topic", "task_type", "type", "domain", "tag", "kind", "class"),
}  # fmt: skip

UNKNOWN = "The columns are not known:"  # how the message begins, for a page that only has the message


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """Which column holds what; None for nothing. ``a.b`` reaches into nested fields.

    With ``conversation`` its turns make the row, and ``response``, where given too, is one more assistant turn.
    """

    instruction: str | None = None
    response: str | None = None
    input: str | None = None
    system: str | None = None
    conversation: str | None = None
    source: str | None = None
    category: str | None = None

    def as_json(self) -> dict[str, str]:
        return {field: column for field, column in asdict(self).items() if column}

    def check(self, columns: Sequence[str]) -> None:
        """Raises :class:`InputError` when a column is not there, or no response is named."""
        for field, column in self.as_json().items():
            if column not in columns and column.split(".")[0] not in columns:
                raise InputError(
                    f"There is no column “{column}” for the {field}.", remedy=f"There are: {', '.join(columns)}."
                )
        if not self.conversation and not (self.instruction and self.response):
            missing = "response" if self.instruction else "instruction"
            raise InputError(
                f"No column is named as the {missing}.",
                remedy="An SFT row needs an instruction and a response, or a column with a conversation.",
            )


@dataclass(frozen=True)
class Preview:
    """A file whose columns a person has to map: what it holds, and what seems to be what."""

    file: str
    container: str
    columns: tuple[str, ...]
    records: tuple[dict[str, Any], ...]  # the first few, as they came
    guess: FieldMapping
    why: str
    scores: bool = False  # numbers and names of rows, no text: rather scores than rows to train on


class MappingNeeded(InputError):
    """Files of no known shape; ``previews`` is what a mapping form shows."""

    def __init__(self, previews: Sequence[Preview]) -> None:
        self.previews = tuple(previews)
        listed = "; ".join(f"{view.file} ({view.why})" for view in previews)
        super().__init__(
            f"{UNKNOWN} {listed}",
            remedy="Say in the column mapping which column is the instruction and which the response.",
        )


class MappingOffered(InputError):
    """Files with columns of unknown names: they become a corpus once a person says which column is which field."""

    def __init__(self, what: str, previews: Sequence[Preview], *, remedy: str = "") -> None:
        self.previews = tuple(previews)
        super().__init__(what, remedy=remedy)


def guess(records: Sequence[AnyMapping[str, Any]]) -> FieldMapping:
    """What the columns of ``records`` seem to be: by name first, then the longest text is the response.

    A column of numbers is never an instruction, and a response only beside an instruction of words.
    """
    columns = _columns(records)
    numbers = {column for column in columns if _is_numbers(records, column)}
    plain = {column: column.lower().replace(" ", "_").replace("-", "_") for column in columns}
    taken: dict[str, str] = {}
    for field, names in NAMES.items():
        for name in names:
            match = next((column for column in columns if plain[column] == name and column not in taken.values()), None)
            if match and (field != "conversation" or _is_conversation(records, match)):
                taken[field] = match
                break
    if "conversation" not in taken:
        conversation = next((column for column in columns if _is_conversation(records, column)), None)
        if conversation:
            taken["conversation"] = conversation
    if "conversation" in taken:
        taken.pop("instruction", None)
        if taken.get("response") == taken["conversation"] or plain.get(taken.get("response", "")) not in CHOSEN:
            taken.pop("response", None)
        return FieldMapping(**taken)
    if taken.get("instruction") in numbers:
        del taken["instruction"]
    free = [
        column
        for column in columns
        if column not in {*taken.values(), *numbers} and not _is_name(column) and _length(records, column) >= 8
    ]
    if taken.get("response") in numbers and not (free or "instruction" in taken):
        del taken["response"]
    free.sort(key=lambda column: -_length(records, column))
    if len(free) == 1 and not {"instruction", "response"} & {*taken}:
        return FieldMapping(**taken)  # a single text: nothing says where the question ends
    for field in ("response", "instruction"):
        if field not in taken and free:
            taken[field] = free.pop(0)
    return FieldMapping(**taken)


def why_unknown(records: Sequence[AnyMapping[str, Any]], mapping: FieldMapping) -> str:
    """One phrase on what is missing from files of no known shape."""
    columns = ", ".join(_columns(records)[:8])
    if not mapping.conversation and not mapping.response:
        return f"it has no response column; its columns: {columns}"
    return f"its columns: {columns}"


def looks_like_scores(records: Sequence[AnyMapping[str, Any]]) -> bool:
    """Whether ``records`` hold numbers and, beside names of rows or short labels, no text."""
    columns = [column for column in _columns(records) if not _is_name(column)]
    numbers = [column for column in columns if _is_numbers(records, column)]
    return bool(numbers) and all(_length(records, column) < 8 for column in columns if column not in numbers)


def shape(mapping: FieldMapping) -> Shape:
    """The record shape that a person described."""
    chosen = mapping.as_json()

    def parse(record: AnyMapping[str, Any]) -> list[Parsed]:
        system = text_of(_reach(record, mapping.system))
        if mapping.conversation:
            turns = read_turns(_reach(record, mapping.conversation))
            if mapping.response:
                turns.append({"role": "assistant", "content": text_of(_reach(record, mapping.response))})
            return [conversation(turns, system=system)]
        asked, answered = text_of(_reach(record, mapping.instruction)), text_of(_reach(record, mapping.response))
        return [Parsed(asked, answered, text_of(_reach(record, mapping.input)), system)]

    return Shape(
        name="mapped",
        title="Columns mapped by hand",
        looks_like=", ".join(f"{field} = {column}" for field, column in chosen.items()),
        matches=lambda record: True,
        parse=parse,
        uses=frozenset(chosen.values()) - {mapping.source or "", mapping.category or ""},
    )


def _reach(record: AnyMapping[str, Any], column: str | None) -> Any:
    if not column:
        return None
    if column in record:
        return record[column]
    value: Any = record
    for part in column.split("."):
        value = value.get(part) if isinstance(value, AnyMapping) else None
    return value


def _is_conversation(records: Sequence[AnyMapping[str, Any]], column: str) -> bool:
    filled = [record[column] for record in records if record.get(column)]
    try:
        values = [decoded(value) for value in filled]
        return bool(values) and all(
            isinstance(value, list) and value and isinstance(value[0], AnyMapping) and read_turns(value)
            for value in values
        )
    except BadRecord:
        return False


def _columns(records: Sequence[AnyMapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for record in records for key in record))


def _is_name(column: str) -> bool:
    """Whether the column is called as one that names rows is."""
    called = column.lower()
    return called in ("id", "uuid", "index", "row") or called.endswith(("_id", " id"))


def _is_numbers(records: Sequence[AnyMapping[str, Any]], column: str) -> bool:
    filled = [record[column] for record in records if record.get(column) not in (None, "")]
    return bool(filled) and all(isinstance(value, int | float) or _reads_as_number(value) for value in filled)


def _reads_as_number(value: Any) -> bool:
    """Whether text, as CSV gives it, is a number."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _length(records: Sequence[AnyMapping[str, Any]], column: str) -> float:
    texts = [record[column] for record in records if isinstance(record.get(column), str)]
    return sum(map(len, texts)) / len(records) if texts else 0.0
