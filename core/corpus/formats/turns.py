"""Conversations: reading turns under their many names, and making rows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from core.corpus.formats.record import BadRecord, Parsed, Turn

ROLES = {
    "user": "user", "human": "user", "prompter": "user", "question": "user", "instruction": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "bot": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "bard": "assistant", "claude": "assistant", "ai": "assistant", "answer": "assistant",
    "system": "system", "developer": "system",
    "function_call": "function_call", "tool_call": "function_call", "tool_calls": "function_call",
    "observation": "tool", "tool": "tool", "function": "tool", "tool_response": "tool", "function_response": "tool",
    "ipython": "tool",
}  # fmt: skip

CONTENTS = ("content", "value", "text")  # keys of an entry that hold what was said, in order of preference


def text_of(value: Any) -> str:
    """The text of a content: a string, a list of parts (text parts are joined), a dict that holds one, a number.

    Raises :class:`BadRecord` for parts that are no text (an image), which a text corpus cannot carry.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Mapping):
        for key in ("text", "value", "content"):
            if key in value:
                return text_of(value[key])
        raise BadRecord(f"A {value.get('type', 'part')} part is no text.")
    if isinstance(value, (list, tuple)):
        return "\n".join(filter(None, (text_of(part) for part in value)))
    return str(value)


def decoded(value: Any) -> Any:
    """Turns that a CSV or Parquet column carries as a JSON string or as a struct of lists, made a list."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise BadRecord(f"The turns are no readable JSON ({error}).") from error
    if isinstance(value, Mapping) and value and all(isinstance(column, list) for column in value.values()):
        value = [dict(zip(value, row, strict=False)) for row in zip(*value.values(), strict=False)]
    return value


def read_turns(value: Any) -> list[Turn]:
    """The turns of a conversation: dicts with role/content or from/value, or strings that alternate, user first."""
    value = decoded(value)
    if not isinstance(value, (list, tuple)):
        raise BadRecord("The turns are no list.")
    return [turn for index, item in enumerate(value) for turn in turns_of(item, index)]


def turns_of(item: Any, index: int) -> list[Turn]:
    """The turns in the entry at ``index`` (from 0) of a conversation: what was said, what was called, or both."""
    if isinstance(item, str):
        return [{"role": "assistant" if index % 2 else "user", "content": item}]
    if not isinstance(item, Mapping):
        raise BadRecord(f"Turn {index + 1} is no object.")
    said = item.get("role", item.get("from"))
    role = ROLES.get(str(said).strip().lower())
    if role is None:
        raise BadRecord(f"Turn {index + 1} has the unknown role {said!r}.")
    turns: list[Turn] = []
    content = text_of(next((item[key] for key in CONTENTS if item.get(key) is not None), None))
    calls = item.get("tool_calls") or item.get("function_call")
    if content or not calls:
        turns.append({"role": role, "content": content})
    if calls:
        turns.append({"role": "function_call", "content": orjson.dumps(calls, default=str).decode()})
    return turns


def conversation(turns: Sequence[Turn], *, system: str = "", tools: Any = None) -> Parsed:
    """One row of a whole conversation.

    Instruction: all user turns joined by newlines; response: all assistant turns. System, function and tool turns
    stay in ``turns`` and count in neither. A single exchange without anything else is a plain row without turns.
    """
    kept = list(turns)
    if kept and kept[0]["role"] == "system":
        first = kept.pop(0)["content"]
        system = f"{system}\n{first}" if system and first != system else first
    said = {role: "\n".join(turn["content"] for turn in kept if turn["role"] == role) for role in ("user", "assistant")}
    plain = [turn["role"] for turn in kept] == ["user", "assistant"]
    return Parsed(
        said["user"],
        said["assistant"],
        system=system,
        tools=tools_text(tools),
        turns=None if plain or not kept else kept,
    )


def exchanges(parsed: Parsed) -> list[Parsed]:
    """One row an exchange: what the user said, and what the assistant answered until the user spoke again.

    Each row's ``turns`` run from the beginning to its own end, so that export can rebuild what went before.
    """
    if not parsed.turns:
        return [parsed]
    turns, starts = parsed.turns, [0]
    for index, turn in enumerate(turns):
        if index and turn["role"] == "user" and turns[index - 1]["role"] != "user":
            starts.append(index)
    rows = []
    for start, end in zip(starts, [*starts[1:], len(turns)], strict=True):
        own = turns[start:end]
        said = {
            role: "\n".join(turn["content"] for turn in own if turn["role"] == role) for role in ("user", "assistant")
        }
        rows.append(Parsed(said["user"], said["assistant"], "", parsed.system, parsed.tools, turns[:end]))
    return rows


def tools_text(tools: Any) -> str:
    """Tool declarations as text: a string as it came, anything else as JSON with sorted keys."""
    if not tools:
        return ""
    return tools if isinstance(tools, str) else orjson.dumps(tools, option=orjson.OPT_SORT_KEYS, default=str).decode()
