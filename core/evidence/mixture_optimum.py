"""The best mixture by a law, inside what was tried, and how sure it is over refits to runs drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evidence.mixture import Floats, MeanLaw, fit_mean_law


@dataclass(frozen=True, eq=False, kw_only=True)
class Optimum:
    """The mixture with the best predicted metric: ``shares`` (sources,), their 95 % range, and the predicted metric.

    ``low`` and ``high`` (sources,) are over refits to runs drawn anew; ``reliable`` is the share of them whose largest
    source is the same.
    """

    shares: Floats
    low: Floats
    high: Floats
    predicted: float
    reliable: float


def refitted_laws(
    shares: Floats,
    targets: Floats,
    law: MeanLaw,
    *,
    lower_is_better: bool = True,
    draws: int = 100,
    seed: int = 0,
) -> list[MeanLaw]:
    """Laws of as many runs, drawn anew with replacement, each fitted from the ``law`` of all runs.

    ``targets`` (runs, metrics). Draws in which a metric does not vary are left out. O(draws · metrics) fits.
    """
    generator = np.random.default_rng(seed)
    laws = []
    for _ in range(draws):
        rows = generator.integers(0, len(targets), len(targets))
        if (np.ptp(targets[rows], axis=0) > 0).all():
            laws.append(fit_mean_law(shares[rows], targets[rows], lower_is_better=lower_is_better, near=law))
    return laws


def optimum(law: MeanLaw, refits: Sequence[MeanLaw], *, tried: Floats) -> Optimum:
    """The best mixture by the ``law``, no source above ``tried`` (sources,), the largest share that a run had.

    The law of one metric puts everything on its best sources, so only the bound keeps the mixture inside what was
    tried; that of a mean balances what its metrics want. The range over the ``refits`` says how sure its place is. A
    larger ``tried`` reaches further beyond the runs.
    """
    best = best_shares(law, tried)
    drawn = np.array([best_shares(refit, tried) for refit in refits]) if refits else best[None]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    same = float((drawn.argmax(axis=1) == best.argmax()).mean())
    return Optimum(shares=best, low=low, high=high, predicted=float(law.predict(best[None])[0]), reliable=same)


def best_shares(law: MeanLaw, bounds: Floats) -> Floats:
    """The shares (sources,) with the best predicted metric under ``bounds`` (sources,), by a convex search.

    The distance of a metric from its floor is convex in the shares, so the search has one end. With one law it is the
    lowest slopes first, each up to its bound.
    """
    if bounds.sum() <= 1:
        return bounds + (1 - bounds.sum()) / len(bounds)
    if len(law.laws) == 1:
        return _lowest_first(law.laws[0].slopes, bounds)
    offsets = np.array([part.offset for part in law.laws])
    slopes = np.array([part.slopes for part in law.laws])  # (metrics, sources)

    def distance(shares: Floats) -> tuple[float, Floats]:
        grown = np.exp(np.clip(offsets + slopes @ shares, -50, 50))
        return float(grown.mean()), grown @ slopes / len(grown)

    from scipy.optimize import minimize

    found = minimize(
        distance, bounds / bounds.sum(), jac=True, method="SLSQP", bounds=[(0.0, bound) for bound in bounds],
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1, "jac": np.ones_like},
        options={"maxiter": 300, "ftol": 1e-10},
    )  # fmt: skip
    shares = np.clip(found.x, 0.0, bounds)
    return shares / shares.sum()


def _lowest_first(slopes: Floats, bounds: Floats) -> Floats:
    shares, left = np.zeros(len(bounds)), 1.0
    for source in np.argsort(slopes, kind="stable"):
        shares[source] = min(bounds[source], left)
        left -= shares[source]
    return shares
