"""One slope across base models: does a metric predict within models, whatever each model's own level is?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.evidence.correlations import groups
from core.evidence.slopes import CLAIM_FROM

ACROSS = ("benchmark", "judge", "baseline", "measure")
MODELS_FOR_MIXED = 3  # models below which a variance between models cannot be told


def mixed_view(frame: pd.DataFrame, metrics: Sequence[str], *, by: Sequence[str] = ACROSS) -> pd.DataFrame:
    """Points of score per standard deviation of the metric, with models allowed their own level; one row a metric.

    From three models: statsmodels' MixedLM with a random intercept a model (REML). With two, or where it does not
    converge: least squares on scores and metric centred within each model, with standard errors clustered by subset.
    ``low``/``high``: 95 %. NaN below six subsets; a single model has no view across models and is left out.
    """
    rows = []
    for key, group in groups(frame, by):
        for metric in metrics:
            complete = group.dropna(subset=[metric, "score"])
            scores = len(complete)
            # Seeds of one subset under one model are one value: their mean.
            complete = (
                complete.groupby(["model", "subset"], sort=True)[[metric, "score"]].mean().astype(float).reset_index()
            )
            models, subsets = complete["model"].nunique(), complete["subset"].nunique()
            if models < 2:
                continue
            row = {
                **dict(zip(by, key)), "metric": metric, "n": scores, "models": models, "subsets": subsets,
                "slope": np.nan, "stderr": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "method": "",
            }  # fmt: skip
            rows.append(row)
            x, y = complete[metric].to_numpy(float), complete["score"].to_numpy(float)
            if subsets < CLAIM_FROM or np.ptp(x) == 0 or np.ptp(y) == 0:
                row["method"] = "fewer than six subsets, or one side does not vary"
                continue
            row |= _fitted(
                (x - x.mean()) / x.std(), y, models=complete["model"].to_numpy(), subsets=complete["subset"].to_numpy()
            )
    columns = [*by, "metric", "n", "models", "subsets", "slope", "stderr", "low", "high", "p", "method"]
    return pd.DataFrame(rows, columns=columns)


def _fitted(x: np.ndarray, y: np.ndarray, *, models: np.ndarray, subsets: np.ndarray) -> dict[str, object]:
    import statsmodels.api as sm

    if len(np.unique(models.astype(str))) >= MODELS_FOR_MIXED:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a boundary fit is told by `converged` and by its standard error
            try:
                mixed = sm.MixedLM(y, sm.add_constant(x), groups=models).fit(reml=True)
                if mixed.converged and np.isfinite(mixed.bse[1]):
                    low, high = np.asarray(mixed.conf_int())[1]
                    return _row(mixed.params[1], mixed.bse[1], low, high, mixed.pvalues[1], "random intercept a model")
            except (np.linalg.LinAlgError, ValueError):
                pass  # singular: the centred view below answers
    centred = pd.DataFrame({"x": x, "y": y}).groupby(models.astype(str)).transform(lambda part: part - part.mean())
    if float(np.ptp(centred["x"])) == 0:
        return {"method": "the metric varies between models only"}
    codes = pd.factorize(subsets)[0]
    plain = sm.OLS(centred["y"], centred[["x"]]).fit(cov_type="cluster", cov_kwds={"groups": codes})
    low, high = np.asarray(plain.conf_int())[0]
    method = "centred within models, errors clustered by subset"
    return _row(plain.params.iloc[0], plain.bse.iloc[0], low, high, plain.pvalues.iloc[0], method)


def _row(slope: float, stderr: float, low: float, high: float, p: float, method: str) -> dict[str, object]:
    numbers = {"slope": slope, "stderr": stderr, "low": low, "high": high, "p": p}
    return {**{name: float(value) for name, value in numbers.items()}, "method": method}
