"""The five verdicts of a game, their points, and what the two games of a prompt say together.

Points and their sum are those of From Macro to Micro (arXiv 2505.24768, H.1 and Table 3), after Arena-Hard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Verdict = Literal["A>>B", "A>B", "A=B", "B>A", "B>>A"]
Place = Literal["first", "second"]  # where the judged model's answer is shown
Outcome = Literal["Good", "Same", "Bad"]

POINTS: dict[str, float] = {"A>>B": 1.0, "A>B": 0.5, "A=B": 0.0, "B>A": -0.5, "B>>A": -1.0}
PLACES: tuple[Place, ...] = ("first", "second")
OUTCOMES: tuple[Outcome, ...] = ("Good", "Same", "Bad")
# Other spellings that can mean nothing else.
_SAME_AS = {"B<A": "A>B", "B<<A": "A>>B", "B=A": "A=B", "A<B": "B>A", "A<<B": "B>>A"}
_BRACKETED = re.compile(r"\[\[([^\[\]\n]{1,12})\]\]")
_THOUGHT_ENDS = "</think>"


def parse_verdict(reply: str) -> str:
    """The verdict of a judge's reply: what stands in its last pair of double brackets; "" where that is no verdict.

    What stands before the end of the model's thinking (``</think>``) does not count.
    """
    said = reply.rpartition(_THOUGHT_ENDS)[2]
    bracketed = _BRACKETED.findall(said)
    if not bracketed:
        return ""
    verdict = "".join(bracketed[-1].split()).upper()
    verdict = _SAME_AS.get(verdict, verdict)
    return verdict if verdict in POINTS else ""


def points_of(verdict: str, place: Place) -> float:
    """The points of the judged model for a verdict on a game in which its answer was shown at ``place``."""
    points = POINTS[verdict]
    return points if place == "first" else 0.0 - points


def outcome_of(points: Sequence[float]) -> Outcome:
    """Good, Same or Bad: whether the sum of the games' points is above, at or below zero."""
    total = sum(points)
    return "Good" if total > 0 else "Bad" if total < 0 else "Same"
