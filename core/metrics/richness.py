"""Lexical richness, averaged over rows: TTR and HD-D as expectations, vocd-D by a fit, MTLD and MATTR by a pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.metric import Measuring, Metric
from core.metrics.mtld_mattr import mattr, mtld
from core.metrics.reading import Reading, undefined
from core.metrics.units import UNIT, unit_needs, unit_rows
from core.parameters import Parameter
from core.view import TokenRows

VOCD_DRAWS = (10, 20, 30, 40, 50)


def expected_types(rows: TokenRows, *, draws: int) -> NDArray[np.float64]:
    """(rows with at least ``draws`` tokens,) the expected number of different types among ``draws`` tokens of the row.

    For draws without replacement it is Σ over types of 1 − C(L − f, draws) / C(L, draws): the limit of the average over
    random draws, computed without sampling. A row's types are summed by ascending frequency, so its value depends on
    its words alone and not on the numbers that the types have. O(row types · log).
    """
    from scipy.special import gammaln

    counts, lengths = rows.counts, rows.lengths
    owner = np.repeat(np.arange(len(lengths)), np.diff(counts.indptr))
    frequencies = _ascending_in_rows(counts.data, owner)
    there = lengths[owner] >= draws
    length = lengths[owner[there]].astype(np.float64)
    others = length - frequencies[there]
    missed = np.zeros(len(length))
    can = others >= draws
    o, n = others[can], length[can]
    missed[can] = np.exp(gammaln(o + 1) - gammaln(o - draws + 1) + gammaln(n - draws + 1) - gammaln(n + 1))
    sums = np.bincount(owner[there], weights=1 - missed, minlength=len(lengths)).astype(np.float64)
    return sums[lengths >= draws]


def _ascending_in_rows(values: NDArray[np.integer[Any]], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """``values``, not negative, sorted within each row; ``owner``, ascending, says whose each is."""
    if not len(values):
        return values.astype(np.int64)
    above = int(values.max()) + 1
    return np.sort(owner * above + values) % above


def _mean(values: NDArray[np.float64]) -> float:
    """The mean from the exact sum: the order of the rows, which follows their ids, changes no digit."""
    return math.fsum(values) / len(values)


def fit_vocd(ratios: NDArray[np.float64]) -> float | None:
    """D of TTR(k) = (D/k)(√(1 + 2k/D) − 1) by least squares over k = 10 … 50; None where no D is finite."""
    from scipy.optimize import minimize_scalar

    draws = np.array(VOCD_DRAWS, dtype=np.float64)

    def loss(log_d: float) -> float:
        d = np.exp(log_d)
        return float(((d / draws * np.expm1(0.5 * np.log1p(2 * draws / d)) - ratios) ** 2).sum())

    if ratios.min() > 1 - 1e-9:
        return None
    best = minimize_scalar(loss, bounds=(np.log(1e-4), np.log(1e7)), method="bounded", options={"xatol": 1e-10})
    return float(np.exp(best.x))


def _mean_over_rows(
    measuring: Measuring, *, shortest: int, values: Callable[[TokenRows], NDArray[np.float64]]
) -> Reading:
    """The mean of a value over the rows with at least ``shortest`` units; other rows are left out and counted."""
    unit = measuring.parameters["unit"]
    rows = unit_rows(measuring.view, unit)
    long = int(np.count_nonzero(rows.lengths >= shortest))
    if long == 0:
        return undefined(f"no row has {shortest} {unit}")
    row_values = values(rows)
    return Reading(
        value=_mean(row_values),
        detail={
            "median": float(np.median(row_values)),
            "rows counted": long,
            f"rows of fewer than {shortest} {unit}": len(rows.lengths) - long,
        },
    )


def _draws_metric(measuring: Measuring) -> Reading:
    """Expected type–token ratio of a fixed number of tokens of each row. O(row types)."""
    draws = measuring.parameters["draws"]
    return _mean_over_rows(measuring, shortest=draws, values=lambda rows: expected_types(rows, draws=draws) / draws)


def _vocd(measuring: Measuring) -> Reading:
    """D fitted to the mean expected type–token ratios of 10 to 50 tokens. O(row types)."""
    unit = measuring.parameters["unit"]
    rows = unit_rows(measuring.view, unit)
    long = np.flatnonzero(rows.lengths >= VOCD_DRAWS[-1])
    if len(long) == 0:
        return undefined(f"no row has {VOCD_DRAWS[-1]} {unit}")
    kept = rows.take(long)
    ratios = np.array([_mean(expected_types(kept, draws=draws)) / draws for draws in VOCD_DRAWS])
    value = fit_vocd(ratios)
    if value is None:
        return undefined("no row repeats any of its tokens, and then D has no bound")
    detail: dict[str, float] = {f"TTR of {draws}": float(ratio) for draws, ratio in zip(VOCD_DRAWS, ratios)}
    return Reading(value=value, detail={**detail, f"rows of fewer than 50 {unit}": len(rows.lengths) - len(long)})


def _mtld(measuring: Measuring) -> Reading:
    shortest, threshold = measuring.parameters["shortest"], measuring.parameters["threshold"]
    return _mean_over_rows(
        measuring, shortest=shortest, values=lambda rows: mtld(rows, shortest=shortest, threshold=threshold)
    )


def _mattr(measuring: Measuring) -> Reading:
    window = measuring.parameters["window"]
    return _mean_over_rows(measuring, shortest=window, values=lambda rows: mattr(rows, window=window))


def _integer(name: str, title: str, default: int, help: str) -> Parameter:
    return Parameter(name=name, title=title, kind="int", default=default, minimum=1, maximum=10_000, help=help)


def _draws(default: int) -> Parameter:
    return _integer(
        "draws",
        "Tokens drawn",
        default,
        "More tokens drawn from a row repeat more: the value falls; more rows are short.",
    )


METRICS = (
    Metric(
        name="ttr",
        title="Type–token ratio (TTR)",
        family="lexical",
        direction=1,
        formula="Mean over rows of the expected share of different tokens among 30 drawn from the row without "
        "replacement (the exact expectation over all draws). Rows with fewer tokens are left out and counted.",
        source="Baseline 1 of NovelSum (2502.17184). Known from memory, not re-read.",
        measure=_draws_metric,
        needs=unit_needs,
        parameters=(UNIT, _draws(30)),
        length_dependent=True,
        cost="O(row types)",
    ),
    Metric(
        name="vocd_d",
        title="vocd-D",
        family="lexical",
        direction=1,
        formula="D of TTR(k) = (D/k)(√(1 + 2k/D) − 1), least squares over the mean expected TTR of k = 10, 20, 30, "
        "40, 50 tokens of each row with at least 50.",
        source="Baseline 2 of NovelSum (2502.17184), from memory; McKee et al. 2000. The exact expectation replaces "
        "random draws.",
        measure=_vocd,
        needs=unit_needs,
        parameters=(UNIT,),
        length_dependent=True,
        cost="O(row types)",
    ),
    Metric(
        name="hdd",
        title="HD-D",
        family="lexical",
        direction=1,
        formula="Mean over rows of Σ over types of (1 − hypergeometric P(0; L, f, 42)) / 42.",
        source="McCarthy & Jarvis 2007.",
        measure=_draws_metric,
        needs=unit_needs,
        parameters=(UNIT, _draws(42)),
        length_dependent=True,
        cost="O(row types)",
    ),
    Metric(
        name="mtld",
        title="MTLD",
        family="lexical",
        direction=1,
        formula="Mean over rows of tokens / factors, a factor ending where the running TTR reaches 0.72 or less, the "
        "rest counted as a part of one; forwards and backwards averaged.",
        source="McCarthy & Jarvis 2010.",
        measure=_mtld,
        needs=unit_needs,
        parameters=(
            UNIT,
            Parameter(
                name="threshold",
                title="Threshold",
                kind="float",
                default=0.72,
                minimum=0.05,
                maximum=0.99,
                help="A higher threshold ends factors sooner: the value falls.",
            ),
            _integer("shortest", "Shortest row", 50, "A higher value leaves out short rows, whose MTLD is unstable."),
        ),
        length_dependent=True,
        unit="tokens",
    ),
    Metric(
        name="mattr",
        title="MATTR",
        family="lexical",
        direction=1,
        formula="Mean over rows of the mean type–token ratio of every window of 50 tokens.",
        source="Covington & McFall 2010.",
        measure=_mattr,
        needs=unit_needs,
        parameters=(UNIT, _integer("window", "Window", 50, "A wider window repeats more: the value falls.")),
    ),
)
