"""How evenly the rows come from their sources and categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.token_distribution import shannon
from core.parameters import Parameter
from core.several import overlaps, word_entries
from core.view import View


def column_parameter(default: str) -> Parameter:
    return Parameter(
        name="column",
        title="Column",
        kind="column",
        default=default,
        help="The column whose values name the groups.",
    )


def column_needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"column:{parameters['column']}",) if parameters["column"] else ()


def groups_of(view: View, column: str) -> tuple[list[str], NDArray[np.int64]]:
    """The sorted names of the column's values, and the group of each row (rows,), -1 for a row without a value.

    A row with several values is in the group of their combination.
    """
    import pandas as pd

    codes, known = pd.factorize(view.column(column), use_na_sentinel=True)
    names = [f"{name:.15g}" if isinstance(name, float) else str(name) for name in known]
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names) + 1, dtype=np.int64)
    rank[order], rank[-1] = np.arange(len(names)), -1
    return [names[i] for i in order], rank[codes]


def _column_entropy(measuring: Measuring) -> Reading:
    """Shannon entropy of a column's values over the rows that have one. O(rows)."""
    column = measuring.parameters["column"]
    if column is None:
        return undefined("no column is chosen")
    values = measuring.view.column(column)
    if overlaps(values):
        names, rows, words = word_entries(values)
        without = len(values) - len(np.unique(rows))
        counts = np.bincount(words, minlength=len(names))
    else:
        names, groups = groups_of(measuring.view, column)
        without = int(np.count_nonzero(groups < 0))
        counts = np.bincount(groups[groups >= 0], minlength=len(names))
    if not names:
        return undefined(f"none of these rows has a {column}")
    value = shannon(np.sort(counts)[::-1] / counts.sum())
    largest = sorted(zip(-counts, names))[:20]
    return Reading(
        value=value,
        detail={
            "groups": len(names),
            "evenness": value / np.log(len(names)) if len(names) > 1 else 1.0,  # 1 where all groups are equally large
            f"rows without a {column}": without,
            "largest": {name: int(-count) for count, name in largest},
        },
    )


def _entropy_metric(name: str, *, column: str, title: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        family="composition",
        direction=1,
        formula=f"−Σ_g p(g) ln p(g), p(g) the share of rows whose {column} is g; rows without one are left out "
        "and counted. A row with several values counts for each.",
        source="Shannon entropy of the mixture.",
        measure=_column_entropy,
        needs=column_needs,
        parameters=(column_parameter(column),),
        instant=name == "source_entropy",
        shown_by_default=name == "source_entropy",
        unit="nats",
        cost="O(rows)",
    )


METRICS = (
    _entropy_metric("source_entropy", column="source", title="Source entropy"),
    _entropy_metric("category_entropy", column="category", title="Category entropy"),
)
