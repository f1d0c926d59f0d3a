"""Where in a text a search hit: for marking the hits, never for deciding which rows have one."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from core.corpus.search import check_regex
from core.errors import InputError

MOST = 200  # hits of one text that are told
# Two characters of the private use area, which stand around each hit while DuckDB looks for it.
_OPEN, _CLOSE = "\ue0f1", "\ue0f2"
_MARK = re.compile("([\ue0f1\ue0f2])")
_CLEAN = str.maketrans({_OPEN: "\ufffd", _CLOSE: "\ufffd"})
Spans = list[tuple[int, int]]


def text_hits(texts: Sequence[str], text: str) -> list[Spans]:
    """For each of ``texts`` where ``text`` stands in it, as (start, end) in characters; capitals are the same."""
    pattern = re.compile(re.escape(text), re.IGNORECASE)
    return [[match.span() for match, _ in zip(pattern.finditer(read), range(MOST))] if text else [] for read in texts]


def regex_hits(texts: Sequence[str], pattern: str) -> list[Spans]:
    """For each of ``texts`` where the pattern matches, by the engine that also searches: RE2, which is never slow.

    Empty matches are left out. Raises :class:`InputError` for an invalid pattern.
    """
    check_regex(pattern)
    if not texts or not pattern:
        return [[] for _ in texts]
    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
        try:
            marked = connection.execute(
                "SELECT regexp_replace(text, ?, ? || '\\0' || ?, 'g') FROM (SELECT unnest(?) AS text)",
                [pattern, _OPEN, _CLOSE, [text.translate(_CLEAN) for text in texts]],
            ).fetchall()
        except duckdb.Error as error:
            raise InputError("The hits of this pattern cannot be marked.") from error
    return [_spans(text) for (text,) in marked]


def _spans(marked: str) -> Spans:
    spans: Spans = []
    at = 0
    for piece in _MARK.split(marked):
        if piece == _OPEN:
            start = at
        elif piece == _CLOSE:
            if at > start and len(spans) < MOST:
                spans.append((start, at))
        else:
            at += len(piece)
    return spans


def window(text: str, spans: Spans, *, length: int, seen: int = 100, before: int = 40) -> tuple[str, Spans]:
    """``length`` characters of ``text``, and the hits inside, counted from their beginning.

    They begin with the text; where its first hit ends after ``seen`` characters, ``before`` characters before it. Line
    breaks and tabs become spaces; an ellipsis stands where text is left out.
    """
    start = spans[0][0] - before if spans and spans[0][1] > max(seen, before) else 0
    start = max(0, start)
    part = text[start : start + length]
    head, tail = "…" * (start > 0), "…" * (start + length < len(text))
    shift = len(head) - start
    inside = [
        (first + shift, min(last, start + length) + shift) for first, last in spans if start <= first < start + length
    ]
    return f"{head}{part}{tail}".translate({9: " ", 10: " ", 13: " "}), inside
