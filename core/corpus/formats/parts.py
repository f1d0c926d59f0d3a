"""Reads the content of a turn by the type of its parts: words, thinking, pictures, calls and results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.corpus import originals
from core.corpus.formats.record import BadRecord
from core.corpus.formats.values import filled, scalar_text
from core.errors import quoted

TEXTS = ("text", "value", "content", "parts")  # keys of a part that hold its words, in order of preference
THINKING = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "thinking_content",
    "thought",
    "thoughts",
    "think",
    "chain_of_thought",
    "cot",
    "reasoning_details",
)  # keys of entries and of parts that hold the thinking before the words
CALLS = ("tool_calls", "function_calls", "tool_call", "function_call", "functionCall", "tool_use")
RESULTS = ("functionResponse", "function_response", "tool_response", "tool_result")
PICTURES = (
    "images", "image", "image_url", "pictures", "picture", "videos", "video", "video_url", "audios", "audio",
    "audio_url", "input_audio", "inlineData", "inline_data", "fileData", "file_data",
)  # fmt: skip

_WORDS = re.compile("[^a-z]+")
_TEXT_WORDS = {"text", "input", "output", "refusal", "markdown", "md", "string", "message", "summary", "content"}
_THINKING_WORDS = {"thinking", "reasoning", "think", "thought", "thoughts", "cot", "analysis"}
_CALL_WORDS = {"call", "calls", "use"}
_RESULT_WORDS = {"result", "results", "response", "observation"}
_PICTURE_WORDS = {
    "image", "images", "img", "picture", "photo", "video", "audio", "sound", "file", "document", "media", "inline",
}  # fmt: skip
_ADDRESSES = (
    "url", "image_url", "video_url", "audio_url", "file_uri", "fileUri", "path", "file_name", "filename", "file_id",
    "file", "name", "value", "image", "video", "audio", "input_audio", "picture", "source", "src", "uri", "data",
    "bytes", "inlineData", "inline_data", "fileData", "file_data",
)  # fmt: skip
_LONG = 200  # characters of a picture's name; a picture's data are named by their digest
_THINKING = frozenset(THINKING)
_SWITCHES = {"on", "off", "true", "false", "yes", "no", "enabled", "disabled", "none", "low", "medium", "high"}


@dataclass(slots=True)
class Content:
    """The parts of a content; ``words`` and ``thinking`` are joined by newlines, a call or a result is a text."""

    words: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)


def read_content(value: Any) -> Content:
    """Read ``value``: a string, a part {"type": …, "text" or "value": …}, a list of these, or a number.

    Raises :class:`BadRecord` for a part of an unknown type.
    """
    content = Content()
    _add(value, content)
    return content


def text_of(value: Any) -> str:
    """The words of a content; its other parts (pictures, calls, thinking) are left out.

    Raises :class:`BadRecord` where ``value`` has parts, but no words.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, (Mapping, list, tuple)):
        return scalar_text(value)
    content = read_content(value)
    if not content.words:
        for kind, parts in (("picture", content.pictures), ("call", content.calls), ("thinking", content.thinking)):
            if parts:
                raise BadRecord(f"A {kind} part is no text.")
    return "\n".join(filter(None, content.words))


def thinking_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """(key, text) of the thinking in a field of ``record`` beside its content; empty for none.

    A switch ("on", true) only says whether there was thinking, and is not read as thinking.
    """
    if _THINKING.isdisjoint(record):
        return "", ""
    for key in THINKING:
        value = record.get(key)
        if value is None or isinstance(value, (bool, int, float)):
            continue
        text = "\n".join(_thoughts(value)).strip()
        if text and text.lower() not in _SWITCHES:
            return key, text
    return "", ""


def call_texts(value: Any) -> list[str]:
    """The tool calls under a key of a turn, as text: a string as it came, anything else as JSON."""
    if isinstance(value, str):
        return [] if value.strip() in ("", "[]", "{}", "null") else [value]
    return [json_text(value)] if filled(value) else []


