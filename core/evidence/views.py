"""The tables and lines that the Compare page and the report draw, made from the observations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.counted import spoken_unit
from core.errors import InputError
from core.evidence.correlations import groups
from core.evidence.independence import CLAIM_FROM
from core.evidence.observations import GROUP, group_name, once
from core.evidence.proxy import marked
from core.evidence.published import curve_name, reference_curves
from core.evidence.series_names import common_name
from core.evidence.slopes import Fit, fit, fit_one_series, fit_subsets, series_slopes

SERIES_OF = ("model", "trainer", "benchmark", "judge", "baseline", "measure", "component", "strategy", "size", "series")
SCORED_BY = SERIES_OF[:6]  # everything but the subset and its series
IMPLIED_FIRST = ("baseline", "judge", "measure", "trainer", "model")  # the parts of a name that say least
LINE_OF = ("size", "component", "strategy", "series")  # a line of Fig. 3 is drawn through subsets that share these
_ARENA_HARD = re.compile(r"arena[ _-]?hard")


def group_choices(frame: pd.DataFrame, by: Sequence[str] = GROUP) -> dict[str, pd.DataFrame]:
    """Every group by a name made of the parts in which it differs from the others, for a selector.

    The largest comes first, groups of a proxy's scores come last. Without ``by`` there is one group.
    """
    choices: dict[str, pd.DataFrame] = {}
    telling = _with_proxy(needed_parts(frame, by), by) or list(by)
    for _, group in sorted(groups(frame, by), key=lambda part: (_of_a_proxy(part[1]), -len(part[1]))):
        if group.empty:
            continue
        choices[group_name(_tuples(group.head(1), telling)[0], telling) or "all scores"] = group
    return choices


def score_title(frame: pd.DataFrame) -> str:
    """The title of the score axis of a group: what its scores measure."""
    if frame.empty:
        return "score"
    first = frame.iloc[0]
    judge = f", judged by {first['judge']}" if first["judge"] else ""
    unit = f" ({said})" if (said := spoken_unit(str(first["unit"]))) else ""
    return marked(f"{first['benchmark']} {first['measure']}{unit}{judge}", frame)


def of_pairs(frame: pd.DataFrame) -> bool:
    """Whether the scores of a group are win rates over another model, so that 50 % is a draw.

    Arena-Hard's score is a win rate, whatever its measure is called; lengths of answers, without a direction, are not.
    """
    if frame.empty:
        return False
    first = frame.iloc[0]
    words = f"{first['benchmark']} {first['measure']}".lower()
    if first["direction"] == 0 or first["unit"] == "fraction":
        return False
    return "pairwise" in words or _ARENA_HARD.search(words) is not None or ("win" in words and first["unit"] == "%")


def telling_parts(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """The columns of ``by`` that differ anywhere in ``frame``."""
    return [name for name in by if len(frame[name].drop_duplicates()) > 1]


def needed_parts(frame: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """The columns of :func:`telling_parts` without those that the others imply, the least telling left out first.

    If each benchmark has a judge of its own, for example, the benchmark says it all.
    """
    telling = telling_parts(frame, by)
    whole = len(frame[telling].drop_duplicates())
    for name in (*IMPLIED_FIRST, *reversed([name for name in telling if name not in IMPLIED_FIRST])):
        others = [other for other in telling if other != name]
        if name in telling and others and len(frame[others].drop_duplicates()) == whole:
            telling = others
    return telling


def _of_a_proxy(group: pd.DataFrame) -> bool:
    return "proxy" in group and bool(group["proxy"].any())


def points(frame: pd.DataFrame, metric: str) -> tuple[pd.DataFrame, Fit | None]:
    """The scores that have the metric, and the line through the subsets' mean scores (None below two positions)."""
    complete = frame.dropna(subset=[metric, "score"])
    try:
        return complete, fit_subsets(complete, x=metric)
    except InputError:
        return complete, None


def panels(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[tuple[object, str, str, str], Fit]]:
    """Observations with a level, and a line for each (size, component, strategy, series): the paper's Fig. 3.

    Each line goes through the means over seeds of the subsets of a series, x from 0 to 1. ``series`` is as in
    :func:`told_series`: "" if there is only one.
    """
    complete = told_series(frame.dropna(subset=["level", "score"]))
    shares = complete.assign(share=complete["level"] / 100)
    lines: dict[tuple[object, str, str, str], Fit] = {}
    for key, part in shares.groupby(list(LINE_OF), sort=True, dropna=False):
        size, component, strategy, series = key
        try:
            lines[size, str(component), str(strategy), str(series)] = fit_one_series(part, x="share")
        except InputError:
            continue
    return complete, lines


