"""Length and verdict: how far longer answers win, and the win rate that is left at equal length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.judging.win_score import Floats, Share, resamples

DRAWS = 500
RIDGE = 0.01  # of both weights: where every prompt is won, the estimate stays finite
ROUNDS = 50
BINS = 7


@dataclass(frozen=True, kw_only=True)
class LengthFit:
    """logit P(win) = ``level`` + ``slope`` · tanh(Δ / ``scale``), Δ the characters that the judged answer is longer.

    ``rate``: the win rate in percent at Δ = 0, with its interval. ``correlation``: Spearman of Δ with the points.
    """

    level: float
    slope: float
    scale: float
    rate: Share
    correlation: float

    def curve(self, differences: NDArray[np.float64]) -> Floats:
        """The fitted win rate in percent at each of ``differences``."""
        return 100 * _sigmoid(self.level + self.slope * np.tanh(np.asarray(differences) / self.scale))


def fit_length(won: Floats, longer: NDArray[np.float64], points: Floats, *, seed: int = 0) -> LengthFit | None:
    """Fit the length model to prompts; None for fewer than ten, or where no two lengths differ.

    ``won`` (prompts,) is 1 for Good, one half for Same, 0 for Bad; ``longer`` (prompts,) the difference in characters;
    ``points`` (prompts,) the sums of points. The form is AlpacaEval 2's length-controlled win rate (arXiv 2404.04475)
    without its difficulty of each instruction, which needs many models' answers: it is ours, and its numbers are not
    theirs. The interval resamples prompts.
    """
    from scipy import stats

    if len(won) < 10 or np.ptp(longer) == 0:
        return None
    scale = float(longer.std())
    squashed = np.tanh(longer / scale)
    level, slope = _fit(won, squashed, np.ones((1, len(won))))[0]
    drawn = _fit(won, squashed, resamples(len(won), seed=seed, draws=DRAWS))
    low, high = np.percentile(100 * _sigmoid(drawn[:, 0]), [2.5, 97.5])
    varies = np.ptp(points) > 0
    return LengthFit(
        level=float(level),
        slope=float(slope),
        scale=scale,
        rate=Share(value=float(100 * _sigmoid(level)), low=float(low), high=float(high), n=len(won)),
        correlation=float(stats.spearmanr(longer, points).statistic) if varies else float("nan"),
    )


def length_bins(won: Floats, longer: NDArray[np.float64], fit: LengthFit) -> pd.DataFrame:
    """Up to :data:`BINS` groups of prompts by Δ, equally large: their mean Δ, observed and fitted win rate, prompts."""
    order = np.argsort(longer, kind="stable")
    parts = [part for part in np.array_split(order, min(BINS, max(1, len(order) // 5))) if len(part)]
    rows = [
        {
            "characters longer": float(longer[part].mean()),
            "win rate": float(100 * won[part].mean()),
            "fitted": float(fit.curve(longer[part]).mean()),
            "prompts": len(part),
        }
        for part in parts
    ]
    return pd.DataFrame(rows)


def _fit(won: Floats, squashed: Floats, weights: Floats) -> Floats:
    """(samples, 2) level and slope of each weighted sample, by Newton's method on the penalised likelihood."""
    found = np.zeros((len(weights), 2))
    for _ in range(ROUNDS):
        rate = _sigmoid(found[:, :1] + found[:, 1:] * squashed)  # (samples, prompts)
        error = weights * (won - rate)
        gradient = np.stack([error.sum(axis=1), error @ squashed], axis=1) - RIDGE * found
        curve = weights * rate * (1 - rate)
        h00, h01, h11 = curve.sum(axis=1) + RIDGE, curve @ squashed, curve @ squashed**2 + RIDGE
        det = h00 * h11 - h01**2
        step = np.stack(
            [(h11 * gradient[:, 0] - h01 * gradient[:, 1]) / det, (h00 * gradient[:, 1] - h01 * gradient[:, 0]) / det],
            axis=1,
        )
        step = np.clip(step, -2.0, 2.0)
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return found


def _sigmoid(x: Floats | float) -> Floats:
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))
