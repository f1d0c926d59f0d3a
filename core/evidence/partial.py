"""Partial correlations: does a metric still correlate with the score when length and size are held fixed?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evidence.correlations import groups
from core.evidence.independence import CLAIM_FROM, jackknife, left_out_weights, units_of
from core.evidence.observations import GROUP
from core.evidence.resampling import PERFECT

LENGTH = "response.sl"  # the beginning of the address of the mean response length, whatever the tokenizer
GOES_WITH = 0.7  # from this |r| on a metric is said to go with the length


def partial_correlations(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    *,
    controls: Sequence[str],
    ranks: bool = False,
    by: Sequence[str] = GROUP,
) -> pd.DataFrame:
    """Pearson's correlation of metric and score with the ``controls`` partialled out, a row for each group and metric.

    With ``ranks`` every column is first replaced by its ranks over the group's subsets: Spearman's, plain and partial.

    ``controls`` are columns of ``frame`` (a length metric, ``size``); the metric itself and controls that do not vary
    or that no subset of a group has are not used there: ``controlled`` lists those used. r = t / √(t² + df) of the
    metric in the least squares of score on metric and controls (statsmodels), which is the partial correlation. Each
    subset counts once, with the mean over its seeds; NaN below six subsets or without a degree of freedom. p: of the
    same t where every subset is independent; where subsets share a series, of the cluster-robust t over whole series,
    and NaN, with a ``note``, where there are too few series (:mod:`core.evidence.independence`).
    """
    import statsmodels.api as sm

    rows = []
    for key, group in groups(frame, by):
        for metric in metrics:
            known = [name for name in controls if group[name].notna().any()]
            complete = group.dropna(subset=[metric, "score", *known])
            scores = len(complete)
            series = complete.assign(series=complete.get("series", "")).groupby("subset", sort=True)["series"].first()
            # Seeds of a subset add no evidence about a metric, which is the same for all of them.
            complete = (
                complete.groupby("subset", sort=True)[[*dict.fromkeys([metric, *known]), "score"]].mean().astype(float)
            )
            if ranks:
                complete = complete.rank()
            x, y = complete[metric].to_numpy(float), complete["score"].to_numpy(float)
            used = [
                name
                for name in known
                if name != metric and len(complete) and np.ptp(complete[name].to_numpy(float)) > 0
            ]
            row = {
                **dict(zip(by, key)), "metric": metric, "n": scores, "subsets": len(complete),
                "plain": np.nan, "partial": np.nan, "p": np.nan, "controlled": ", ".join(used), "note": "",
            }  # fmt: skip
            rows.append(row)
            if len(complete) < CLAIM_FROM or np.ptp(x) == 0 or np.ptp(y) == 0:
                row["note"] = "fewer than six subsets, or one side does not vary"
                continue
            row["plain"] = float(np.corrcoef(x, y)[0, 1])
            others = complete[used].to_numpy(float)
            others = (others - others.mean(axis=0)) / others.std(axis=0) if used else np.empty((len(x), 0))
            design = np.column_stack([(x - x.mean()) / x.std(), others, np.ones(len(x))])
            if np.linalg.matrix_rank(design) < design.shape[1] or len(x) <= design.shape[1]:
                row["note"] = (
                    "the metric is a mixture of the controls, or there are too few subsets for so many controls"
                )
                continue
            fitted = sm.OLS(y, design).fit()
            t, freedom = float(fitted.tvalues[0]), float(fitted.df_resid)
            row["partial"] = t / np.sqrt(t * t + freedom) if np.isfinite(t) else float(np.sign(fitted.params[0]))
            units = units_of(pd.DataFrame({"subset": series.index, "series": series.to_numpy()}))
            if units.what == "subsets":
                row["p"] = float(fitted.pvalues[0])
            elif units.claim:
                row["p"] = _clustered_p(design, y, left_out_weights(units) > 0)
            row["note"] = units.reason
    columns = [*by, "metric", "n", "subsets", "plain", "partial", "p", "controlled", "note"]
    return pd.DataFrame(rows, columns=columns)


def _clustered_p(design: NDArray[np.float64], y: NDArray[np.float64], kept: NDArray[np.bool_]) -> float:
    """p of the partial correlation of ``design``'s first column by leaving out whole units, ``kept`` (units, n)."""
    values = np.array([_partial(design[rows], y[rows]) for rows in (np.ones(len(y), dtype=bool), *kept)])
    values = np.clip(values, -PERFECT, PERFECT)
    return jackknife(float(values[0]), values[1:], transform=np.arctanh, back=np.tanh)[2]


def _partial(design: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The correlation of the residuals of the first column and of ``y`` on the other columns; NaN without residuals."""
    others = design[:, 1:]
    if np.linalg.matrix_rank(design) < np.linalg.matrix_rank(others) + 1:
        return float("nan")
    sides = np.column_stack([design[:, 0], y])
    sides = sides - others @ np.linalg.lstsq(others, sides, rcond=None)[0]
    size = np.linalg.norm(sides, axis=0)
    return float(sides[:, 0] @ sides[:, 1] / (size[0] * size[1])) if size.min() > 1e-12 else float("nan")


def length_confound(frame: pd.DataFrame, metric: str) -> float | None:
    """Pearson's r of ``metric`` with the mean response length if the two are strongly correlated, else None.

    ``frame``: observations, a row for each score. None below six subsets, without a length, for the length itself, and
    where |r| is below :data:`GOES_WITH`. The confound of length: From Macro to Micro, section 4.2.
    """
    length = next((str(name) for name in frame if str(name).startswith(LENGTH)), None)
    if length is None or length == metric or frame["subset"].nunique() < CLAIM_FROM:
        return None
    r = float(np.corrcoef(frame[metric].astype(float), frame[length].astype(float))[0, 1])
    return r if abs(r) >= GOES_WITH else None


def usual_controls(seen: Sequence[str], metrics: Sequence[str]) -> tuple[list[str], list[str]]:
    """(the possible controls, the usual controls): lengths and the size first, then the other ``metrics``.

    ``seen``: the addresses of all metrics; ``metrics``: those that differ between subsets.
    """
    lengths = [name for name in seen if ".sl@" in name or ".tokens@" in name]
    candidates = [*lengths, "size", *[name for name in metrics if name not in lengths]]
    return candidates, [*[name for name in candidates if name.startswith(LENGTH)][:1], "size"]
