"""Two judgements of the same answers: two judges, or two reruns of one, and how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.judging.verdicts import OUTCOMES
from core.judging.win_score import PromptPoints, wilson, win_score

PAPERS = 8.0  # per cent of prompts that the paper's judge decided the other way round than GPT-4 Turbo, of 500


@dataclass(frozen=True, kw_only=True)
class JudgeAgreement:
    """How two judgements agree on the ``prompts`` that have an outcome in both.

    ``kappa``: Cohen's κ of Good, Same and Bad; ``same``: the share in percent with the same outcome; ``reversed``: the
    share that one calls Good and the other Bad, with ``reversed_low`` and ``reversed_high`` (Wilson, 95 %), to set
    beside :data:`PAPERS`; ``drift``: the second win score less the first, in points, over these prompts. ``table``
    (3, 3) counts the outcomes, first judgement by rows.
    """

    prompts: int
    kappa: float
    same: float
    reversed: float
    reversed_low: float
    reversed_high: float
    drift: float
    table: tuple[tuple[int, ...], ...]


def agreement(first: PromptPoints, second: PromptPoints) -> JudgeAgreement | None:
    """How two judgements agree; None where they have no prompt in common with an outcome in both."""
    other = {prompt: number for number, prompt in enumerate(second.ids)}
    mine, theirs = first.outcomes, second.outcomes
    shared = [
        (number, other[prompt])
        for number, prompt in enumerate(first.ids)
        if prompt in other and mine[number] and theirs[other[prompt]]
    ]
    if not shared:
        return None
    left, right = [mine[number] for number, _ in shared], [theirs[number] for _, number in shared]
    pairs = list(zip(left, right, strict=True))
    table = tuple(tuple(pairs.count((row, column)) for column in OUTCOMES) for row in OUTCOMES)
    turned = sum({*pair} == {"Good", "Bad"} for pair in pairs)
    low, high = wilson(turned, len(pairs))
    picked = [_picked(first, [number for number, _ in shared]), _picked(second, [number for _, number in shared])]
    before, after = (win_score(points).value for points in picked)
    return JudgeAgreement(
        prompts=len(pairs),
        kappa=cohens_kappa(left, right),
        same=100 * sum(row == column for row, column in pairs) / len(pairs),
        reversed=100 * turned / len(pairs),
        reversed_low=low,
        reversed_high=high,
        drift=after - before,
        table=table,
    )


def cohens_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's κ: agreement beyond chance, 1 for full agreement; NaN where both use one and the same word throughout."""
    words = sorted({*first, *second})
    counts = np.array([[sum(pair == (row, column) for pair in zip(first, second)) for column in words]
                       for row in words], dtype=float)  # fmt: skip
    total = counts.sum()
    chance = float(counts.sum(axis=1) @ counts.sum(axis=0)) / total**2
    return float((np.trace(counts) / total - chance) / (1 - chance)) if chance < 1 else float("nan")


def _picked(points: PromptPoints, numbers: Sequence[int]) -> PromptPoints:
    return PromptPoints(
        ids=[points.ids[number] for number in numbers], points=points.points[list(numbers)], places=points.places
    )
