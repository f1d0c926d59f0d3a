"""A row as a person reads it: who speaks, and of what each turn is made: words, code, thinking, calls, results.

Everything is text. Nothing of it is meant to be read as HTML, Markdown or a link; characters that are not seen, or that
turn the direction of writing, stand as escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from core.control_characters import visible

Kind = Literal["text", "code", "thinking", "call", "result", "tools"]

PARSED = 200_000  # characters of JSON that are indented; longer ones stand as they came
TITLES = {
    "system": "System", "user": "User", "assistant": "Assistant", "function_call": "Tool call", "tool": "Tool result",
}  # fmt: skip
FIELDS = (("system", "system", "System"), ("user", "instruction", "Instruction"), ("user", "input", "Input"))
TAGS: Mapping[str, Kind] = {
    "think": "thinking", "thinking": "thinking", "thought": "thinking", "reasoning": "thinking",
    "tool_call": "call", "function_call": "call", "tool_response": "result",
}  # fmt: skip

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_OPENING = re.compile(rf"^ {{0,3}}(`{{3,}}|~{{3,}})([^\n]*)$|<({'|'.join(TAGS)})>", re.MULTILINE)
# Beside control characters: marks of direction, zero-width spaces, separators of lines, and the invisible tags.
_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u2060\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True)
class Block:
    """A piece of a turn. ``title`` is the language of code or the name of what is called; "" for none."""

    kind: Kind
    text: str
    title: str = ""


@dataclass(frozen=True)
class Said:
    """What one speaker says: ``role`` as in the row's turns, ``title`` as a person reads it."""

    role: str
    title: str
    blocks: tuple[Block, ...]


def turns_to_read(row: Mapping[str, Any]) -> list[Said]:
    """The turns of ``row`` (as :meth:`core.corpus.store.Corpus.rows` gives it), or instruction, input and response.

    Each turn's text is divided by :func:`blocks_of`; thinking that the row keeps apart stands before the words. Time
    grows with the length of the texts.
    """
    shown: list[Said] = []
    if row.get("turns"):
        if row.get("system") and not any(turn.get("role") == "system" for turn in row["turns"]):
            shown.append(_said("system", TITLES["system"], str(row["system"])))
        for turn in row["turns"]:
            role = str(turn.get("role", "turn"))
            title = TITLES.get(role) or visible(role, one_line=True).capitalize()
            content, thinking = str(turn.get("content") or ""), str(turn.get("thinking") or "")
            shown.append(_said(role, title, content, thinking=thinking))
    else:
        shown += [_said(role, title, str(row[field])) for role, field, title in FIELDS if row.get(field)]
        response, thinking = str(row.get("response") or ""), str(row.get("thinking") or "")
        if response or thinking:
            shown.append(_said("assistant", "Response", response, thinking=thinking))
    if row.get("tools"):
        shown.insert(0, Said("tools", "Tools", (Block("tools", seen(_indented(str(row["tools"])))),)))
    return shown


def blocks_of(text: str) -> list[Block]:
    """``text`` divided at fences of code (``` or ~~~) and at the tags that models write around thinking and calls.

    Whatever opens first counts: a tag inside code is code. Tildes under a title of at most their length are its rule. A
    fence without an end runs to the end of the text; a tag without an end is text, so that nothing is folded away by a
    stray one. A ``</think>`` without its beginning ends thinking that began with the text. The texts of all blocks are
    those of ``text`` without fences and tags, apart from JSON, which is indented. O(length).
    """
    blocks: list[Block] = []
    at = 0
    endless: set[str] = set()  # tags that nothing closes any more
    close = text.find("</think>")
    if close >= 0 and "<think>" not in text[:close] and _FENCE.search(text[:close]) is None:
        blocks.append(Block("thinking", text[:close].strip("\n")))
        at = close + len("</think>")
    start = at
    while (opening := _OPENING.search(text, at)) is not None:
        name = opening[3]
        if name is None:
            if _underlines(text, opening):
                at = opening.end()
                continue
            _add_text(blocks, text[start : opening.start()])
            end, after = _fence_end(text, opening)
            blocks.append(Block("code", text[opening.end() + 1 : end], seen(opening[2].strip(), one_line=True)))
            start = at = after
            continue
        end = -1 if name in endless else text.find(f"</{name}>", opening.end())
        if end < 0:
            endless.add(name)
            at = opening.end()
            continue
        _add_text(blocks, text[start : opening.start()])
        inside = text[opening.end() : end].strip("\n")
        blocks += calls_in(inside) if TAGS[name] == "call" else [_beside(TAGS[name], inside)]
        start = at = end + len(name) + 3
    _add_text(blocks, text[start:])
    return [replace(block, text=seen(block.text)) for block in blocks]


