"""Vectors that a table carries as text: JSON lists, and lists as Python, numpy and torch print them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from core.errors import InputError, in_short

LOOKED_AT = 20  # cells of a column of vectors that may be broken before one is not
ELIDED = re.compile(r"\.\.\.|…")
_PRINTED = re.compile(r"\b(?:array|tensor|np\.float\d+|numpy\.float\d+)\(|(?:dtype|device)=[\w.:'\"]+|[\[\]()]")
_BETWEEN = re.compile(r"[\s,;]+")


def looks_like_vectors(cells: Sequence[str | None], *, named: bool) -> bool:
    """Whether the first filled cell holds several numbers in brackets.

    ``named``: the column's name says so, then one of the first filled cells must, and may do without brackets.
    """
    filled = (cell.strip() for cell in cells if cell and cell.strip())
    for cell in islice(filled, LOOKED_AT if named else 1):
        opened = named or cell.startswith(("[", "array(", "tensor(", "("))
        if opened and (ELIDED.search(cell) or len(numbers_of(cell)) > 1):
            return True
    return False


def from_texts(cells: Sequence[str | None], *, name: str, column: str) -> pa.Array:
    """A list of numbers for each cell, null where a cell is none.

    Raises :class:`InputError` where a cell says by "..." that numbers were left out: they are lost for good.
    """
    lists: list[NDArray[np.float32] | None] = []
    for line, cell in enumerate(cells, start=1):
        if cell and ELIDED.search(cell):
            raise InputError(
                f"The vectors in the column “{in_short(column)}” of {name} were shortened when they were printed: "
                f"“...” stands where numbers were left out (line {line:,}).",
                remedy="Save them again as numbers: numpy.save, Parquet, or a list for each vector (tolist()).",
            )
        numbers = numbers_of(cell or "")
        lists.append(np.array(numbers, dtype=np.float32) if numbers else None)
    return pa.array(lists, pa.list_(pa.float32()))


def numbers_of(cell: str) -> list[float]:
    """The numbers in a text, in order; empty where anything in it is no number."""
    try:
        value = orjson.loads(cell)
    except orjson.JSONDecodeError:
        words = _BETWEEN.split(_PRINTED.sub(" ", cell).strip())
        try:
            return [float(word) for word in words if word]
        except ValueError:
            return []
    if not isinstance(value, list) or not all(isinstance(number, (int, float)) for number in value):
        return []
    return [float(number) for number in value]
