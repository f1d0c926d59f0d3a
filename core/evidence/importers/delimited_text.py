"""Reads tables saved as text: with commas, semicolons, tabs or bars between cells, and in Markdown.

Excel's "sep=;" line and title lines before the header are not rows.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice, pairwise
from typing import TextIO

from core.corpus.formats.delimited import FIELD_LIMIT

MARKS = (";", "\t", ",", "|")
LOOKED_AT = 12  # lines from which the delimiter and the header are recognised
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_RULE = re.compile(r"[\s|:+=-]++")
_QUOTED = re.compile(r'"[^"]*"')


def table_rows(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line on which each ends, the header first; empty rows are left out.

    Raises ``csv.Error`` where a line is not a row.
    """
    first = list(islice(text, LOOKED_AT))
    markdown = _markdown_start(first)
    if markdown is not None:
        yield from _markdown(chain(first[markdown:], text), line=markdown)
        return
    start = next((place for place, line in enumerate(first) if line.strip()), 0)
    told = _SEP.fullmatch(first[start].strip("\ufeff")) if first else None
    if told:
        start += 1
    lines = [line for line in first[start:] if line.strip()]
    mark = told[1] if told else _mark(lines)
    start += _title(first[start:], mark) if mark and not told else 0
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(chain(first[start:], text), delimiter=mark or ",")
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start + reader.line_num, cells


def has_markdown(text: str) -> bool:
    """Whether a Markdown table begins in the first lines of ``text``."""
    return _markdown_start(text.splitlines()) is not None


def _markdown_start(lines: list[str]) -> int | None:
    """Where a row is followed by a rule such as |---|---|."""
    for place, (row, rule) in enumerate(pairwise(lines)):
        if row.lstrip().startswith("|") and "-" in rule and "|" in rule and _RULE.fullmatch(rule.strip()):
            return place
    return None


def _counts(line: str) -> dict[str, int]:
    bare = _QUOTED.sub("", line)
    return {mark: bare.count(mark) for mark in MARKS}


def _mark(lines: list[str]) -> str:
    """The delimiter that occurs equally often in most lines, of two such the more frequent; "" if no line has one."""
    counts = [_counts(line) for line in lines]

    def agreement(mark: str) -> tuple[int, int]:
        usual = Counter(count[mark] for count in counts if count[mark]).most_common(1)
        return (usual[0][1], usual[0][0]) if usual else (0, 0)

    best = max(MARKS, key=agreement)
    return best if agreement(best)[0] else ""


def _title(lines: list[str], mark: str) -> int:
    """The number of title lines before the header: they have fewer delimiters than the two lines below, which agree."""
    counts = [(place, _counts(line)[mark]) for place, line in enumerate(lines) if line.strip()]
    for (place, here), (_, below), (_, further) in zip(counts, counts[1:], counts[2:]):
        if here and not (here < below == further):
            return place
    return next((place for place, count in counts if count), 0)


def _markdown(lines: Iterator[str], *, line: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first Markdown table; it ends before the first line that is not a row of it."""
    begun = False
    for number, text in enumerate(lines, start=line + 1):
        row = text.strip()
        if not row.startswith("|"):
            if begun and row:
                return
            continue
        begun = True
        if "-" not in row or not _RULE.fullmatch(row):
            cells = re.split(r"(?<!\\)\|", row.removeprefix("|").removesuffix("|"))
            yield number, [cell.replace("\\|", "|").strip() for cell in cells]
