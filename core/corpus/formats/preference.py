"""Preference files: two answers to a question, which an SFT row cannot hold; a mapping can read the better answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.corpus.formats.record import Parsed, Roles, Shape
from core.corpus.formats.values import filled

PAIRS = (("chosen", "rejected"), ("preferred", "dispreferred"), ("response_chosen", "response_rejected"))


def _needs(names: Collection[str]) -> bool:
    return any(good in names and bad in names for good, bad in PAIRS)


def _holds(record: Mapping[str, Any]) -> bool:
    return any(filled(record.get(good)) and filled(record.get(bad)) for good, bad in PAIRS)


def _parse(record: Mapping[str, Any], roles: Roles) -> list[Parsed]:
    return []


SHAPES = (
    Shape(
        name="preference",
        title="Preference pairs (refused)",
        looks_like='{"prompt" or "conversations": …, "chosen": …, "rejected": …}',
        needs=_needs,
        holds=_holds,
        parse=_parse,
        uses=lambda names: frozenset(),
        refused="is a preference file (chosen and rejected answers), not an SFT file with one answer to learn",
        remedy="To train on the chosen answers, add this file alone on the Corpus page and read it all the same, or "
        "name the columns: python -m core load FILE --map instruction=COLUMN --map response=chosen.",
        aside=frozenset(bad for _, bad in PAIRS),
    ),
)
