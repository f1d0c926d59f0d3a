"""Guesses the columns of an unknown file; a guess is tried on its records before it is offered."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from typing import Any

from core.corpus.formats import parts
from core.corpus.formats.mapped import FieldMapping, reach, shape
from core.corpus.formats.record import BadRecord, UnknownRole
from core.corpus.formats.roles import ROLES
from core.corpus.formats.turns import decoded, read_turns
from core.corpus.formats.values import filled

CHOSEN = ("chosen", "preferred", "response_chosen")  # the better answer of a pair; it may follow a conversation
NAMES = {
    "conversation": ("messages", "conversations", "conversation", "dialog", "dialogue", "turns", "chat"),
    "instruction": (
        "instruction", "prompt", "question", "query", "problem", "task", "request", "user", "human", "ask", "title",
        "goal", "source_text", "inputs", "q",
    ),
    "response": (
        "response", "output", "completion", "solution", "answer", "reply", "assistant", *CHOSEN, "target", "targets",
        "gpt", "bot", "summary", "generation", "result", "label_text", "a",
    ),
    "input": ("input", "context", "passage", "document", "article", "background"),
    "system": ("system", "system_prompt", "system_message", "persona"),
    "source": ("source", "dataset", "origin", "subset", "data_source"),
    "category": ("category", "label", "topic", "task_type", "type", "domain", "tag", "kind", "class"),
    "thinking": (*parts.THINKING, "deepseek_reasoning", "thinking_trajectory"),
}  # fmt: skip

# A text under one of these names counts as a question or an answer, whatever it looks like: "Hi", "yes".
_SURE = {
    "instruction", "prompt", "question", "query", "problem", "response", "output", "completion", "answer", "solution",
    *CHOSEN,
}  # fmt: skip
# Pairs of texts that belong together although neither answers the other.
_NO_PAIRS = ({"premise", "hypothesis"}, {"sentence1", "sentence2"}, {"sentence_1", "sentence_2"}, {"text1", "text2"})
_NO_WORDS = re.compile(r"[a-z]+://\S*|/\S*|[A-Za-z]:\\\S*|[0-9a-fA-F-]{8,}|\d{4}-\d\d-\d\d[\d T:.+Z-]*")
# Endings of the names of columns that hold names of rows, places, times or states.
_LAST_WORDS = {
    "id", "ids", "uuid", "index", "row", "hash", "url", "date", "lang", "language", "role", "state", "status", "name",
    "names", "author", "address", "street", "city", "country", "phone", "email", "company", "path",
}  # fmt: skip
_LETTERS = {"q", "a"}  # names that say nothing beside "b" or another letter
_QUESTION_MARKS = ("?", "？", "؟", "\u037e")  # the last is the Greek one
_LONGER = 1.5  # an answer is at least this many times as long as a question, where nothing else tells them apart
_LONG = 8  # least average of characters for a column to count as text
_LOADS = 0.5  # least share of the records that a guess has to read


def guess(records: Sequence[AnyMapping[str, Any]]) -> FieldMapping:
    """The likely mapping of the columns of ``records``: by name first, then the longest text is the response.

    Of two texts under names that say nothing, the one that asks is the instruction, or else the much shorter one. A
    column of numbers, names, addresses or labels is never an instruction, and it is a response only if the instruction
    is text. A mapping that would not read half of the records is not offered: then the guess is empty.
    """
    columns = columns_of(records)
    taken = _by_name(records, columns)
    conversation = taken.get("conversation") or next(
        (name for name in columns if _is_conversation(records, name)), None
    )
    if conversation:
        taken["conversation"] = conversation
        taken.pop("instruction", None)
        if taken.get("response") == conversation or _plain(taken.get("response", "")) not in CHOSEN:
            taken.pop("response", None)
        return _tried(records, FieldMapping(**taken))
    numbers = {column for column in columns if _is_numbers(records, column)}
    for field in ("instruction", "response"):
        column = taken.get(field)
        if column and column not in numbers and _plain(column) not in _SURE and not _is_words(records, column):
            del taken[field]
    if taken.get("instruction") in numbers:
        del taken["instruction"]
    free = [
        column
        for column in columns
        if column not in {*taken.values(), *numbers} and not _is_name(column) and _is_text(records, column)
    ]
    if taken.get("response") in numbers and not (free or "instruction" in taken):
        del taken["response"]
    free.sort(key=lambda column: -_length(records, column))
    if not {"instruction", "response"} & {*taken}:
        pair = _question_first(records, free)
        if not pair:
            return FieldMapping()  # it is unknown which text is the question and which the answer
        free = [pair[1], pair[0]]
    for field in ("response", "instruction"):
        if field not in taken and free:
            taken[field] = free.pop(0)
    return _tried(records, FieldMapping(**taken))


def _question_first(records: Sequence[AnyMapping[str, Any]], columns: Sequence[str]) -> tuple[str, str] | None:
    """(question, answer) of two columns of text, the longer first, whose names say nothing; None if that is unclear."""
    if len(columns) != 2 or {_plain(column) for column in columns} in _NO_PAIRS:
        return None
    longer, shorter = columns
    asking = [column for column in columns if _asks(records, column)]
    if len(asking) == 1:
        return asking[0], longer if asking[0] == shorter else shorter
    return (shorter, longer) if _length(records, longer) >= _LONGER * _length(records, shorter) else None


def _asks(records: Sequence[AnyMapping[str, Any]], column: str) -> bool:
    """Whether most texts of the column end with a question mark."""
    texts = [value for record in records if isinstance(value := reach(record, column), str) and filled(value)]
    return 2 * sum(text.rstrip().endswith(_QUESTION_MARKS) for text in texts) > len(texts)


def columns_of(records: Sequence[AnyMapping[str, Any]]) -> list[str]:
    """The fields of ``records``, and of objects in them as ``a.b``, in order of appearance."""
    names: dict[str, None] = {}
    for record in records:
        for key, value in record.items():
            names[key] = None
            if isinstance(value, AnyMapping):
                names.update(dict.fromkeys(f"{key}.{inner}" for inner in value))
    return list(names)


def why_unknown(records: Sequence[AnyMapping[str, Any]], mapping: FieldMapping) -> str:
    """One phrase on what is missing from files of no known shape."""
    columns = ", ".join(list(dict.fromkeys(key for record in records for key in record))[:8])
    if not mapping.conversation and not mapping.response:
        return f"it has no response column; its columns: {columns}"
    return f"its columns: {columns}"


def looks_like_scores(records: Sequence[AnyMapping[str, Any]]) -> bool:
    """Whether ``records`` hold numbers and, beside names of rows or short labels, no text."""
    columns = [column for column in columns_of(records) if not _is_name(column)]
    numbers = [column for column in columns if _is_numbers(records, column)]
    return bool(numbers) and all(_length(records, column) < _LONG for column in columns if column not in numbers)


def _by_name(records: Sequence[AnyMapping[str, Any]], columns: Sequence[str]) -> dict[str, str]:
    """{field: column} for the columns whose names say which field they are."""
    taken: dict[str, str] = {}
    other_letters = {name for column in columns if len(name := _plain(column)) == 1} - _LETTERS
    for field, names in NAMES.items():
        for name in names:
            if name in _LETTERS and other_letters:
                continue
            free = (column for column in columns if column not in taken.values())
            column = next((column for column in free if _plain(column) == name), None)
            if column and _fits(records, field, column):
                taken[field] = column
                break
    return taken


def _fits(records: Sequence[AnyMapping[str, Any]], field: str, column: str) -> bool:
    values = [value for record in records if filled(value := reach(record, column))]
    if field == "conversation":
        return _is_conversation(records, column)
    if field in ("source", "category"):
        return all(not isinstance(value, (list, AnyMapping)) for value in values)
    return bool(values) or field == "response"


def _tried(records: Sequence[AnyMapping[str, Any]], mapping: FieldMapping) -> FieldMapping:
    """``mapping`` if it reads enough of ``records``, else an empty one; an incomplete mapping is returned untried."""
    if not mapping.conversation and not (mapping.instruction and mapping.response):
        return mapping
    parse, read = shape(mapping).parse, 0
    for record in records:
        try:
            read += all(row.instruction.strip() and row.response.strip() for row in parse(record, ROLES))
        except UnknownRole:
            read += 1  # the user is asked who that is
        except BadRecord:
            continue
    return mapping if read >= _LOADS * len(records) else FieldMapping()


def _is_conversation(records: Sequence[AnyMapping[str, Any]], column: str) -> bool:
    values = [value for record in records if filled(value := reach(record, column))]
    return bool(values) and all(map(_are_turns, values))


def _are_turns(value: Any) -> bool:
    try:
        entries = decoded(value)
        if not isinstance(entries, list) or not entries or not isinstance(entries[0], AnyMapping):
            return False
        return bool(read_turns(entries))
    except UnknownRole:
        return True
    except BadRecord:
        return False


def _plain(column: str) -> str:
    """How the column is called, without what it stands in."""
    return column.rpartition(".")[2].lower().replace(" ", "_").replace("-", "_")


def _is_name(column: str) -> bool:
    """Whether the column's name is one of columns that hold names of rows, states or times."""
    words = re.split(r"[^a-z0-9]+", column.lower())
    return words[-1] in _LAST_WORDS


