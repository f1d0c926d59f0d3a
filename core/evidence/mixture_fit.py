"""What a law of mixtures says of a set of runs: the effect of each source, how well it predicts, the best mixture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.counted import counted
from core.errors import InputError
from core.evidence.mixture import Floats, MeanLaw, Mixtures, fit_mean_law, spearman
from core.evidence.mixture_optimum import Optimum, optimum, refitted_laws

STEP = 0.1  # the share that an effect moves to a source at most
FOLDS = 10
ONE_BY_ONE_UP_TO = 40  # runs that are left out one at a time rather than in folds
PAIRS_DRAWN = 1_000


@dataclass(frozen=True, eq=False, kw_only=True)
class MixtureFit:
    """A ``law`` fitted to runs. ``table`` has a row for each source, in order of its effect, the best first:

    ``source``, ``mean``, ``lowest`` and ``highest`` share tried; ``effect``: what the law predicts to change if the
    share ``moved`` of the mean mixture goes to the source, taken from all in proportion, with ``effect_low`` and
    ``effect_high``. ``moved`` is :data:`STEP`, or less where no run had so much of the source. ``best``,
    ``best_low``, ``best_high``: its share of the best mixture. Ranges hold 95 % of refits.

    ``predicted`` (runs,) is by laws that were fitted without the run; ``agreement`` is its Spearman correlation with
    ``observed``, in the range ``agreement_low`` to ``agreement_high``. ``caution`` says why nothing is claimed, or "".
    """

    law: MeanLaw
    table: pd.DataFrame
    observed: Floats
    predicted: Floats
    agreement: float
    agreement_low: float
    agreement_high: float
    optimum: Optimum
    caution: str


def fit_mixture(
    runs: Mixtures, name: str, *, lower_is_better: bool = True, draws: int = 100, seed: int = 0
) -> MixtureFit:
    """The law of the metric ``name`` of ``runs``, tried on runs that it has not seen and refitted to runs drawn anew.

    Raises :class:`InputError` with fewer runs than sources plus three: a law with one run left out has as many numbers
    as there are runs. ``draws``: refits behind the ranges; more make them steadier. O(folds + draws) fits.
    """
    target, targets, sources = runs.target(name), runs.targets(name), len(runs.sources)
    if len(target) < sources + 3:
        raise InputError(
            f"A law of {sources} sources that is tried on runs it has not seen needs {sources + 3} runs, there are "
            f"{len(target)}.",
            remedy="Log more runs, or choose a column with fewer values.",
        )
    law = fit_mean_law(runs.shares, targets, lower_is_better=lower_is_better)
    refits = refitted_laws(runs.shares, targets, law, lower_is_better=lower_is_better, draws=draws, seed=seed)
    highest = runs.shares.max(axis=0)
    best = optimum(law, refits, tried=highest)
    middle = runs.shares.mean(axis=0)
    moved = np.minimum(STEP, np.maximum(highest - middle, 0.0))
    effects = effects_of(law, middle, moved)
    low, high = _range(np.array([effects_of(refit, middle, moved) for refit in refits]))
    predicted = predictions_without(runs.shares, targets, lower_is_better=lower_is_better, seed=seed)
    agreement = spearman(predicted, target)
    agreement_low, agreement_high = _agreement_range(predicted, target, seed=seed)
    table = pd.DataFrame({
        "source": runs.sources, "mean": middle, "lowest": runs.shares.min(axis=0), "highest": highest, "moved": moved,
        "effect": effects, "effect_low": low, "effect_high": high,
        "best": best.shares, "best_low": best.low, "best_high": best.high,
    })  # fmt: skip
    return MixtureFit(
        law=law, table=table.sort_values("effect", ascending=lower_is_better, kind="stable").reset_index(drop=True),
        observed=target, predicted=predicted, agreement=agreement, agreement_low=agreement_low,
        agreement_high=agreement_high, optimum=best,
        caution=_caution(len(target), sources, agreement_low),
    )  # fmt: skip


def effects_of(law: MeanLaw, mixture: Floats, moved: Floats) -> Floats:
    """(sources,) what the law predicts to change where ``moved`` (sources,) of ``mixture`` (sources,) goes to each."""
    after = (1 - moved)[:, None] * mixture[None] + np.diag(moved) * mixture.sum()  # (sources, sources)
    return law.predict(after) - law.predict(mixture[None])


def predictions_without(shares: Floats, targets: Floats, *, lower_is_better: bool = True, seed: int = 0) -> Floats:
    """(runs,) the mean of ``targets`` (runs, metrics) of each run by a law fitted to others.

    The runs are left out one by one, or in :data:`FOLDS` seeded folds.
    """
    runs = len(targets)
    folds = np.arange(runs)
    if runs > ONE_BY_ONE_UP_TO and runs - -(-runs // FOLDS) >= shares.shape[1] + 2:
        folds = np.random.default_rng(seed).permutation(runs) % FOLDS
    predicted = np.full(runs, np.nan)
    for fold in np.unique(folds):
        out = folds == fold
        if (np.ptp(targets[~out], axis=0) > 0).all():
            law = fit_mean_law(shares[~out], targets[~out], lower_is_better=lower_is_better)
            predicted[out] = law.predict(shares[out])
    return predicted


def _agreement_range(predicted: Floats, observed: Floats, *, seed: int) -> tuple[float, float]:
    """The 95 % range of the rank correlation over runs drawn anew, each with its prediction."""
    generator = np.random.default_rng(seed)
    drawn = np.array(
        [
            spearman(predicted[rows], observed[rows])
            for rows in generator.integers(0, len(observed), (PAIRS_DRAWN, len(observed)))
        ]
    )
    drawn = drawn[np.isfinite(drawn)]
    return (float("nan"),) * 2 if len(drawn) == 0 else tuple(np.quantile(drawn, [0.025, 0.975]).tolist())


def _range(drawn: Floats) -> tuple[Floats, Floats]:
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return low, high


def _caution(runs: int, sources: int, agreement_low: float) -> str:
    numbers = sources + 1  # a floor and a slope for each source; the offset stands in the slopes
    if runs < 2 * numbers:
        return (
            f"Nothing is claimed: {counted(runs, 'run')} for a law of {numbers} numbers. From {2 * numbers} runs on "
            "the ranges can be read."
        )
    if not agreement_low > 0:
        return (
            "Nothing is claimed: the law does not rank runs that it has not seen better than chance. The shares of "
            "these sources do not tell the score."
        )
    return ""