def picture_names(value: Any) -> list[str]:
    """The names of the pictures under a key of a turn or a part: addresses and paths; for data, kind and digest."""
    if isinstance(value, (list, tuple)):
        return [name for item in value for name in picture_names(item)]
    if isinstance(value, Mapping):
        inner = next((value[key] for key in _ADDRESSES if filled(value.get(key))), None)
        return picture_names(inner) if inner is not None else [_short(json_text(dict(value)))]
    if isinstance(value, bytes):
        return [_digested("data", value)]
    return [_short(str(value))] if filled(value) else []


def json_text(value: Any) -> str:
    """``value`` as JSON text."""
    return originals.encode({"": value})[4:-1].strip()


def _add(value: Any, content: Content) -> None:
    if isinstance(value, Mapping):
        _add_part(value, content)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _add(part, content)
    else:
        content.words.append(scalar_text(value))


def _add_part(part: Mapping[str, Any], content: Content) -> None:
    kind = str(part.get("type") or "").lower()
    words = set(_WORDS.split(kind)) - {""} if kind not in ("", "text") else set()
    if part.get("thought") is True or words & _THINKING_WORDS:
        content.thinking += _thoughts(part)
    elif words & _RESULT_WORDS or words >= {"call", "output"} or (not words and _key(part, RESULTS)):
        content.results.append(_result(part))
    elif words & _CALL_WORDS or (not words and _key(part, CALLS)):
        content.calls.append(_call(part))
    elif words & _PICTURE_WORDS or (not words and _key(part, PICTURES) and not _key(part, TEXTS)):
        names = picture_names({key: value for key, value in part.items() if key != "type"})
        content.pictures += names or [kind]
    else:
        _add_words(part, kind, words, content)


def _add_words(part: Mapping[str, Any], kind: str, words: set[str], content: Content) -> None:
    if filled(part.get("refusal")):
        content.words.append(text_of(part["refusal"]))
        return
    known = words <= _TEXT_WORDS
    key = _key(part, TEXTS if known else ("text",)) or next((key for key in TEXTS if key in part and known), None)
    if key is None:
        raise BadRecord(f"A part of the type {quoted(kind)} is no text." if kind else "A part holds no text.")
    content.words.append(text_of(part[key]))


def _thoughts(value: Any) -> list[str]:
    """The words of thinking, which is a text, a part with its text under one of many keys, or a list of these."""
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _thoughts(item)]
    if isinstance(value, Mapping):
        if "encrypted" in str(value.get("type") or ""):
            return []  # its data are no words
        keys = (*THINKING, *TEXTS, "summary", "data")
        inner = next((value[key] for key in keys if filled(value.get(key)) and value[key] is not True), None)
        return _thoughts(inner) if inner is not None else []
    text = scalar_text(value)
    return [text] if text else []


def _call(part: Mapping[str, Any]) -> str:
    key = _key(part, CALLS) or _key(part, TEXTS)
    value = part[key] if key else {name: value for name, value in part.items() if name != "type" and filled(value)}
    return value if isinstance(value, str) else json_text(value)


def _result(part: Mapping[str, Any]) -> str:
    key = _key(part, (*RESULTS, *TEXTS, "output", "response", "result"))
    value = part[key] if key else ""
    if isinstance(value, str):
        return value
    try:
        return text_of(value)
    except BadRecord:
        return json_text(value)


def _key(part: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if filled(part.get(key))), None)


def _short(name: str) -> str:
    head = name[:100]
    if head.startswith("data:"):
        return _digested(head[5:].partition(",")[0].partition(";")[0] or "data", name.encode("utf-8", "replace"))
    return name if len(name) <= _LONG else _digested("data", name.encode("utf-8", "replace"))


def _digested(kind: str, data: bytes) -> str:
    return f"{kind} {hashlib.blake2b(data, digest_size=8).hexdigest()}"