def calls_in(text: str) -> list[Block]:
    """A block for each tool call in ``text``: its name, and its arguments as indented JSON.

    A call is {"name", "arguments"}, {"function": {…}}, {"name", "input"} or a list of these; arguments may be JSON in a
    string. A text that is anything else is one block as it came.
    """
    value = _json(text)
    calls = value if isinstance(value, list) else [value]
    blocks = []
    for call in calls:
        inner = call.get("function", call) if isinstance(call, dict) else None
        name = inner.get("name") if isinstance(inner, dict) else None
        given = next((key for key in ("arguments", "parameters", "input", "args") if key in (inner or {})), None)
        if not isinstance(inner, dict) or not isinstance(name, str) or given is None:
            return [Block("call", _dumped(value) if isinstance(value, (dict, list)) else text)]
        arguments = inner[given]
        read = _json(arguments) if isinstance(arguments, str) else arguments
        shown = arguments if isinstance(arguments, str) and not isinstance(read, (dict, list)) else _dumped(read)
        rest = {key: part for key, part in inner.items() if key not in ("name", given)}
        outer = {} if inner is call else {key: part for key, part in call.items() if key != "function"}
        beside = {key: part for key, part in {**outer, **rest}.items() if (key, part) != ("type", "function")}
        blocks.append(Block("call", shown + (f"\n{_dumped(beside)}" if beside else ""), seen(name, one_line=True)))
    return blocks or [Block("call", text)]


def shortened(turns: Sequence[Said], *, characters: int, blocks: int) -> tuple[list[Said], int]:
    """The first ``characters`` characters and ``blocks`` blocks of ``turns``, and how many characters are left out.

    The turn in which a limit is reached is shown in part. Both limits grow what is shown.
    """
    shown: list[Said] = []
    left_out, room, places = 0, characters, blocks
    for turn in turns:
        kept: list[Block] = []
        for block in turn.blocks:
            if room <= 0 or places <= 0:
                left_out += len(block.text)
                continue
            kept.append(block if len(block.text) <= room else replace(block, text=block.text[:room]))
            left_out += max(0, len(block.text) - room)
            room, places = room - len(block.text), places - 1
        if kept:
            shown.append(replace(turn, blocks=tuple(kept)))
    return shown, left_out


def seen(text: str, *, one_line: bool = False) -> str:
    r"""``text`` with control characters, marks of direction and invisible characters as escapes such as \u202e."""
    shown = visible(text, one_line=one_line)
    return _UNSEEN.sub(lambda mark: f"\\u{ord(mark[0]):04x}", shown)


def _said(role: str, title: str, text: str, *, thinking: str = "") -> Said:
    blocks = [Block("thinking", seen(thinking))] if thinking else []
    if role == "function_call":
        blocks += [replace(block, text=seen(block.text)) for block in calls_in(text)]
    elif role == "tool":
        blocks.append(Block("result", seen(_indented(text))))
    else:
        blocks += blocks_of(text)
    return Said(role, title, tuple(blocks))


def _add_text(blocks: list[Block], text: str) -> None:
    if text.strip():
        blocks.append(Block("text", text.strip("\n")))


def _beside(kind: Kind, text: str) -> Block:
    return Block(kind, _indented(text) if kind == "result" else text)


def _fence_end(text: str, opening: re.Match[str]) -> tuple[int, int]:
    """Where the code of the fence ``opening`` ends, and where the text after its closing fence begins."""
    for fence in _FENCE.finditer(text, opening.end()):
        if fence[1][0] == opening[1][0] and len(fence[1]) >= len(opening[1]) and not fence[2].strip():
            return max(opening.end() + 1, fence.start() - 1), min(len(text), fence.end() + 1)
    return len(text), len(text)


def _underlines(text: str, opening: re.Match[str]) -> bool:
    """Whether a line of tildes is the rule under a title, as reStructuredText has them, and no fence of code."""
    if opening[1][0] != "~" or opening[2].strip() or opening.start() == 0:
        return False
    title = text[text.rfind("\n", 0, opening.start() - 1) + 1 : opening.start() - 1].strip()
    return 0 < len(title) <= len(opening[1])


def _indented(text: str) -> str:
    """JSON of an object or a list with an indent; any other text as it came."""
    value = _json(text)
    return _dumped(value) if isinstance(value, (dict, list)) else text


def _json(text: str) -> Any:
    """The value of JSON text; None for anything else, and for JSON that would not come back whole."""
    if len(text) > PARSED or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, object_pairs_hook=_whole, strict=False)
    except (ValueError, RecursionError):
        return None


def _whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _dumped(value: Any) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return str(value)[:PARSED]
