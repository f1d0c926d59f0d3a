"""Runs that differ in their shares of sources: the entropy of the mixture, a fitted law, and its optimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InputError, quoted

Floats = NDArray[np.float64]
INDEX = ("index", "run", "id", "name")  # what the column that names the runs may be called
OFF_BY = 0.05  # shares may add up to 1 give or take this much, for rounding
MEAN = "mean"  # of all metrics
FEWEST = 6  # runs from which a correlation is given
REFIT_STEPS = 50  # of a search that starts from a law of much the same runs


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixtures:
    """Runs with their shares of each source and their metrics.

    ``shares`` (runs, sources) float64, rows sum to 1 or nearly so; ``metrics`` (runs, columns) with the runs as index.
    """

    sources: tuple[str, ...]
    shares: Floats
    metrics: pd.DataFrame

    @property
    def entropy(self) -> Floats:
        """(runs,) Shannon entropy of the shares, in nats: 0 for one source, log(sources) for equal shares."""
        shares = self.shares / self.shares.sum(axis=1, keepdims=True)
        return -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)

    def metric_named(self, name: str) -> str:
        """The metric ``name``, or whose name it is a part of. Raises :class:`InputError` where none or several fit."""
        names = [str(column) for column in self.metrics]
        matching = [column for column in names if column == name] or [
            column for column in names if name and name in column
        ]
        if len(matching) != 1:
            problem = "fits several metrics" if matching else "is no metric of these runs"
            raise InputError(f"{quoted(name)} {problem}.", remedy=f"There are: {MEAN}, {', '.join(names)}.")
        return matching[0]

    def target(self, name: str) -> Floats:
        """(runs,) the metric ``name``; "mean" is the mean of all. Raises :class:`InputError` for an unknown one."""
        if name == MEAN:
            return self.metrics.to_numpy(np.float64).mean(axis=1)
        return self.metrics[self.metric_named(name)].to_numpy(np.float64)

    def targets(self, name: str) -> Floats:
        """(runs, metrics) the metrics whose mean :meth:`target` gives: all of them for "mean", else the one named."""
        return self.metrics.to_numpy(np.float64) if name == MEAN else self.target(name)[:, None]

    def source(self, name: str) -> int:
        """The index of a source by its name or a part of it. Raises :class:`InputError` where none or several fit."""
        matching = [place for place, source in enumerate(self.sources) if source == name] or [
            place for place, source in enumerate(self.sources) if name and name in source
        ]
        if len(matching) != 1:
            problem = "fits several sources" if matching else "is no source of these runs"
            raise InputError(f"{quoted(name)} {problem}.", remedy=f"There are: {', '.join(self.sources)}.")
        return matching[0]


def join(ratios: pd.DataFrame, metrics: pd.DataFrame) -> Mixtures:
    """Mixtures from two tables with a column that names the runs (index, run, id or name; else the first column).

    ``ratios`` has a column for each source: shares, or weights in any unit. Where every run's add up to 1 within
    :data:`OFF_BY` they are taken as they stand, rounded as they may be; else each run's are divided by their sum.
    ``metrics`` has a column for each metric. Raises :class:`InputError` where a run stands twice, no two runs are in
    both, a cell is no number, or a share is negative.
    """
    shares, values = _indexed(ratios, "ratios"), _indexed(metrics, "metrics")
    common = shares.index.intersection(values.index, sort=False)
    if len(common) < 2:
        raise InputError("The two tables have no two runs in common.", remedy="Name the runs alike in both.")
    weights = shares.loc[common].to_numpy(np.float64)
    totals = weights.sum(axis=1)
    if (weights < 0).any() or not (totals > 0).all():
        raise InputError("Every run needs shares of 0 or more, not all 0.")
    if np.abs(totals - 1).max() > OFF_BY:
        weights = weights / totals[:, None]
    return Mixtures(sources=tuple(map(str, shares.columns)), shares=weights, metrics=values.loc[common])


def entropy_correlations(runs: Mixtures, *, control: str = "") -> pd.DataFrame:
    """How the entropy of the mixture goes with each metric and with their mean: Spearman, and the partial one.

    Columns metric, runs, spearman, and with ``control`` (a source) ``partial``: Spearman's correlation with the ranks
    of that source's share held fixed. Where most of the score comes from one source, the sign can turn.
    """
    entropy, rows = runs.entropy, []
    share = runs.shares[:, runs.source(control)] if control else None
    for name in (MEAN, *map(str, runs.metrics.columns)):
        target = runs.target(name)
        row: dict[str, object] = {"metric": name, "runs": len(target), "spearman": spearman(entropy, target)}
        if share is not None:
            row["partial"] = partial_spearman(entropy, target, share)
        rows.append(row)
    return pd.DataFrame(rows)


def partial_spearman(first: Floats, second: Floats, control: Floats) -> float:
    """Pearson's correlation of the ranks of ``first`` and ``second`` after the ranks of ``control`` are taken out.

    All (runs,). NaN below :data:`FEWEST` runs or where one side does not vary.
    """
    if len(first) < FEWEST:
        return float("nan")
    from scipy.stats import rankdata

    ranks = [rankdata(values) for values in (first, second, control)]
    if any(np.ptp(rank) == 0 for rank in ranks[:2]):
        return float("nan")
    design = np.column_stack([np.ones(len(first)), ranks[2]])
    left = [rank - design @ np.linalg.lstsq(design, rank, rcond=None)[0] for rank in ranks[:2]]
    if any(np.linalg.norm(rest) < 1e-9 for rest in left):
        return float("nan")
    return float(np.corrcoef(left[0], left[1])[0, 1])


@dataclass(frozen=True, eq=False, kw_only=True)
class MixtureLaw:
    """metric ≈ floor + sign · exp(offset + Σ slopes · shares): a log-linear law of mixtures.

    ``slopes`` (sources,); ``sign`` is +1 for losses, −1 for scores, whose distance below a ceiling shrinks.
    Reconstruction of the exponential law of Data Mixing Laws (2403.16952), as regression of RegMix (2407.01492).
    """

    floor: float
    offset: float
    slopes: Floats
    sign: int

    def predict(self, shares: Floats) -> Floats:
        """(runs,) the metric that the law gives for ``shares`` (runs, sources)."""
        return self.floor + self.sign * np.exp(self.offset + shares @ self.slopes)


def fit_law(
    shares: Floats, target: Floats, *, lower_is_better: bool = True, near: MixtureLaw | None = None
) -> MixtureLaw:
    """The law that fits ``target`` (runs,) best by least squares.

    It starts from a line through log(target − floor), floor a little beyond the best run, so that no start is drawn.
    A weak pull of the slopes to 0 makes sources that no run has stand at 0. Raises :class:`InputError` with fewer runs
    than sources plus two, or where the metric does not vary. ``near`` is a law of much the same runs, from which
    the search starts and soon ends.
    """
    from scipy.optimize import least_squares

    sign = 1 if lower_is_better else -1
    runs, sources = shares.shape
    if runs < sources + 2:
        raise InputError(f"A law of {sources} sources needs {sources + 2} runs, there are {runs}.")
    spread = float(np.ptp(target))
    if not spread > 0:
        raise InputError("The metric is the same for all runs.")
    floor = float(target.min() - 0.1 * spread if sign > 0 else target.max() + 0.1 * spread)
    design = np.column_stack([np.ones(runs), shares])
    # Shares sum to 1, so the offset can stand in every slope: the shortest solution is taken.
    start = np.linalg.lstsq(design, np.log(sign * (target - floor)), rcond=None)[0]
    begin = np.concatenate(([floor], start) if near is None else ([near.floor, near.offset], near.slopes))
    pull = 1e-4 * spread

    def residuals(values: Floats) -> Floats:
        law = values[0] + sign * np.exp(np.clip(values[1] + shares @ values[2:], -50, 50))
        return np.concatenate((law - target, pull * values[1:]))

    def slopes(values: Floats) -> Floats:
        grown = sign * np.exp(np.clip(values[1] + shares @ values[2:], -50, 50))
        jacobian = np.column_stack([np.ones(runs), grown, grown[:, None] * shares])
        pulled = np.zeros((sources + 1, sources + 2))
        pulled[:, 1:] = pull * np.eye(sources + 1)
        return np.concatenate((jacobian, pulled))

    fitted = least_squares(residuals, begin, jac=slopes, method="lm", max_nfev=2_000 if near is None else REFIT_STEPS)
    return MixtureLaw(floor=float(fitted.x[0]), offset=float(fitted.x[1]), slopes=fitted.x[2:], sign=sign)


@dataclass(frozen=True, eq=False, kw_only=True)
class MeanLaw:
    """The mean of ``laws``, each fitted to one metric in the same unit; of one metric there is one.

    A mean of losses has no exponential law of its own: the sources that lower one domain's loss raise another's.
    """

    laws: tuple[MixtureLaw, ...]

    def predict(self, shares: Floats) -> Floats:
        """(runs,) the mean metric that the laws give for ``shares`` (runs, sources)."""
        return np.mean([law.predict(shares) for law in self.laws], axis=0)


def fit_mean_law(
    shares: Floats, targets: Floats, *, lower_is_better: bool = True, near: MeanLaw | None = None
) -> MeanLaw:
    """A law (:func:`fit_law`) for each of ``targets`` (runs, metrics) that varies; O(metrics) fits."""
    starts = near.laws if near else (None,) * targets.shape[1]
    return MeanLaw(laws=tuple(
        fit_law(shares, targets[:, place], lower_is_better=lower_is_better, near=start)
        for place, start in enumerate(starts)
    ))  # fmt: skip


def spearman(first: Floats, second: Floats) -> float:
    """Spearman's correlation of two columns (runs,); NaN below :data:`FEWEST` runs or where one does not vary."""
    if len(first) < FEWEST or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    from scipy.stats import rankdata

    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def rank_agreement(law: MeanLaw, shares: Floats, target: Floats) -> float:
    """Spearman's correlation between the law's predictions and ``target`` (runs,) of runs that it was not fitted to."""
    return spearman(law.predict(shares), target)


def _indexed(table: pd.DataFrame, what: str) -> pd.DataFrame:
    if not len(table.columns) or not len(table):
        raise InputError(f"The table of {what} is empty.")
    named: Sequence[str] = [str(column) for column in table.columns if str(column).strip().lower() in INDEX]
    index = named[0] if named else str(table.columns[0])
    whole = table.rename(columns=str).set_index(index)
    if whole.index.duplicated().any():
        raise InputError(
            f"In the table of {what} a run stands twice: {str(whole.index[whole.index.duplicated()][0])[:80]}."
        )
    numbers = whole.apply(pd.to_numeric, errors="coerce")
    lost = numbers.isna()
    if lost.to_numpy().any():
        row, column = np.argwhere(lost.to_numpy())[0]
        cell = str(whole.iloc[row, column])[:80]
        raise InputError(
            f"In the table of {what}, run {whole.index[row]} has {quoted(cell)} as {quoted(whole.columns[column])}."
        )
    return numbers.astype(np.float64)
