"""What the logged scores say of a strategy: its subsets beside random ones of the same size, trained alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.counted import counted, spoken_unit
from core.evidence.independence import CONFIDENCE, units_of
from core.evidence.observations import group_name, without_undirected

RANDOM = "random"
UNITS_FROM = 3  # with fewer independent subsets or series on a side no interval is computed
TOP = 99.5  # per cent: from here a subset counts as one at the end of its slider
SAME = ("size", "model", "trainer", "benchmark", "judge", "baseline", "measure", "proxy")  # what both sides share
ALWAYS = ("size", "benchmark", "measure", "proxy")  # of SAME, what every comparison is named by
UNKNOWN = "Not yet known to beat random here."


@dataclass(frozen=True, kw_only=True)
class AgainstRandom:
    """One comparison: ``effect`` is the strategy's mean score minus that of random subsets, positive where better.

    ``low`` and ``high`` are its 95 % interval (Welch's t over independent units: series, or subsets of no series), NaN
    where ``reason`` says why there is none. ``about`` names what both sides share, ``unit`` is that of the score.
    """

    component: str
    about: str
    unit: str
    effect: float
    low: float
    high: float
    own: int
    random: int
    reason: str = ""

    @property
    def sign(self) -> int:
        """1 where the interval lies above 0, −1 where it lies below, 0 where it holds 0 or there is none."""
        return int(self.low > 0) - int(self.high < 0)

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        unit = f" {said}" if (said := spoken_unit(self.unit)) else ""
        amount = f"{abs(self.effect):.3g}{unit} {'better' if self.effect >= 0 else 'worse'} than random"
        units = f"{self.own:,} of its own against {self.random:,} random"
        if self.reason:
            return f"{amount}, {units}. {self.reason}"
        ends = " to ".join(f"{'−' if end < 0 else '+'}{abs(end):.3g}" for end in (self.low, self.high))
        verdict = {1: "Above random here", -1: "Below random here", 0: "Not yet known to beat random here"}[self.sign]
        return f"{verdict}: {amount} (95 % interval {ends}, + is better), {units}."


def against_random(frame: pd.DataFrame, strategy: str) -> list[AgainstRandom]:
    """Every comparison of ``strategy`` with random subsets that share size, model, trainer, benchmark and measure.

    ``frame``: observations (:func:`core.evidence.observations.observe`). Of a strategy with a slider those at its end
    count (100 %), of one without all. Scores are means within an independent unit first. Comparisons with an interval
    come first, then those with more units.
    """
    scored = without_undirected(frame).dropna(subset=["score"])
    scored = scored.assign(better=scored["score"] * scored["direction"])
    own = scored[(scored["strategy"] == strategy) & (scored["level"].isna() | (scored["level"] >= TOP))]
    drawn = scored[scored["strategy"] == RANDOM]
    if strategy == RANDOM or own.empty or drawn.empty:
        return []
    comparisons = []
    # A name has what every comparison is about, and of the rest only the facts in which comparisons differ.
    told = [name for name in SAME if name in ALWAYS or len(own[name].drop_duplicates()) > 1]
    for key, group in own.groupby(["component", *SAME], dropna=False, sort=True):
        beside = drawn
        for name, value in zip(SAME, key[1:], strict=True):
            beside = beside[beside[name].isna() if value is pd.NA or value != value else beside[name] == value]
        if len(beside):
            comparisons.append(_compared(group, beside, component=str(key[0]), about=_about(key[1:], told)))
    return sorted(
        comparisons,
        key=lambda compared: (
            bool(compared.reason), -min(compared.own, compared.random), compared.about, compared.component,
        ),
    )  # fmt: skip


def summary(comparisons: Sequence[AgainstRandom]) -> str:
    """One line for all comparisons of a strategy."""
    if not comparisons:
        return f"{UNKNOWN} No score of its subsets stands beside one of random subsets of the same size."
    claimed = [comparison for comparison in comparisons if not comparison.reason]
    if not claimed:
        return f"{UNKNOWN} {comparisons[0].reason}"
    above, below = (sum(comparison.sign == sign for comparison in claimed) for sign in (1, -1))
    many = counted(len(claimed), "comparison")
    if not above and not below:
        return f"{UNKNOWN} Its interval holds 0 in {'the' if len(claimed) == 1 else 'all'} {many}."
    chance = " One in twenty ends outside 0 by chance." if len(claimed) > 1 else ""
    return f"Above random in {above:,} and below in {below:,} of {many} here.{chance}"


def _about(key: Sequence[object], told: Sequence[str]) -> str:
    facts = dict(zip(SAME, key, strict=True))
    return group_name([facts[name] for name in told], told)


def _compared(own: pd.DataFrame, drawn: pd.DataFrame, *, component: str, about: str) -> AgainstRandom:
    from scipy import stats

    mine, others = _unit_means(own), _unit_means(drawn)
    few = min(len(mine), len(others)) < UNITS_FROM
    low = high = float("nan")
    reason = f"An interval needs {UNITS_FROM} independent series or subsets on each side." if few else ""
    if not few and np.ptp(mine) + np.ptp(others) > 0:
        ends = stats.ttest_ind(mine, others, equal_var=False).confidence_interval(CONFIDENCE)
        low, high = float(ends.low), float(ends.high)
    elif not few:
        reason = "All scores of each side are equal: there is no spread to judge by."
    return AgainstRandom(
        component=component,
        about=about,
        unit=str(own.iloc[0]["unit"]),
        effect=float(mine.mean() - others.mean()),
        low=low,
        high=high,
        own=len(mine),
        random=len(others),
        reason=reason,
    )


def _unit_means(group: pd.DataFrame) -> NDArray[np.float64]:
    """(units,) the mean score of each independent unit."""
    units = units_of(group)
    counts = np.bincount(units.codes, minlength=units.count)
    return np.asarray(np.bincount(units.codes, weights=group["better"].to_numpy(float), minlength=units.count) / counts)
