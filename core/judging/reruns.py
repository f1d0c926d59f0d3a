"""Several judgements of the same answers: other judges, and reruns of one, whose scores drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.judging.judgement import Judgement
from core.judging.report import points_of_judgement
from core.judging.win_score import Share, win_score


@dataclass(frozen=True, kw_only=True)
class JudgeRuns:
    """The reruns of one judge on the same games: (rerun, win score) of each, in order.

    ``spread`` is the standard deviation of the scores between reruns, in points, NaN for one; ``step`` the largest
    change from one rerun to the next. Compare them with the interval of a single run, which is over prompts.
    """

    judge: str
    order: str
    scores: tuple[tuple[int, Share], ...]

    @property
    def spread(self) -> float:
        values = [share.value for _, share in self.scores]
        return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")

    @property
    def step(self) -> float:
        values = [share.value for _, share in self.scores]
        return float(np.abs(np.diff(values)).max()) if len(values) > 1 else float("nan")


def same_games(first: Judgement, second: Judgement) -> bool:
    """Whether two judgements are about the same answers and the same opponent."""
    one, other = first.artefact.manifest, second.artefact.manifest
    return all(one[name] == other[name] for name in ("answers", "against"))


def judge_runs(judgements: Sequence[Judgement]) -> list[JudgeRuns]:
    """Every judge's reruns among ``judgements``, in the order of first appearance.

    Of one rerun that was judged in several rounds the first in the list counts. Raises :class:`InputError` where they
    are not about the same answers.
    """
    if any(not same_games(judgements[0], other) for other in judgements[1:]):
        raise InputError(
            "The judgements are about different answers.", remedy="Choose judgements of the same answers and opponent."
        )
    groups: dict[tuple[str, str], dict[int, Judgement]] = {}
    for made in judgements:
        groups.setdefault((made.judge.about, made.order), {}).setdefault(made.judge.rerun, made)
    return [
        JudgeRuns(
            judge=next(iter(runs.values())).judge.name,
            order=order,
            scores=tuple((rerun, win_score(points_of_judgement(runs[rerun]))) for rerun in sorted(runs)),
        )
        for (_, order), runs in groups.items()
    ]
