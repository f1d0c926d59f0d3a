"""Weights of row scores, found from how well subsets trained: which scores, together, foretell a good subset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.counted import counted
from core.errors import InputError
from core.evidence.mixture import spearman

RIDGE = 0.01


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreWeights:
    """``weights`` (scores,) whose sizes sum to 1; a row's merit is Σ weight · z-score, and higher is better.

    ``subsets`` were compared, in ``groups`` of runs trained alike. ``foretold`` is Spearman's ρ between the outcome of
    each subset and what the weights found without it say, nan where it cannot be told: near 0 or below, the weights are
    chance.
    """

    names: tuple[str, ...]
    weights: NDArray[np.float64]
    subsets: int
    groups: int
    foretold: float


def find_weights(
    names: Sequence[str],
    means: NDArray[np.float64],
    outcomes: NDArray[np.float64],
    *,
    groups: NDArray[np.int64] | None = None,
    ridge: float = RIDGE,
) -> ScoreWeights:
    """The weights that foretell ``outcomes`` (subsets,), higher is better, from ``means`` (subsets, scores).

    ``means`` are of z-scored scores over each subset's rows. Least squares of outcome on means within ``groups`` of
    runs trained alike (each group's mean is taken off both), with ``ridge`` times the mean variance of the scores
    against scores that say nearly the same. As ``ridge`` grows, weights of such scores come together. Each subset is
    foretold by the fit without it, in closed form. Raises :class:`InputError` for fewer subsets than scores and groups
    leave free, or scores that do not differ between subsets. After R-Select of OpenDataArena, which seeks
    weights over z-scored scores against a proxy's loss; the linear fit in place of its search is our reconstruction.
    """
    subsets, scores = means.shape
    member = np.zeros(subsets, dtype=np.int64) if groups is None else np.unique(groups, return_inverse=True)[1]
    kinds = int(member.max(initial=-1)) + 1
    if subsets < scores + kinds + 2:
        raise InputError(
            f"{counted(subsets, 'scored subset')} in {counted(kinds, 'group')} cannot weigh "
            f"{counted(scores, 'score')}.",
            remedy=f"Train and score {scores + kinds + 2 - subsets} more subsets that differ, or name fewer scores.",
        )
    dummies = np.eye(kinds)[member]  # (subsets, groups)
    inside = dummies @ (dummies.T @ means / dummies.sum(axis=0)[:, None])
    centred = means - inside
    spread = float((centred**2).mean())
    if spread <= 1e-18 or (centred**2).sum(axis=0).min() <= 1e-18:
        raise InputError(
            "A score has the same mean in every subset that was trained alike: it cannot be weighed.",
            remedy="Leave it out, or train subsets in which it differs.",
        )
    aim = outcomes - dummies @ (dummies.T @ outcomes / dummies.sum(axis=0))
    inverse = np.linalg.inv(centred.T @ centred + ridge * spread * subsets * np.eye(scores))
    raw = inverse @ centred.T @ aim
    whole = np.abs(raw).sum()
    if whole <= 0:
        raise InputError("The outcomes of the subsets do not differ.", remedy="Score subsets that differ more.")
    leverage = np.einsum("ij,jk,ik->i", centred, inverse, centred) + 1 / dummies.sum(axis=0)[member]
    missed = (aim - centred @ raw) / np.maximum(1 - leverage, 1e-9)  # of the fit without the subset
    lone = leverage > 1 - 1e-6  # alone in its group: nothing foretells it
    told = (aim - missed)[~lone]
    foretold = spearman(told, aim[~lone]) if len(told) > 2 and np.ptp(told) > 0 and np.ptp(aim[~lone]) > 0 else np.nan
    return ScoreWeights(
        names=tuple(names), weights=raw / whole, subsets=subsets, groups=kinds, foretold=float(foretold)
    )
