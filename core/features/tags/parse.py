"""Reads a model's reply to a tagging question, in whatever form it gives the requested JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from core.endpoint.json_reply import bare

MOST = 12  # tags of one row; a model that gives more enumerates words instead of tagging
LONGEST = 80  # characters of a tag
_PAIR = re.compile(
    r"""["'](?:tag|name|label)["']\s*:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
    r"""(?:\s*,\s*["']explanation["']\s*:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'))?""",
    re.IGNORECASE,
)
_LISTED = re.compile(r'"((?:[^"\\]|\\.){1,80})"')


def parse_tags(reply: str) -> list[tuple[str, str]] | None:
    """The (tag, explanation) pairs of a reply, each tag once; None when it holds no list of tags.

    Reads JSON where it can, inside fences or between other words, else pairs by pattern, so that a reply that was cut
    off or badly quoted still counts. An empty list is a valid answer: the row has no tag.
    """
    listed = _listed(reply)
    pairs: list[tuple[str, str]]
    if listed is None:
        pairs = [(first or second, why or other) for first, second, why, other in _PAIR.findall(bare(reply))]
        if not pairs:
            return None
    else:
        pairs = list(_pairs(listed))
        if listed and not pairs:
            return None
    return _once([(_unescaped(tag), _unescaped(why)) for tag, why in pairs])


def parse_kept(reply: str, tags: Sequence[str]) -> list[str] | None:
    """The ``tags`` that a checking reply names, in the order of ``tags``; None when the reply cannot be read."""
    listed = _listed(reply)
    if listed is None:
        answer = bare(reply)
        if "[" not in answer:
            return None
        named = _LISTED.findall(answer[answer.index("[") :])
        if not named:
            return None
    else:
        named = [tag for tag, _ in _pairs(listed)]
    confirmed = {" ".join(tag.casefold().split()) for tag in named}
    return [tag for tag in tags if " ".join(tag.casefold().split()) in confirmed]


def _listed(reply: str) -> list[Any] | None:
    answer = bare(reply)
    # An object inside a list that was cut off is not the whole answer: the pattern finds the others too.
    inside = 0 <= answer.find("[") < answer.find("{")
    for text in (answer, _between(answer, "[", "]"), "" if inside else _between(answer, "{", "}")):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            inner = next((item for item in value.values() if isinstance(item, list)), None)
            value = inner if inner is not None else [value] if any(key in value for key in ("tag", "name")) else None
        if isinstance(value, list):
            return value
    return None


def _between(text: str, first: str, last: str) -> str:
    start, stop = text.find(first), text.rfind(last)
    return text[start : stop + 1] if 0 <= start < stop else ""


def _pairs(items: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for item in items:
        if isinstance(item, str):
            yield item, ""
        elif isinstance(item, dict):
            tag = next((item[key] for key in ("tag", "name", "label") if isinstance(item.get(key), str)), None)
            if tag is not None and item.get("confirmed", True) is not False:
                why = item.get("explanation")
                yield tag, why if isinstance(why, str) else ""


def _once(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    kept: dict[str, tuple[str, str]] = {}
    for tag, why in pairs:
        clean = " ".join("".join(char if char.isprintable() else " " for char in tag).split())
        if clean and len(clean) <= LONGEST:
            kept.setdefault(clean.casefold(), (clean, " ".join(why.split())[:300]))
    return list(kept.values())[:MOST]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(orjson.loads(f'"{text}"'))
    except orjson.JSONDecodeError:
        return text.replace("\\", "")
