"""Reads the JSON object of a model's reply, in whatever form it comes, mended where it was cut or misspelt."""

from __future__ import annotations

import re
from typing import Any

import orjson

_THOUGHT = re.compile(r"<think>.*?(</think>|$)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*\n?(.*?)(?:```|$)", re.DOTALL)
LONGEST = 20_000  # characters of a reply that are looked at
CLOSES = {"{": "}", "[": "]"}
WORDS = {"True": "true", "False": "false", "None": "null"}  # that Python writes and JSON does not know


def bare(reply: str) -> str:
    """The reply without the model's thinking, cut to the content of the first fence where there is a fence."""
    text = _THOUGHT.sub("", reply)
    fenced = _FENCE.search(text)
    return (fenced.group(1) if fenced else text).strip()


def object_in(reply: str) -> dict[str, Any] | None:
    """The first JSON object of a reply; None where it holds none that can be read.

    Thinking, fences and words around it are left out. Single quotes, Python's words, commas before a bracket, line
    breaks in texts and missing ends are mended, so that a reply that was cut keeps the fields that were whole.
    """
    text = bare(reply)[:LONGEST]
    start = text.find("{")
    if start < 0:
        return None
    for candidate in (text[start : text.rfind("}") + 1], mended(text[start:])):
        try:
            value = orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            return value
    return None


def mended(text: str) -> str:
    """JSON for ``text``, which begins with "{" and may be cut or misspelt; a field without a value is left out."""
    made: list[str] = []
    open_: list[str] = []
    whole: list[tuple[int, list[str]]] = []  # (pieces, brackets) after which the text could end
    place = 0
    while place < len(text):
        char = text[place]
        if char in "\"'":
            end, string = _string(text, place, char)
            if end < 0 and _is_key(made, open_):
                break
            made.append(string)
            place = len(text) if end < 0 else end
            if not _is_key(made[:-1], open_):
                whole.append((len(made), list(open_)))
            continue
        if char in CLOSES:
            open_.append(char)
            made.append(char)
            whole.append((len(made), list(open_)))
        elif char in "}]":
            while made and made[-1] == ",":
                made.pop()
            if open_:
                open_.pop()
            made.append(char)
            whole.append((len(made), list(open_)))
            if not open_:
                break
        elif char in ",:":
            made.append(char)
        elif not char.isspace():
            end = place
            while end < len(text) and text[end] not in ",:{}[]\"' \n\r\t":
                end += 1
            word = text[place:end]
            made.append(WORDS.get(word, word))
            complete = end < len(text) or made[-1] in WORDS.values()  # a number at the end may lack digits
            if complete and not _is_key(made[:-1], open_):
                whole.append((len(made), list(open_)))
            place = end
            continue
        place += 1
    if open_ and whole:
        count, open_ = whole[-1]
        made = made[:count]
    return "".join(made) + "".join(CLOSES[bracket] for bracket in reversed(open_))


def _is_key(made: list[str], open_: list[str]) -> bool:
    """Whether what comes next is the name of a field."""
    return bool(open_) and open_[-1] == "{" and bool(made) and made[-1] in ("{", ",")


def _string(text: str, start: int, quote: str) -> tuple[int, str]:
    """(where the string that begins at ``start`` ends, −1 where it was cut; the string as JSON)."""
    letters: list[str] = []
    place = start + 1
    while place < len(text):
        char = text[place]
        if char == "\\" and place + 1 < len(text):
            letters.append(text[place : place + 2])
            place += 2
            continue
        if char == quote:
            following = text[place + 1 : place + 100].lstrip()[:1]
            if quote == '"' or following in ",:}]" or not following:
                return place + 1, _as_json("".join(letters))
        letters.append(char)
        place += 1
    return -1, _as_json("".join(letters))


def _as_json(inside: str) -> str:
    """A JSON string for what stood between the quotes."""
    try:
        value = orjson.loads(f'"{inside}"')
    except orjson.JSONDecodeError:
        value = inside.replace("\\'", "'").replace('\\"', '"').replace("\\n", "\n")
    return orjson.dumps(value.encode("utf-8", "replace").decode()).decode()