def _is_words(records: Sequence[AnyMapping[str, Any]], column: str) -> bool:
    """Whether the column holds written text, rather than labels, addresses, dates or the same value everywhere."""
    texts = [value for record in records if isinstance(value := reach(record, column), str) and filled(value)]
    if not texts or (len(texts) > 3 and len({*texts}) <= max(1, len(texts) // 20)):
        return False
    worded = [text for text in texts if (" " in text.strip() or not text.isascii()) and not _NO_WORDS.fullmatch(text)]
    return 2 * len(worded) >= len(texts)


def _is_text(records: Sequence[AnyMapping[str, Any]], column: str) -> bool:
    return _length(records, column) >= _LONG and _is_words(records, column)


def _is_numbers(records: Sequence[AnyMapping[str, Any]], column: str) -> bool:
    values = [value for record in records if filled(value := reach(record, column))]
    return bool(values) and all(isinstance(value, int | float) or _reads_as_number(value) for value in values)


def _reads_as_number(value: Any) -> bool:
    """Whether text, as CSV gives it, is a number."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _length(records: Sequence[AnyMapping[str, Any]], column: str) -> float:
    """The mean number of characters of the column's texts over all records."""
    texts = [value for record in records if isinstance(value := reach(record, column), str)]
    return sum(map(len, texts)) / len(records) if texts else 0.0
