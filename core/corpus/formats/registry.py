"""All containers and record shapes that are read, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.corpus.formats import conversations, pairs, preference
from core.corpus.formats.record import Shape

# name, what it looks like: for the README and the page's help.
CONTAINERS = (
    ("JSON", "a list of objects, an object that holds such a list, or columns as lists"),
    ("JSONL", "one object a line"),
    ("CSV / TSV", "a header line; comma, semicolon, tab or bar between fields"),
    ("Parquet", "any flat or nested columns"),
    ("packed", "any of these as .gz, .zst, .bz2, .xz or in a .zip"),
)
SHAPES: tuple[Shape, ...] = (*preference.SHAPES, *conversations.SHAPES, *pairs.SHAPES)


def shape_of(record: Mapping[str, Any]) -> Shape | None:
    """The first shape that ``record`` has, or None: then a person maps the columns."""
    return next((shape for shape in SHAPES if shape.matches(record)), None)


def is_refusal(message: str) -> bool:
    """Whether ``message`` says that a file has one of the refused shapes, which a mapping could still read."""
    return any(shape.refused and shape.refused in message for shape in SHAPES)


def shape_table() -> list[tuple[str, str]]:
    """(title, what it looks like) of each record shape."""
    return [(shape.title, shape.looks_like) for shape in SHAPES]
