"""ShareGPT ``conversations`` and its cousins, chat ``messages``, Gemini ``contents``, and earlier exchanges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.corpus.formats.parts import text_of
from core.corpus.formats.pictures_beside import with_pictures_beside
from core.corpus.formats.record import BadRecord, Parsed, Roles, Shape, Turn
from core.corpus.formats.turns import (
    ASKED,
    SYSTEMS,
    conversation,
    declared_tools,
    decoded,
    read_turns,
    said_under,
    speaker,
)  # fmt: skip
from core.corpus.formats.values import filled, text_under

CHAT_KEYS = ("messages",)
GEMINI_KEYS = ("contents",)
SHAREGPT_KEYS = ("conversations", "conversation", "dialog", "dialogue", "turns", "thread")
RECORD_SYSTEMS = (*SYSTEMS, "system_instruction", "systemInstruction")
RECORD_TOOLS = ("tools", "functions")
HISTORY = "history"  # earlier exchanges, read beside every question and answer
# Other names of them, which count only where the value is a list of exchanges or of turns.
EARLIER = ("chat_history", "conversation_history", "dialogue_history", "past", "previous_turns", "context_turns")

_EARLIER = frozenset(EARLIER)


def _holds_turns(value: Any) -> bool:
    if isinstance(value, str):
        return value.lstrip().startswith("[")
    return isinstance(value, list) or (
        isinstance(value, Mapping) and bool(value) and all(isinstance(column, list) for column in value.values())
    )


def system_of(record: Mapping[str, Any]) -> str:
    """The system prompt in a field of ``record`` outside its turns."""
    return text_under(record, RECORD_SYSTEMS, text_of)


def turns_under(record: Mapping[str, Any]) -> str | None:
    """The field of ``record`` that holds its turns; None where none does."""
    return next((key for key in (*CHAT_KEYS, *GEMINI_KEYS, *SHAREGPT_KEYS) if _holds_turns(record.get(key))), None)


def entries_of(record: Mapping[str, Any]) -> list[Any]:
    """The entries of the conversation in ``record``, as they came; [] if it has no list of entries."""
    key = turns_under(record)
    entries = decoded(record[key]) if key else None
    return list(entries) if isinstance(entries, (list, tuple)) else []


def earlier_under(record: Mapping[str, Any]) -> str | None:
    """The field of ``record``, under another name than :data:`HISTORY`, with its earlier turns; None for none."""
    if _EARLIER.isdisjoint(record) or filled(record.get(HISTORY)):
        return None
    return next((name for name in EARLIER if name in record and _holds_earlier(record[name])), None)


def turns_before(record: Mapping[str, Any], roles: Roles) -> list[Turn]:
    """The earlier turns in a field of ``record`` beside its question and its answer; [] for none."""
    name = earlier_under(record) or HISTORY
    return history_turns(record[name], roles) if name in record else []


def _holds_earlier(value: Any) -> bool:
    """Whether ``value`` is a list of [question, answer] or of {role, content}."""
    try:
        entries = decoded(value)
    except BadRecord:
        return False
    return isinstance(entries, (list, tuple)) and bool(entries) and all(map(_is_earlier, entries))


def _is_earlier(entry: Any) -> bool:
    if isinstance(entry, Mapping):
        return speaker(entry) is not None and said_under(entry) is not None
    return isinstance(entry, (list, tuple)) and len(entry) == 2 and all(isinstance(side, str) for side in entry)


def history_turns(value: Any, roles: Roles) -> list[Turn]:
    """The turns of earlier exchanges, given as [question, answer] pairs or like any conversation."""
    entries = decoded(value)
    if not filled(entries):
        return []
    if not isinstance(entries, (list, tuple)):
        raise BadRecord("The history is no list of [question, answer].")
    if any(isinstance(entry, (list, tuple)) and len(entry) != 2 for entry in entries):
        raise BadRecord("The history is no list of [question, answer].")
    return read_turns(entries, roles)


def _conversation(keys: tuple[str, ...], holds_entries: Callable[[Any], bool] = filled) -> dict[str, Any]:
    """Recognise and read records that hold turns under the first of ``keys``."""

    def parse(record: Mapping[str, Any], roles: Roles) -> list[Parsed]:
        key = next(key for key in keys if _holds_turns(record.get(key)))
        entries = decoded(record[key])
        tools = next((record[name] for name in RECORD_TOOLS if filled(record.get(name))), None)
        turns, system, tools = read_turns(entries, roles), system_of(record), tools or declared_tools(entries)
        illustrated = with_pictures_beside(turns, record)
        parsed = conversation(illustrated or turns, system=system, tools=tools)
        if illustrated:
            parsed.formerly = conversation(turns, system=system, tools=tools)
        if _nothing_is_asked(entries) and parsed.system and not parsed.instruction:
            parsed.opens = True
            parsed.turns = None if len(parsed.turns or ()) == 1 else parsed.turns
        return [parsed]

    return {
        "needs": lambda names: any(key in names for key in keys),
        "holds": lambda record: any(_holds_turns(record.get(key)) and holds_entries(record[key]) for key in keys),
        "loosely": lambda record: any(_holds_turns(record.get(key)) for key in keys),
        "parse": parse,
        "uses": lambda names: frozenset(
            next((name for name in group if name in names), "") for group in (keys, RECORD_SYSTEMS, RECORD_TOOLS)
        ),
    }


def _nothing_is_asked(entries: Any) -> bool:
    """Whether the first entry is an exchange {input, output} whose input is empty, so that there is no question."""
    first = entries[0] if isinstance(entries, (list, tuple)) and entries else None
    if isinstance(first, dict) and ("role" in first or "from" in first):
        return False
    if not isinstance(first, Mapping) or speaker(first) is not None:
        return False
    return any(key in first for key in ASKED) and not any(filled(first.get(key)) for key in ASKED)


def _holds_parts(entries: Any) -> bool:
    return isinstance(entries, list) and any(isinstance(entry, Mapping) and "parts" in entry for entry in entries)


def with_history(parsed: Parsed, before: list[Turn]) -> Parsed:
    """A question and its answer with the turns ``before`` them; ``parsed`` itself if there are none."""
    if not before:
        return parsed
    return conversation([*before, *parsed.all_turns], system=parsed.system, tools=parsed.tools)


SHAPES = (
    Shape(
        name="messages",
        title="Chat messages",
        looks_like='{"messages": [{"role": "user", "content": text or parts}, …]}',
        **_conversation(CHAT_KEYS),
    ),
    Shape(
        name="sharegpt",
        title="ShareGPT",
        looks_like='{"conversations": [{"from": "human", "value": …}, {"from": "gpt", "value": …}, …]}',
        **_conversation(SHAREGPT_KEYS),
    ),
    Shape(
        name="gemini",
        title="Gemini contents",
        looks_like='{"contents": [{"role": "user", "parts": [{"text": …}]}, {"role": "model", "parts": […]}, …]}',
        **_conversation(GEMINI_KEYS, _holds_parts),
    ),
)
