"""What in a conversation trainers can read: an answer at the end, calls and tools as JSON; and how they are written.

A call is JSON with ``name`` and ``arguments``, or a list of such objects; tools are a JSON list of objects. Anything
else stops a trainer. LLaMA-Factory's ``dataset_info.json`` is as of its version 0.9.5: a column that an entry names
must be in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from core.corpus.clean import clean
from core.corpus.formats.parts import thinking_of
from core.corpus.formats.record import Turn
from core.corpus.verbatim import Verbatim
from core.export.format import Problem

ANSWERS = ("assistant", "function_call")
ASKS = ("user", "tool")
KEEPS_ALL = "take them as JSONL, which holds every record as it came"

THOUGHT = "reasoning_content"  # the key of what was thought before an answer

NO_ANSWER = Problem(
    "an answer that is empty or missing", "A model would learn to say nothing", "complete them, or " + KEEPS_ALL
)
NO_CALL = Problem(
    "calls that are not JSON with a name and arguments",
    "A trainer stops at the first of them",
    "mend them, or " + KEEPS_ALL,
)
NO_TOOLS = Problem(
    "a declaration of tools that is not a JSON list of objects",
    "A trainer stops at the first of them",
    "mend them, or " + KEEPS_ALL,
)


def dataset_info(stem: str, entry: Mapping[str, Any]) -> dict[str, bytes]:
    """``dataset_info.json`` with one entry, named ``stem``, for the file ``STEM.json``."""
    whole = {stem: {"file_name": f"{stem}.json", **entry}}
    return {"dataset_info.json": orjson.dumps(whole, option=orjson.OPT_INDENT_2)}


def unreadable(turns: Sequence[Turn], tools: str) -> Problem | None:
    """What in a conversation stops a trainer, or would teach a model to answer nothing; None if nothing does."""
    if not turns or turns[-1]["role"] not in ANSWERS:
        return NO_ANSWER
    if any(turn["role"] == "assistant" and not clean(turn["content"]) for turn in turns):
        return NO_ANSWER
    if any(turn["role"] == "function_call" and calls_of(turn["content"]) is None for turn in turns):
        return NO_CALL
    if tools and not _is_list_of_objects(tools):
        return NO_TOOLS
    return None


def thought(texts: Verbatim, turn: Turn, beside: Mapping[str, Any]) -> dict[str, str]:
    """The thinking of ``turn`` under its key, where no field of the record or of its entry holds it."""
    if "thinking" not in turn or thinking_of(beside)[0] or (texts.shape is not None and texts.shape.thinks):
        return {}
    return {THOUGHT: turn["thinking"]}


def call_text(text: str) -> str:
    """A call as trainers read it: the text as it is, or OpenAI's nested call made flat."""
    calls, value = calls_of(text), _parsed(text)
    written = value if isinstance(value, list) else [value]
    if calls is None or all(
        call.get("name") == flat["name"] and call.get("arguments") == flat["arguments"]
        for call, flat in zip(written, calls, strict=True)
    ):
        return text
    return orjson.dumps(calls[0] if len(calls) == 1 else calls).decode()


def calls_of(text: str) -> list[dict[str, Any]] | None:
    """The calls in a turn as ``{"name", "arguments"}``, with arguments decoded from JSON text; None without a call.

    OpenAI writes ``{"id", "type", "function": {"name", "arguments": JSON text}}``; its ids are left out.
    """
    value = _parsed(text)
    calls = value if isinstance(value, list) else [value]
    flat: list[dict[str, Any]] = []
    for call in calls:
        inner = call.get("function", call) if isinstance(call, dict) else None
        if not (isinstance(inner, dict) and isinstance(inner.get("name"), str) and "arguments" in inner):
            return None
        arguments = inner["arguments"]
        decoded = _parsed(arguments) if isinstance(arguments, str) else arguments
        flat.append({"name": inner["name"], "arguments": decoded if isinstance(decoded, dict) else arguments})
    return flat or None


def _is_list_of_objects(text: str) -> bool:
    value = _parsed(text)
    return isinstance(value, list) and all(isinstance(tool, dict) for tool in value)


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