def told_series(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with a name in ``series`` where several series share a (size, component, strategy), and "" elsewhere.

    The name is the part before the position that the names of the series' subsets share; if two series have the same
    name, the digest distinguishes them.
    """
    told = pd.Series("", index=frame.index, dtype=object)
    for _, part in frame.groupby(list(LINE_OF[:3]), sort=True, dropna=False):
        if part["series"].nunique(dropna=False) < 2:
            continue
        words = {
            series: common_name(members["name"].astype(str).unique())
            for series, members in part.groupby("series", sort=True, dropna=False)
        }
        count = Counter(words.values())
        for series, word in words.items():
            digest = str(series)[:6] or "no series"
            said = word if word and count[word] == 1 else f"{word} · {digest}".lstrip(" ·")
            told[part.index[part["series"] == series]] = said
    return frame.assign(series=told)


def slopes(frame: pd.DataFrame) -> pd.DataFrame:
    """Points from 0 to 100 % of every series: Table 2 in long form."""
    return series_slopes(told_series(frame), by=SERIES_OF)


def slope_grid(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(values, claims, enough) of :func:`slopes`: a row for each size, model and benchmark, a column for each series.

    ``enough``: from six subsets. ``claims``: those of ``enough`` whose 95 % interval excludes 0.
    """
    told = [*telling_parts(table, SCORED_BY), "size"]  # the columns that differ, and always the size
    enough = table["subsets"] >= CLAIM_FROM
    named = table.assign(
        row=[group_name(key, told) for key in _tuples(table, told)],
        column=[group_name(key, LINE_OF[1:]) for key in _tuples(table, LINE_OF[1:])],
        claimed=enough & ((table["low"] > 0) | (table["high"] < 0)),
        enough=enough,
    )
    values = named.pivot_table(index="row", columns="column", values="slope", sort=False)
    return values, *_marks(named, values)


def correlation_grid(
    table: pd.DataFrame, *, by: Sequence[str] = GROUP, estimate: str = "pearson"
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(values, claims, enough) of point estimates: a row for each metric, a column for each group (Fig. 4, Table 8).

    ``enough``: where there are enough independent series and subsets. ``claims``: those of ``enough`` with q ≤ 0.05 and
    a 95 % interval that excludes 0, so that nothing is claimed before both are computed. A single group is named by its
    benchmark. Groups with the most subsets come first.
    """
    telling = needed_parts(table, by)
    enough = table["claim"].astype(bool)
    claimed = enough & False
    if f"q_{estimate}" in table:
        low, high = (pd.to_numeric(table[f"{estimate}_{end}"]) for end in ("low", "high"))
        claimed = enough & pd.to_numeric(table[f"q_{estimate}"]).le(0.05) & (low.gt(0) | high.lt(0))
    # The names of groups have only the parts in which they differ.
    named_by = _with_proxy(telling or [name for name in ("benchmark", "measure") if name in by], by)
    names = [group_name(key, named_by) or "all scores" for key in _tuples(table, named_by or by)]
    named = table.assign(group=names, claimed=claimed, enough=enough)
    metrics = list(dict.fromkeys(named["metric"]))
    columns = list(
        named.groupby("group", sort=False)["subsets"].max().sort_values(ascending=False, kind="stable").index
    )
    values = named.pivot_table(index="metric", columns="group", values=estimate, dropna=False, observed=True)
    values = values.reindex(index=metrics, columns=columns)
    return values, *_marks(named, values)


def better_correlations(
    table: pd.DataFrame, frame: pd.DataFrame, *, by: Sequence[str] = GROUP, estimate: str = "pearson"
) -> pd.DataFrame:
    """The values of :func:`correlation_grid`, signed so that above 0 more of the metric goes with better scores.

    ``frame`` are the observations behind ``table``; their ``direction`` says which scores are the better ones. Cells
    of a group whose scores have several directions are empty.
    """
    signed = table.assign(**{estimate: pd.to_numeric(table[estimate]) * _signs(table, frame, by)})
    return correlation_grid(signed, by=by, estimate=estimate)[0]


def better_slopes(table: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The values of :func:`slope_grid`, signed so that above 0 the scores become better along the scale."""
    return slope_grid(table.assign(slope=table["slope"] * _signs(table, frame, SCORED_BY)))[0]


def _signs(table: pd.DataFrame, frame: pd.DataFrame, by: Sequence[str]) -> NDArray[np.float64]:
    """(rows of ``table``,) +1 where higher scores of its group are better, −1 where lower are, NaN for several."""
    known = [name for name in by if name in table and name in frame]
    signs: dict[tuple[str, ...], float] = {}
    for key, group in groups(frame, known):
        directions = group["direction"].unique()
        signs[_readable(key)] = float(directions[0]) if len(directions) == 1 and directions[0] else np.nan
    keys = _tuples(table, known) if known else [()] * len(table)
    return np.array([signs.get(_readable(key), np.nan) for key in keys], dtype=float)


def _readable(key: tuple[object, ...]) -> tuple[str, ...]:
    """A group's key, the same whether its numbers were read as whole ones or not."""
    return tuple(f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value) for value in key)


def _marks(named: pd.DataFrame, values: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(claimed, enough) of the cells of ``values``, a pivot of ``named``; if several rows share a cell, all must be."""
    row, column = str(values.index.name), str(values.columns.name)
    claimed, enough = (
        named.pivot_table(index=row, columns=column, values=name, aggfunc="min", observed=True)
        .reindex_like(values).fillna(0).astype(bool)
        for name in ("claimed", "enough")
    )  # fmt: skip
    return claimed, enough


def frontier_points(frame: pd.DataFrame, *, diversity: str, direction: int = 1) -> pd.DataFrame:
    """A point for each subset for the quality × diversity frontier: its mean score, signed so that higher is better.

    ``direction`` −1 negates a metric whose lower values are more diverse. Columns name, strategy, component, x, y.
    """
    complete = frame[frame["direction"] != 0].dropna(subset=[diversity, "score"])
    complete = complete.assign(x=complete[diversity] * (direction or 1), y=complete["score"] * complete["direction"])
    facts = complete.groupby("subset", sort=True)[["name", "strategy", "component"]].first()
    return facts.join(complete.groupby("subset", sort=True)[["x", "y"]].mean()).reset_index()


def _with_proxy(names: Sequence[str], by: Sequence[str]) -> list[str]:
    """``names`` and the mark of a proxy, which no name of a group leaves out."""
    return [*names, *(["proxy"] if "proxy" in by and "proxy" not in names else [])]


def level_lines(frame: pd.DataFrame, by: Sequence[str]) -> tuple[pd.DataFrame, dict[Hashable, Fit], pd.DataFrame]:
    """Score against position with the series of a group pooled: (observations with ``facet``, lines, table of slopes).

    Each line goes through the mean scores of the subsets of one group ``by`` (:func:`fit_subsets`), the largest group
    first; x is the position in per cent. The table has the slope in points from 0 to 100 % of the scale and its 95 %
    interval over whole series, NaN and ``note`` where there are too few of them.
    """
    facets: list[pd.DataFrame] = []
    lines: dict[Hashable, Fit] = {}
    rows = []
    for name, members in group_choices(frame.dropna(subset=["level", "score"]), by).items():
        group = once(members)
        facets.append(group.assign(facet=name))
        try:
            line = fit_subsets(group, x="level")
        except InputError:
            continue
        lines[name] = line
        rows.append(
            {
                **dict(zip(by, _tuples(group.head(1), by)[0])),
                "subsets": group["subset"].nunique(),
                "series": group["series"].nunique(dropna=False),
                "slope": 100 * line.slope,
                "low": 100 * line.slope_low,
                "high": 100 * line.slope_high,
                "r_squared": line.r_squared,
                "note": line.reason,
            }
        )
    columns = [*by, "subsets", "series", "slope", "low", "high", "r_squared", "note"]
    empty = frame.iloc[:0].assign(facet="")
    return (pd.concat(facets) if facets else empty), lines, pd.DataFrame(rows, columns=columns)


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
    complete = told_series(frame.dropna(subset=["level", "score"]))
    complete = complete.assign(curve=[group_name(key, SERIES_OF) for key in _tuples(complete, SERIES_OF)])
    means = complete.groupby(["curve", "level"], sort=True)["score"].mean().reset_index(name="value")
    return means.assign(published=False)


def _tuples(frame: pd.DataFrame, columns: Sequence[str]) -> list[tuple[object, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))
