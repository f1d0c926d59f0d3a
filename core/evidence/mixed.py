"""A slope across base models: does a metric predict the score within models, whatever each model's own level?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evidence.correlations import groups
from core.evidence.independence import CLAIM_FROM, Units, jackknife, left_out_weights, units_of

Floats = NDArray[np.float64]
ACROSS = ("benchmark", "judge", "baseline", "measure")
MODELS_FOR_MIXED = 3  # with fewer models the variance between models cannot be estimated


def mixed_view(frame: pd.DataFrame, metrics: Sequence[str], *, by: Sequence[str] = ACROSS) -> pd.DataFrame:
    """Points of score per standard deviation of the metric, with a level of its own for each model; a row per metric.

    From three models on: the slope of statsmodels' MixedLM with a random intercept for each model (REML). With two
    models, or if it does not converge: least squares on scores and metric centred within each model. ``low``/``high``
    (95 %), ``stderr`` and ``p``: the cluster-robust t over independent units, whole series under all models, of the
    centred slope; NaN, and ``note`` says why, where there are too few (:mod:`core.evidence.independence`). A group with
    a single model is left out.
    """
    rows = []
    for key, group in groups(frame, by):
        for metric in metrics:
            complete = group.dropna(subset=[metric, "score"])
            complete = complete.assign(series=complete.get("series", ""))
            scores = len(complete)
            # Seeds of a subset under one model count as one value: their mean.
            complete = (
                complete.groupby(["model", "subset"], sort=True)
                .agg({metric: "mean", "score": "mean", "series": "first"})
                .astype({metric: float, "score": float})
                .reset_index()
            )
            models, subsets = complete["model"].nunique(), complete["subset"].nunique()
            if models < 2:
                continue
            row = {
                **dict(zip(by, key)), "metric": metric, "n": scores, "models": models, "subsets": subsets,
                "slope": np.nan, "stderr": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "method": "", "note": "",
            }  # fmt: skip
            rows.append(row)
            x, y = complete[metric].to_numpy(float), complete["score"].to_numpy(float)
            units = units_of(complete)
            row["note"] = units.reason
            if np.ptp(x) == 0 or np.ptp(y) == 0:
                row["note"] = "one side does not vary"
                continue
            if units.subsets < CLAIM_FROM:
                continue
            row |= _fitted((x - x.mean()) / x.std(), y, models=complete["model"].to_numpy(), units=units)
    columns = [*by, "metric", "n", "models", "subsets", "slope", "stderr", "low", "high", "p", "method", "note"]
    return pd.DataFrame(rows, columns=columns)


def _fitted(x: Floats, y: Floats, *, models: NDArray[Any], units: Units) -> dict[str, object]:
    codes = pd.factorize(models)[0]
    within = _centred_slope(x, y, codes)
    if not np.isfinite(within):
        return {"note": "the metric varies between models only"}
    slope, method = _random_intercept(x, y, models), "random intercept a model"
    if not np.isfinite(slope):
        slope, method = within, "centred within models"
    row: dict[str, object] = {"slope": slope, "method": method}
    if not units.claim:
        return row
    left_out = np.array([_centred_slope(x[kept], y[kept], codes[kept]) for kept in left_out_weights(units) > 0])
    # The changes of the centred slope are used for the mixed slope, which differs little from it.
    low, high, p, error = jackknife(slope, left_out + (slope - within), transform=np.copy, back=np.copy)
    return {**row, "stderr": error, "low": low, "high": high, "p": p}


def _random_intercept(x: Floats, y: Floats, models: NDArray[Any]) -> float:
    """MixedLM's slope; NaN below three models and where it does not converge."""
    import statsmodels.api as sm

    if len(np.unique(models.astype(str))) >= MODELS_FOR_MIXED:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a boundary fit shows in `converged` and in its standard error
            try:
                mixed = sm.MixedLM(y, sm.add_constant(x), groups=models).fit(reml=True)
                if mixed.converged and np.isfinite(mixed.bse[1]):
                    return float(mixed.params[1])
            except (np.linalg.LinAlgError, ValueError):
                pass  # singular: the centred slope is used
    return float("nan")


def _centred_slope(x: Floats, y: Floats, models: NDArray[np.intp]) -> float:
    """Least squares on both sides centred within each model; NaN where the metric does not vary within any."""
    count = np.maximum(np.bincount(models), 1)
    x = x - (np.bincount(models, weights=x) / count)[models]
    y = y - (np.bincount(models, weights=y) / count)[models]
    return float(x @ y / (x @ x)) if x @ x > 1e-12 else float("nan")
