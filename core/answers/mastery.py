"""How much of each row a model knows already: the share of its answers that agree with the response, and its levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.answers.agreement import AgreeingBy
from core.answers.answer_set import SampledAnswers
from core.errors import InputError

EDGES = (0.0, 0.25, 0.5, 0.75)
LEVELS = ("0 none", "1 little", "2 half", "3 much", "4 all")
EASY = 0.5
SOURCE = "SFT and knowledge (arXiv 2509.16596): ten answers a question and more, five levels of the share that is right"


@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """The marks of a model's answers: (rows,) ``right`` of ``marked`` answers to each row of the corpus.

    ``unmarked`` counts answers that could not be marked, ``without`` rows with answers whose response holds nothing to
    compare.
    """

    right: NDArray[np.int64]
    marked: NDArray[np.int64]
    unmarked: int
    without: int

    @property
    def share(self) -> NDArray[np.float64]:
        """(rows,) R = right / marked, the pass rate; nan without a marked answer."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.marked > 0, self.right / self.marked, np.nan)

    @property
    def variation(self) -> NDArray[np.float64]:
        """(rows,) the coefficient of variation of the marks 0 and 1: √((1 − R) / R); nan where R is 0 or unknown."""
        share = self.share
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(share > 0, np.sqrt((1 - share) / share), np.nan)


def marks_of(kept: SampledAnswers, match: AgreeingBy, *, judged: Mapping[tuple[int, str], bool] | None = None) -> Marks:
    """Mark every answer by ``match``; ``judged`` holds a model's verdicts, where the match needs them.

    An answer without anything to compare (no word, no number) is wrong. A row whose response has nothing to compare has
    no marks.
    """
    responses = kept.corpus.text("response")
    right, marked = (np.zeros(len(responses), dtype=np.int64) for _ in range(2))
    unmarked = without = 0
    for row, answers in kept.of_rows().items():
        reference = match.key(responses[row])
        if reference is None:
            without += 1
            continue
        for answer in answers:
            said = match.key(answer)
            agrees = said is not None and said == reference
            if not agrees and said is not None and match.agree is not None:
                agrees = match.agree(said, reference)
            elif not agrees and said is not None and judged is not None:
                if (row, answer) not in judged:
                    unmarked += 1
                    continue
                agrees = judged[row, answer]
            right[row] += agrees
            marked[row] += 1
    return Marks(right=right, marked=marked, unmarked=unmarked, without=without)


def checked_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """``edges`` as four rising shares. Raises :class:`InputError` for others."""
    given = tuple(float(edge) for edge in edges)
    if len(given) != len(EDGES) or not all(0 <= edge < 1 for edge in given) or list(given) != sorted({*given}):
        raise InputError(
            f"The edges of the levels are four rising shares from 0 to below 1, not {', '.join(map(str, given))[:60]}.",
            remedy=f"Those of the paper are {', '.join(map(str, EDGES))}.",
        )
    return given


def levels_of(share: NDArray[np.float64], edges: Sequence[float] = EDGES) -> NDArray[np.object_]:
    """(rows,) the level of each share, one of :data:`LEVELS`: how many of ``edges`` it exceeds; None where unknown.

    With the paper's edges: R = 0, up to ¼, up to ½, up to ¾, above. A higher edge moves rows to the level below it.
    """
    places = np.searchsorted(np.array(checked_edges(edges)), np.nan_to_num(share, nan=0.0), side="left")
    named = np.array(LEVELS, dtype=object)[places]
    named[~np.isfinite(share)] = None
    return named


def split_of(share: NDArray[np.float64], easy: float = EASY) -> NDArray[np.object_]:
    """(rows,) "easy" where the share exceeds ``easy``, else "hard"; None where unknown. Higher ``easy``: more hard."""
    named = np.where(share > easy, "easy", "hard").astype(object)
    named[~np.isfinite(share)] = None
    return named


def shares_over_levels(
    share: NDArray[np.float64], levels: NDArray[np.object_], *, more_for: str = "each"
) -> dict[str, float]:
    """Weights of the levels for a quota: the same for each, more for the hard, or the middle alone.

    "hard" weighs a level by the mean share of wrong answers of its rows, as DART-Math (arXiv 2407.13690) draws answers
    in proportion to difficulty; that a level stands in for its rows is ours. "middle" weighs by 4 R (1 − R).
    """
    if more_for not in ("each", "hard", "middle"):
        raise InputError(f"A quota is for each level, more for the hard or for the middle, not {more_for[:40]}.")
    weights: dict[str, float] = {}
    for level in LEVELS:
        inside = levels == level
        if inside.any():
            mean = float(share[inside].mean())
            spread = float((4 * share[inside] * (1 - share[inside])).mean())
            weights[level] = {"each": 1.0, "hard": 1 - mean, "middle": spread}[more_for]
    total = sum(weights.values())
    if not total:
        raise InputError(
            "Every level has the weight 0: all answers are right." if more_for == "hard" else "No level has a row."
        )
    return {level: round(weight / total, 4) for level, weight in weights.items() if weight > 0}
