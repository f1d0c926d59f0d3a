"""Chat messages: conversations of {role, content}, which TRL, Axolotl, ms-swift and OpenRLHF read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from core.corpus.formats.record import Turn
from core.corpus.row_ids import show_id
from core.corpus.verbatim import Verbatim
from core.export.format import Problem
from core.export.records import Row
from core.export.trainers import readable
from core.export.trainers.trainer import Trainer

PICTURES = Problem("pictures or other media", "It trains on text alone", "take them as ShareGPT JSON, or as JSONL")
Calls = Literal["openai", "text", "turns"]
# Names of columns that make TRL, Axolotl, ms-swift or OpenRLHF read a row in another way than by its messages.
MEANT = frozenset(
    {
        "id", "messages", "conversations", "conversation", "prompt", "completion", "chosen", "rejected", "text",
        "texts", "tools", "system", "instruction", "input", "output", "query", "response", "question", "answer",
        "history", "image", "images", "video", "videos", "audio", "audios", "objects", "channel", "margin", "label",
        "labels", "input_ids", "attention_mask", "position_ids", "seq_lengths", "completion_mask", "assistant_masks",
        "loss_scale", "length", "rejected_response", "rejected_messages", "chat_template", "chat_template_kwargs",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Messages(Trainer):
    """A list of records {id, messages: [{role, content, …}], tools}, with tools where any row has them.

    The system prompt is the first message; a row without a question, whose answer follows the system prompt, has that
    prompt as its question. Thinking stands as ``reasoning_content`` beside the answer. ``tools`` is JSON text, because
    a loader would give every tool the keys of all others. ``calls``: "openai" writes ``tool_calls`` at an assistant's
    message, with arguments as an object, which chat templates read; "text" the same with arguments as JSON text, so
    that a table holds them; "turns" writes a message of the role ``tool_call`` with the call as JSON, one for each
    call. The fields of the record as it came stand beside them, under ``original_NAME`` where a trainer gives
    the name a meaning of its own (:data:`MEANT`).
    """

    calls: Calls = "openai"

    def problem(self, turns: Sequence[Turn], tools: str) -> Problem | None:
        if any("pictures" in turn for turn in turns):
            return PICTURES
        return readable.unreadable(turns, tools)

    def record(self, texts: Verbatim) -> dict[str, Any]:
        system, turns, beside = texts.system, texts.turns, texts.beside
        if system and turns[0]["role"] == "user" and not turns[0]["content"].strip():
            turns, system = [{**turns[0], "content": system}, *turns[1:]], ""
        messages = [{"role": "system", "content": system}] if system else []
        for turn, others in zip(turns, beside, strict=True):
            messages += self._messages(turn, others)
        return {"messages": messages, "tools": texts.tools or None}

    def config(self, stem: str, fields: Collection[str]) -> Mapping[str, bytes]:
        return {}

    def _with_others(self, record: dict[str, Any], texts: Verbatim, row: Row) -> dict[str, Any]:
        original = row["original"]
        content = texts.shape.uses(original) if texts.shape else frozenset()
        others = {
            f"original_{name}" if name in MEANT else name: value
            for name, value in original.items()
            if name not in content
        }
        return {"id": show_id(row["id"]), **record, **others}

    def _messages(self, turn: Turn, beside: Mapping[str, Any]) -> list[dict[str, Any]]:
        thought = {readable.THOUGHT: turn["thinking"]} if "thinking" in turn else {}
        if turn["role"] != "function_call":
            return [{"role": turn["role"], "content": turn["content"], **thought}]
        if self.calls == "turns":
            flat = readable.calls_of(turn["content"]) or []
            texts = [turn["content"]] if len(flat) == 1 and _is_flat(turn["content"]) else map(_text, flat)
            return [{"role": "tool_call", "content": text} for text in texts]
        flat = readable.calls_of(turn["content"]) or []
        calls = [{"type": "function", "function": {"name": call["name"], "arguments": self._arguments(call)}}
                 for call in flat]  # fmt: skip
        return [{"role": "assistant", "content": "", "tool_calls": calls, **thought}]

    def _arguments(self, call: Mapping[str, Any]) -> Any:
        value = call["arguments"]
        return value if isinstance(value, str) or self.calls == "openai" else orjson.dumps(value).decode()


def _is_flat(text: str) -> bool:
    value = orjson.loads(text)
    return isinstance(value, dict) and "name" in value


def _text(call: Mapping[str, Any]) -> str:
    return orjson.dumps(call).decode()


FORMAT = Messages(
    name="messages",
    title="Chat messages JSON",
    suffix=".json",
    looks_like="messages of {role, content}, with tools as JSON text where any row has them",
    layout=("messages", "tools"),
    optional=frozenset({"tools"}),
    taken=MEANT,
    loose=frozenset({"tool_calls"}),
)
