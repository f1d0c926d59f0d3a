"""The id of a row, a hash of all its content: rows with equal ids are exact duplicates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.corpus.clean import NORMALISER
from core.corpus.row_ids import show_id as show_id  # scripts know it from here
from core.errors import InputError

READER = 2  # the newest version of what makes an id: 2 knows thinking and pictures


def row_id(
    instruction: str,
    input_text: str,
    response: str,
    *,
    system: str = "",
    turns: Sequence[Mapping[str, Any]] = (),
    tools: str = "",
    thinking: str = "",
) -> int:
    """BLAKE2b of 8 bytes, read as a little-endian uint64, over the normaliser's version and all content of the row.

    ``turns`` is empty for a plain question and answer, so the same text has the same id in whatever format it came.
    Source and category are no content: the same text from two sources is one row. A row with ``thinking``, or with
    turns that hold more than role and content, gets its id from the second version of the reader; every other row
    keeps the one that the first gave it.
    """
    content = [NORMALISER, instruction, input_text, response, system, tools, list(turns)]
    if reader_of(turns=turns, thinking=thinking) > 1:
        content += [READER, thinking]
    return int.from_bytes(hashlib.blake2b(orjson.dumps(content), digest_size=8).digest(), "little")


def reader_of(*, turns: Sequence[Mapping[str, Any]], thinking: str) -> int:
    """Which version of the reader names a row: 2 where it holds thinking or pictures, else 1."""
    return READER if thinking or max(map(len, turns), default=0) > 2 else 1


def mix(ids: NDArray[np.uint64], *, seed: int) -> NDArray[np.uint64]:
    """A well-mixed uint64 for each (seed, row id): the splitmix64 finaliser, the same on every machine."""
    with np.errstate(over="ignore"):
        golden = np.uint64(0x9E3779B97F4A7C15)
        mixed = np.asarray(ids, dtype=np.uint64) + golden * np.uint64((seed * 2 + 1) % (1 << 64))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


def holdout(ids: NDArray[np.uint64], *, fraction: float = 0.02, limit: int = 2000, seed: int = 0) -> NDArray[np.bool_]:
    """(rows,) which rows no subset may contain: the ``fraction``, at most ``limit``, lowest in hash(seed, row id).

    A greater fraction or limit leaves more rows to evaluate on and fewer to train on; 0 holds out none.
    """
    if not 0 <= fraction < 1 or limit < 0:
        raise InputError("The holdout is a share of the rows between 0 and 1.", remedy="Usual: 0.02, at most 2,000.")
    held_out = np.zeros(len(ids), dtype=bool)
    count = min(round(fraction * len(ids)), limit)
    if count:
        order = np.lexsort((ids, mix(ids, seed=seed)))
        held_out[order[:count]] = True
    return held_out


def held_out_by_itself(ids: NDArray[np.uint64], *, share: float, seed: int = 0) -> NDArray[np.bool_]:
    """(rows,) which rows that are added to a corpus no subset may contain: those whose hash(seed, row id) lies below
    ``share`` of its range.

    Each row is drawn by itself, so its status depends neither on the other rows nor on the order in which files are
    added; ``share`` is that of the first version (:func:`holdout_share`). A greater share holds out more.
    """
    bound = min(int(share * (1 << 64)), (1 << 64) - 1)
    return mix(ids, seed=seed) < np.uint64(bound)


def holdout_share(rows: int, *, fraction: float, limit: int) -> float:
    """The share of ``rows`` rows that :func:`holdout` holds out, 0 to 1: ``fraction``, less where ``limit`` is met."""
    return min(fraction, limit / rows) if rows else fraction
