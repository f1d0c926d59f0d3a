"""What the Compare page and the report draw: tables and lines cut out of the observations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evidence.observations import GROUP, group_name
from core.evidence.published import curve_name, reference_curves
from core.evidence.slopes import CLAIM_FROM, Fit, fit, series_slopes

SERIES_OF = ("model", "trainer", "benchmark", "judge", "baseline", "measure", "component", "strategy", "size")
SCORED_BY = SERIES_OF[:6]  # everything but the subset and its series


def group_choices(frame: pd.DataFrame, by: Sequence[str] = GROUP) -> dict[str, pd.DataFrame]:
    """Every group by what tells it from the others, largest first: what a selector offers."""
    found: dict[str, pd.DataFrame] = {}
    telling = telling_parts(frame, by) or list(by)
    parts = frame.groupby(list(by), sort=True, dropna=False, observed=True)
    for _, group in sorted(parts, key=lambda part: -len(part[1])):
        found[group_name(_tuples(group.head(1), telling)[0], telling) or "all scores"] = group
    return found


def telling_parts(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """The columns of ``by`` that differ anywhere in ``frame``."""
    return [name for name in by if len(frame[name].drop_duplicates()) > 1]


def points(frame: pd.DataFrame, metric: str) -> tuple[pd.DataFrame, Fit | None]:
    """The scores that have the metric, and the line through them (None below two positions)."""
    held = frame.dropna(subset=[metric, "score"])
    try:
        line = fit(held[metric], held["score"])
    except InputError:
        return held, None
    # Standing is judged by distinct subsets: seeds of one subset are no further positions.
    return held, line if held["subset"].nunique() >= CLAIM_FROM else _unclaimed(line, held["subset"].nunique())


def panels(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[tuple[object, str, str], Fit]]:
    """Observations with a level, and a line a (size, component, strategy): the paper's Fig. 3."""
    held = frame.dropna(subset=["level", "score"])
    lines: dict[tuple[object, str, str], Fit] = {}
    for key, part in held.groupby(["size", "component", "strategy"], sort=True, dropna=False):
        size, component, strategy = key
        try:
            line = fit(part["level"] / 100, part["score"])
        except InputError:
            continue
        distinct = part["subset"].nunique()
        lines[size, str(component), str(strategy)] = line if distinct >= CLAIM_FROM else _unclaimed(line, distinct)
    return held, lines


def slopes(frame: pd.DataFrame) -> pd.DataFrame:
    """Points from 0 to 100 % of every series there is: Table 2 in long form."""
    return series_slopes(frame, by=SERIES_OF)


def slope_grid(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(values, claims) of :func:`slopes`: a row a size, model and benchmark, a column a component and strategy."""
    told = [*telling_parts(table, SCORED_BY), "size"]  # what differs, and always the size
    named = table.assign(
        row=[group_name(key, told) for key in _tuples(table, told)],
        column=[group_name(key, ("component", "strategy")) for key in _tuples(table, ("component", "strategy"))],
        claimed=table["subsets"] >= CLAIM_FROM,
    )
    values = named.pivot_table(index="row", columns="column", values="slope", sort=False)
    claims = named.pivot_table(index="row", columns="column", values="claimed", aggfunc="min", sort=False)
    return values, claims.reindex_like(values).fillna(0).astype(bool)


def correlation_grid(
    table: pd.DataFrame, *, by: Sequence[str] = GROUP, estimate: str = "pearson"
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(values, claims, enough) of point estimates: a row a metric, a column a group (Fig. 4, Table 8).

    ``enough``: from six subsets. ``claims``: these where q ≤ 0.05 too, so that nothing is claimed before discovery
    control (the q columns) is there. Groups with most subsets come first.
    """
    telling = telling_parts(table, by)
    enough = table["claim"].astype(bool)
    claimed = enough & False
    if f"q_{estimate}" in table:
        claimed = enough & pd.to_numeric(table[f"q_{estimate}"]).le(0.05)
    # Only what tells the groups apart names them.
    names = [group_name(key, telling) or "all scores" for key in _tuples(table, telling or by)]
    named = table.assign(group=names, claimed=claimed, enough=enough)
    metrics = list(dict.fromkeys(named["metric"]))
    columns = list(
        named.groupby("group", sort=False)["subsets"].max().sort_values(ascending=False, kind="stable").index
    )
    values = named.pivot_table(index="metric", columns="group", values=estimate, dropna=False, observed=True)
    values = values.reindex(index=metrics, columns=columns)
    marks = [
        named.pivot_table(index="metric", columns="group", values=name, aggfunc="min", observed=True)
        .reindex_like(values).fillna(0).astype(bool)
        for name in ("claimed", "enough")
    ]  # fmt: skip
    return values, marks[0], marks[1]


def frontier_points(frame: pd.DataFrame, *, diversity: str, direction: int = 1) -> pd.DataFrame:
    """One point a subset for the quality × diversity frontier: its mean score, turned so that higher is better.

    ``direction`` −1 turns a metric whose lower values are more diverse. Columns name, strategy, component, x, y.
    """
    held = frame[frame["direction"] != 0].dropna(subset=[diversity, "score"])
    held = held.assign(x=held[diversity] * (direction or 1), y=held["score"] * held["direction"])
    facts = held.groupby("subset", sort=True)[["name", "strategy", "component"]].first()
    return facts.join(held.groupby("subset", sort=True)[["x", "y"]].mean()).reset_index()


def facets(frame: pd.DataFrame, metric: str) -> tuple[pd.DataFrame, dict[Hashable, Fit]]:
    """Observations with a ``facet`` column (benchmark, judge, measure) and a line each: per-benchmark multiples."""
    held = frame.dropna(subset=[metric, "score"])
    names = ["benchmark", *telling_parts(held, ("judge", "baseline", "measure"))]
    held = held.assign(facet=[group_name(key, names) for key in _tuples(held, names)])
    lines: dict[Hashable, Fit] = {}
    for name, part in held.groupby("facet", sort=False):
        line = points(part, metric)[1]
        if line is not None:
            lines[name] = line
    return held, lines


def published_curves(numbers: Sequence[int]) -> tuple[pd.DataFrame, dict[str, Fit]]:
    """Curves of the paper's tables for :func:`core.figures.evidence_panels.level_curves`, with their lines."""
    curves = reference_curves()
    curves = curves[curves["table"].isin(numbers)].copy()
    curves["curve"] = [curve_name({str(k): v for k, v in row.items()}) for row in curves.to_dict("records")]
    curves["published"] = True
    lines = {str(name): fit(part["level"] / 100, part["value"]) for name, part in curves.groupby("curve", sort=False)}
    return curves, lines


def own_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean score over seeds by level of every series in ``frame``, in the columns of :func:`published_curves`."""
    held = frame.dropna(subset=["level", "score"])
    held = held.assign(curve=[group_name(key, SERIES_OF) for key in _tuples(held, SERIES_OF)])
    means = held.groupby(["curve", "level"], sort=True)["score"].mean().reset_index(name="value")
    return means.assign(published=False)


def _tuples(frame: pd.DataFrame, columns: Sequence[str]) -> list[tuple[object, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def _unclaimed(line: Fit, distinct: int) -> Fit:
    """The line as a fit of ``distinct`` points: more scores of the same few subsets do not make a claim."""
    from dataclasses import replace

    nothing = np.nan
    return replace(line, n=distinct, slope_low=nothing, slope_high=nothing)
