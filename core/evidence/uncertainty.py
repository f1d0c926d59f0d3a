"""Intervals, permutation p, leave-one-out ranges, false-discovery control: a job computes and stores them by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pandas as pd

from core.errors import InputError
from core.evidence.correlations import ESTIMATES, groups, point_estimates
from core.evidence.independence import units_of
from core.evidence.observations import GROUP
from core.evidence.resampling import KENDALL_UP_TO, interval, leave_one_out, permutation_p
from core.progress import Progress, silent
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

VERSION = 3
PERMUTATIONS = 9_999
COLUMNS = (
    *(f"{name}_{end}" for name in ESTIMATES for end in ("low", "high")),
    "p_pearson", "p_spearman", "p_kendall", "loo_low", "loo_high", "drawn", "units", "warning",
)  # fmt: skip


def stash(workspace: Workspace, frame: pd.DataFrame, metrics: Sequence[str], *, by: Sequence[str] = GROUP) -> str:
    """Store observations for a job; returns the key of the observations and, later, of their statistics."""
    names = list(dict.fromkeys([*by, "subset", "series", "seed", "score", *metrics]))
    content = {"by": list(by), "metrics": list(metrics), "rows": _records(frame[names])}
    key = digest({"observations": VERSION, **content})
    if values.get(workspace, key) is None:
        values.put(workspace, key, content)
    return key


def run(workspace: Workspace, request: Mapping[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task: {"observations": key of :func:`stash`, optional "permutations"} → {"statistics": key}."""
    stored = values.get(workspace, str(request["observations"]))
    if stored is None:
        raise InputError("The observations of this job are gone.", remedy="Ask again from the Compare page.")
    permutations = int(request.get("permutations", PERMUTATIONS))
    frame = pd.DataFrame(stored["rows"])
    table = uncertainties(
        frame, stored["metrics"], by=stored["by"], permutations=permutations, workspace=workspace, progress=progress,
    )  # fmt: skip
    key = statistics_key(str(request["observations"]), permutations=permutations)
    values.put(workspace, key, _records(table))
    return {"statistics": key, "rows": len(table)}


def statistics_key(observations: str, *, permutations: int = PERMUTATIONS) -> str:
    """The key under which :func:`run` stores the table of these observations."""
    return digest({"statistics": VERSION, "of": observations, "draws": permutations})


def load(workspace: Workspace, observations: str) -> pd.DataFrame | None:
    """The finished table of stored observations, or None."""
    stored = values.get(workspace, statistics_key(observations))
    return None if stored is None else pd.DataFrame(stored)


def row_of(table: pd.DataFrame, group: pd.DataFrame, metric: str, *, by: Sequence[str] = GROUP) -> pd.Series | None:
    """The row of ``table``, by :func:`uncertainties` with ``by``, on ``metric`` and the observations ``group``."""
    if group.empty:
        return None
    rows = table[table["metric"] == metric]
    for column in by:
        value = group.iloc[0][column]
        rows = rows[rows[column].isna() if pd.isna(value) else rows[column] == value]
    return rows.iloc[0] if len(rows) == 1 else None


def uncertainties(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    *,
    by: Sequence[str] = GROUP,
    permutations: int = PERMUTATIONS,
    workspace: Workspace | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """:func:`point_estimates` with, for every claim, its interval, p, leave-one-out range and q.

    If the design supports no claim (:mod:`core.evidence.independence`: below six subsets or three series) there is no
    interval and no p, and ``warning`` says why. Intervals: the cluster-robust t over whole units, which ``drawn``
    names. p: where subsets belong to series, that of the same t, so that it agrees with the interval; where every
    subset is independent, for Pearson and Spearman the share of pairings of whole subsets whose |r| reaches the
    observed one, for Kendall scipy's p over subset means, exact for small groups without ties. q of each p:
    Benjamini–Hochberg over the whole table (statsmodels). Each group is stored in ``workspace`` when it is done, so
    that a cancelled job continues where it was. Draws are seeded by the content: the same table gives the same figures.
    """
    table = point_estimates(frame, metrics, by=by)
    lines: list[dict[str, Any]] = []
    parts = list(groups(frame, by))
    for count, (_, group) in enumerate(parts):
        key = digest({
            "group": VERSION, "draws": permutations,
            "rows": _records(group[["subset", "series", "seed", "score", *metrics]].astype(object)),
        })  # fmt: skip
        stored = values.get(workspace, key) if workspace else None
        if stored is None:
            stored = []
            for number, metric in enumerate(metrics):
                progress(count * len(metrics) + number, len(parts) * len(metrics), "correlations resampled")
                stored.append(_resample(group, metric, permutations=permutations))
            if workspace:
                values.put(workspace, key, stored)
        lines += stored
    progress(len(parts) * len(metrics), max(1, len(parts) * len(metrics)), "correlations resampled")
    extra = pd.DataFrame(lines, columns=list(COLUMNS), index=table.index)
    numeric = [name for name in COLUMNS if name not in ("drawn", "warning")]
    extra[numeric] = extra[numeric].apply(pd.to_numeric)
    return _controlled(pd.concat([table, extra], axis=1))


def _resample(group: pd.DataFrame, metric: str, *, permutations: int) -> dict[str, Any]:
    empty: dict[str, Any] = {**dict.fromkeys(COLUMNS), "drawn": "", "warning": ""}
    finite = group[np.isfinite(pd.to_numeric(group[metric]).astype(float))]
    x, y = finite[metric].to_numpy(float), finite["score"].to_numpy(float)
    units = units_of(finite)
    if not units.claim or np.ptp(x) == 0 or np.ptp(y) == 0:
        return {**empty, "units": units.count, "warning": units.reason}
    subsets = np.unique(finite["subset"].astype(str), return_inverse=True)[1]
    result = {**empty, "drawn": units.what, "units": units.count}
    for name in ESTIMATES:
        if name == "kendall" and len(x) > KENDALL_UP_TO:
            continue
        low, high, p = interval(name, x, y, units, subsets=subsets)
        result |= {f"{name}_low": low, f"{name}_high": high}
        if name != "slope":
            result[f"p_{name}"] = p
    result["loo_low"], result["loo_high"] = leave_one_out("pearson", x, y, units)
    if units.what == "subsets":
        data = [metric, x.tolist(), y.tolist(), units.codes.tolist()]
        rng = np.random.default_rng(int(digest(data), 16))
        for name in ("pearson", "spearman"):
            result[f"p_{name}"] = permutation_p(name, x, y, subsets, resamples=permutations, rng=rng)
        result["p_kendall"] = _kendall_p(finite, metric)
    return {name: _plain(value) for name, value in result.items()}


def _kendall_p(group: pd.DataFrame, metric: str) -> float:
    """scipy's p of Kendall's tau over subset means; NaN where the means do not vary."""
    from scipy import stats

    means = group.groupby("subset", sort=True)[[metric, "score"]].mean().astype(float)
    if (means.max() == means.min()).any():
        return float("nan")
    return float(stats.kendalltau(means[metric], means["score"]).pvalue)


def _controlled(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with q columns: Benjamini–Hochberg over every p of the table."""
    from statsmodels.stats.multitest import multipletests

    for name in ("pearson", "spearman", "kendall"):
        p = pd.to_numeric(table[f"p_{name}"]).to_numpy(float)
        q = np.full(len(p), np.nan)
        there = np.isfinite(p)
        if there.any():
            q[there] = multipletests(p[there], method="fdr_bh")[1]
        table[f"q_{name}"] = q
    return table


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain JSON values; a missing value is None."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    records: list[dict[str, Any]] = orjson.loads(orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY))
    return records


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
