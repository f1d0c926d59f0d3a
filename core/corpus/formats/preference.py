"""Preference files: two answers to one question, which no SFT row can hold; mapped, the better one can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.corpus.formats.record import Parsed, Shape

PAIRS = (("chosen", "rejected"), ("preferred", "dispreferred"), ("response_chosen", "response_rejected"))


def _matches(record: Mapping[str, Any]) -> bool:
    return any(good in record and bad in record for good, bad in PAIRS)


def _parse(record: Mapping[str, Any]) -> list[Parsed]:
    return []


SHAPES = (
    Shape(
        name="preference",
        title="Preference pairs (refused)",
        looks_like='{"prompt" or "conversations": …, "chosen": …, "rejected": …}',
        matches=_matches,
        parse=_parse,
        uses=frozenset(),
        refused="is a preference file (chosen and rejected answers), not an SFT file with one answer to learn",
        remedy="To train on the chosen answers, add this file alone on the Corpus page and read it all the same, or "
        "name the columns: python -m core load FILE --map instruction=COLUMN --map response=chosen.",
        aside=frozenset(bad for _, bad in PAIRS),
    ),
)
