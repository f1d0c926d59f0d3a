"""The tables and lines that the Compare page and the report draw, made from the observations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import pandas as pd

from core.errors import InputError
from core.evidence.aggregation import ONE_BENCHMARK
from core.evidence.independence import CLAIM_FROM
from core.evidence.observations import GROUP, group_name
from core.evidence.published import curve_name, reference_curves
from core.evidence.slopes import Fit, fit, fit_one_series, fit_subsets, series_slopes

SERIES_OF = ("model", "trainer", "benchmark", "judge", "baseline", "measure", "component", "strategy", "size", "series")
ALL_AS_ONE = "All benchmarks as one: mean of Z-scores"
SCORED_BY = SERIES_OF[:6]  # everything but the subset and its series
LINE_OF = ("size", "component", "strategy", "series")  # a line of Fig. 3 is drawn through subsets that share these
# "lima micro · 33.3 %": the end that gives the position. It begins at the start of a run of marks or of digits, and its
# repetitions do not backtrack, so that the time is proportional to the length of the name.
_ARENA_HARD = re.compile(r"arena[ _-]?hard")
_POSITION = re.compile(r"(?:(?<![\s·:,_-])[\s·:,_-]++|(?<![\s·:,_\d-]))\d++(?:[.,]\d++)?\s*+%?$")


def group_choices(frame: pd.DataFrame, by: Sequence[str] = GROUP) -> dict[str, pd.DataFrame]:
    """Every group by a name made of the parts in which it differs from the others, largest first, for a selector."""
    choices: dict[str, pd.DataFrame] = {}
    telling = telling_parts(frame, by) or list(by)
    parts = frame.groupby(list(by), sort=True, dropna=False, observed=True)
    for _, group in sorted(parts, key=lambda part: -len(part[1])):
        choices[group_name(_tuples(group.head(1), telling)[0], telling) or "all scores"] = group
    return choices


def groups_and_all_as_one(frame: pd.DataFrame, combined: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """:func:`group_choices` and, if there are several benchmarks, the groups of ``combined``, their mean Z-score.

    The names of the latter begin with :data:`ALL_AS_ONE`.
    """
    choices = group_choices(frame)
    if frame.groupby(list(ONE_BENCHMARK)).ngroups > 1 and len(combined):
        parts = group_choices(combined, ("component", "size", "model", "trainer"))
        choices |= {ALL_AS_ONE + (f" · {part}" if len(parts) > 1 else ""): group for part, group in parts.items()}
    return choices


def score_title(frame: pd.DataFrame) -> str:
    """The title of the score axis of a group: what its scores measure."""
    if frame.empty:
        return "score"
    first = frame.iloc[0]
    judge = f", judged by {first['judge']}" if first["judge"] else ""
    unit = f" ({first['unit']})" if first["unit"] else ""
    return f"{first['benchmark']} {first['measure']}{unit}{judge}"


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
            series: _common_name(members["name"].astype(str).unique())
            for series, members in part.groupby("series", sort=True, dropna=False)
        }
        count = Counter(words.values())
        for series, word in words.items():
            digest = str(series)[:6] or "no series"
            said = word if word and count[word] == 1 else f"{word} · {digest}".lstrip(" ·")
            told[part.index[part["series"] == series]] = said
    return frame.assign(series=told)


def _common_name(names: Iterable[str]) -> str:
    stems = {_POSITION.sub("", name) for name in names}
    return stems.pop() if len(stems) == 1 else ""


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
    telling = telling_parts(table, by)
    enough = table["claim"].astype(bool)
    claimed = enough & False
    if f"q_{estimate}" in table:
        low, high = (pd.to_numeric(table[f"{estimate}_{end}"]) for end in ("low", "high"))
        claimed = enough & pd.to_numeric(table[f"q_{estimate}"]).le(0.05) & (low.gt(0) | high.lt(0))
    # The names of groups have only the parts in which they differ.
    named_by = telling or [name for name in ("benchmark", "measure") if name in by]
    names = [group_name(key, named_by) or "all scores" for key in _tuples(table, named_by or by)]
    named = table.assign(group=names, claimed=claimed, enough=enough)
    metrics = list(dict.fromkeys(named["metric"]))
    columns = list(
        named.groupby("group", sort=False)["subsets"].max().sort_values(ascending=False, kind="stable").index
    )
    values = named.pivot_table(index="metric", columns="group", values=estimate, dropna=False, observed=True)
    values = values.reindex(index=metrics, columns=columns)
    return values, *_marks(named, values)


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


def facets(frame: pd.DataFrame, metric: str) -> tuple[pd.DataFrame, dict[Hashable, Fit]]:
    """Observations with a ``facet`` column (benchmark, judge, measure), and a line for each facet."""
    complete = frame.dropna(subset=[metric, "score"])
    names = ["benchmark", *telling_parts(complete, ("judge", "baseline", "measure"))]
    complete = complete.assign(facet=[group_name(key, names) for key in _tuples(complete, names)])
    lines: dict[Hashable, Fit] = {}
    for name, part in complete.groupby("facet", sort=False):
        line = points(part, metric)[1]
        if line is not None:
            lines[name] = line
    return complete, lines


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
