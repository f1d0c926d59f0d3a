"""How often the Compare page would claim what is not so, and how often its intervals hold the truth, by design.

Thousands of simulated worlds a cell: series have effects of their own in metric and score, subsets vary within them,
training seeds add noise. ``intervals`` is the page's jackknife for all worlds at once; a test holds the two equal.
"""

from __future__ import annotations

import itertools
import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from core.evidence.independence import Units, units_of
from core.evidence.resampling import interval
from tests.benchmarks.figures import record

Floats = NDArray[np.float64]
WORLDS = 4_000
FEWER = 2_000  # worlds a cell of the estimates that the page's own function reads one by one
# The share of the variance that lies between series, and whether the metric has it too.
SHARES = ((0.2, True), (0.5, True), (0.8, True), (0.5, False))
NOISE = 0.2  # variance of a training seed, where the score has 1 beside it
KEPT = 1 / np.sqrt(1 + NOISE)  # what the noise of seeds leaves of a correlation


def simulate(
    worlds: int, series: int, subsets: int, seeds: int, *, rho: float, share: float, rng: np.random.Generator,
    level_effect: bool = True,
) -> tuple[Floats, Floats]:  # fmt: skip
    """(metric, score), both (worlds, series, subsets, seeds), correlated by ``rho`` between and within series.

    ``share`` of each variance lies between series; ``level_effect`` False gives the metric none of it, as where every
    series has the same seven levels. The correlation of metric and score is then ``rho`` · √(1 − share).
    """

    def pair(*shape: int) -> tuple[Floats, Floats]:
        first = rng.normal(size=shape)
        return first, rho * first + np.sqrt(1 - rho**2) * rng.normal(size=shape)

    (a, b), (e, f) = pair(worlds, series, 1), pair(worlds, series, subsets)
    x = np.sqrt(share) * a + np.sqrt(1 - share) * e if level_effect else e
    y = np.sqrt(share) * b + np.sqrt(1 - share) * f
    if not level_effect:
        y = np.sqrt(share) * rng.normal(size=a.shape) + np.sqrt(1 - share) * f
    score = y[..., None] + np.sqrt(NOISE) * rng.normal(size=(*y.shape, seeds))
    return np.broadcast_to(x[..., None], score.shape).copy(), score


def intervals(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """(low, high) of Pearson's r, (worlds,): Fisher's z, whole series left out in turn, t with series − 1 degrees."""
    worlds, series = x.shape[:2]
    flat = [values.reshape(worlds, series, -1) for values in (x, y)]
    sums = np.stack(
        [
            np.full((worlds, series), flat[0].shape[2], dtype=float),
            flat[0].sum(2),
            flat[1].sum(2),
            (flat[0] ** 2).sum(2),
            (flat[1] ** 2).sum(2),
            (flat[0] * flat[1]).sum(2),
        ]
    )  # (6, worlds, series) fmt: skip
    total = sums.sum(axis=2)
    z, without = np.arctanh(_pearson(total)), np.arctanh(_pearson(total[..., None] - sums))
    half = stats.t.ppf(0.975, series - 1) * np.sqrt(((without - z[:, None]) ** 2).sum(axis=1))
    return np.tanh(z - half), np.tanh(z + half)


def main() -> None:
    """Print a line a cell; cells of one or two series carry no interval, and the page claims nothing."""
    rng = np.random.default_rng(20261127)
    started = time.perf_counter()
    worst_claims, worst_coverage = 0.0, 1.0
    for series, seeds, rho in itertools.product((1, 2, 3, 6), (1, 3), (0.0, 0.8)):
        cell = f"{series} series × 7 subsets × {seeds} seeds, ρ {rho}"
        if not _units(series, seeds).claim:
            print(f"{cell}: no interval, 0.0 % claimed")
            continue
        parts = []
        for share, level_effect in SHARES:
            x, y = simulate(WORLDS, series, 7, seeds, rho=rho, share=share, rng=rng, level_effect=level_effect)
            low, high = intervals(x, y)
            truth = rho * KEPT * (1 if level_effect else np.sqrt(1 - share))
            claims, coverage = float(np.mean((low > 0) | (high < 0))), float(np.mean((low <= truth) & (truth <= high)))
            worst_coverage = min(worst_coverage, coverage)
            worst_claims = max(worst_claims, claims) if rho == 0 else worst_claims
            effect = f"{share:.0%} between series" + ("" if level_effect else " (score only)")
            parts.append(f"{effect}: {claims:.1%} claimed, {coverage:.1%} covered")
        print(f"{cell}: " + "; ".join(parts))
    record("claims at ρ = 0, worst cell", worst_claims, "share")
    record("coverage, worst cell", worst_coverage, "share")
    most, least = other_estimates(rng)
    record("claims at ρ = 0 of Spearman, Kendall and slope, worst cell", most, "share")
    record("coverage of Spearman, Kendall and slope, worst cell", least, "share")
    print(f"Spearman, Kendall, slope: {most:.1%} claimed at ρ = 0, {least:.1%} covered; {FEWER:,} worlds a cell")
    seconds = time.perf_counter() - started
    print(
        f"worst: {worst_claims:.1%} claimed at ρ = 0, {worst_coverage:.1%} covered; {WORLDS:,} worlds, {seconds:.0f} s"
    )


def other_estimates(rng: np.random.Generator) -> tuple[float, float]:
    """(most claims at ρ = 0, least coverage) of Spearman, Kendall and the slope, by the page's own function."""
    most, least = 0.0, 1.0
    for series, seeds, rho, (share, level_effect) in itertools.product((3, 6), (1, 3), (0.0, 0.8), SHARES):
        x, y = simulate(FEWER, series, 7, seeds, rho=rho, share=share, rng=rng, level_effect=level_effect)
        within = 1.0 if level_effect else float(np.sqrt(1 - share))
        r = rho * KEPT * within
        truths = {"spearman": 6 / np.pi * np.arcsin(r / 2), "kendall": 2 / np.pi * np.arcsin(r), "slope": rho * within}
        units, subsets = _units(series, seeds), np.repeat(np.arange(series * 7), seeds)
        for name, truth in truths.items():
            ends = [interval(name, a.ravel(), b.ravel(), units, subsets=subsets)[:2] for a, b in zip(x, y)]
            low, high = np.array(ends).T  # (worlds,)
            least = min(least, float(np.mean((low <= truth) & (truth <= high))))
            most = max(most, float(np.mean((low > 0) | (high < 0))) if rho == 0 else most)
    return most, least


def _units(series: int, seeds: int) -> Units:
    """The page's own judgement of the design."""
    subsets = np.repeat(np.arange(series * 7), seeds)
    return units_of(pd.DataFrame({"subset": subsets, "series": subsets // 7}))


def _pearson(sums: Floats) -> Floats:
    n, sx, sy, sxx, syy, sxy = sums
    return np.asarray((sxy - sx * sy / n) / np.sqrt((sxx - sx**2 / n) * (syy - sy**2 / n)))


if __name__ == "__main__":
    main()
