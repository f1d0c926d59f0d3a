"""All record shapes that are read or refused, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from core.corpus.formats import conversations, model_answers, pairs, preference, trees
from core.corpus.formats.record import Shape

SHAPES: tuple[Shape, ...] = (
    *model_answers.SHAPES,
    *preference.SHAPES,
    *trees.SHAPES,
    pairs.HISTORY,
    *conversations.SHAPES,
    *pairs.SHAPES,
)


def candidates(names: Collection[str]) -> tuple[Shape, ...]:
    """The shapes that a record with fields called ``names`` may have, in the order in which they are tried."""
    return tuple(shape for shape in SHAPES if shape.needs(names))


def shape_among(shapes: Iterable[Shape], record: Mapping[str, Any]) -> Shape | None:
    """The first of ``shapes`` that fits the values of ``record``; else the first that fits its fields; else None."""
    for shape in shapes:
        if shape.holds(record):
            return shape
    return next((shape for shape in shapes if shape.loosely(record)), None)


def shape_called(name: str) -> Shape:
    """The shape with this name."""
    return next(shape for shape in SHAPES if shape.name == name)


def shape_of(record: Mapping[str, Any]) -> Shape | None:
    """The first shape that ``record`` has, or None: then the user maps the columns."""
    return shape_among(candidates(record), record)
