"""How many rows of each category to take, where it is known how much a row of one helps another: a linear program."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InputError, in_short, listed_in_short, quoted

Aim = Literal["sum", "least"]
COLUMNS = ["category", "rows there", "rows", "share", "worth"]


def effects_of(table: pd.DataFrame) -> tuple[list[str], NDArray[np.float64]]:
    """The categories and (categories, categories) effects of a square table: a line and a column for each category.

    The first column names the lines; line i, column j: how many rows of j a row of i is worth (1 on the diagonal where
    it is left empty). Raises :class:`InputError` where lines and columns differ or a cell is no finite number.
    """
    if table.shape[1] < 2:
        raise InputError("The table of effects needs a line and a column for each category.")
    names = [str(name) for name in table.iloc[:, 0]]
    columns = [str(name) for name in table.columns[1:]]
    if len(set(names)) < len(names) or sorted(names) != sorted(columns):
        odd = sorted(set(names) ^ set(columns))
        raise InputError(
            "Lines and columns of the table of effects do not name the same categories, each once.",
            remedy=f"Only one side has: {listed_in_short(odd)}." if odd else "",
        )
    square = table.iloc[:, 1:].copy()
    square.index, square.columns = pd.Index(names), pd.Index(columns)
    cells = square.apply(pd.to_numeric, errors="coerce")[names].to_numpy(np.float64, copy=True)
    own = np.arange(len(names))
    cells[own, own] = np.where(np.isnan(cells[own, own]), 1.0, cells[own, own])
    if not np.isfinite(cells).all():
        line, column = np.argwhere(~np.isfinite(cells))[0]
        raise InputError(f"The effect of {in_short(names[line])} on {in_short(names[column])} is no number.")
    return names, cells


def effect_budget(
    names: list[str], effects: NDArray[np.float64], there: dict[str, int], *, size: int, aim: Aim = "least"
) -> pd.DataFrame:
    """A line for each category: :data:`COLUMNS`; ``rows`` to take, whole numbers that sum to ``size``.

    Beyond IID (arXiv 2409.07045; from memory, a reconstruction): with effects e_ij (rows of j that a row of i is
    worth), category j ends with w_j = Σ_i b_i e_ij. "sum" maximises Σ_j w_j, "least" the smallest w_j, over 0 ≤ b_i ≤
    rows ``there``, Σ b = ``size``; then b is rounded to whole rows, largest remainders first. ``worth`` is w_j.
    "sum" goes to the most helpful categories alone, "least" leaves none behind. Raises :class:`InputError` for a
    category that no row has, or a size that the categories cannot fill.
    """
    from scipy.optimize import linprog

    if aim not in ("sum", "least"):
        raise InputError(f"The aim is sum or least, not {quoted(aim)}.")
    if missing := [name for name in names if not there.get(name)]:
        raise InputError(
            f"No row has the category {quoted(missing[0])}.", remedy=f"There are: {listed_in_short(sorted(there))}."
        )
    most = np.array([there[name] for name in names], dtype=np.float64)
    if not 0 < size <= most.sum():
        raise InputError(f"The categories hold {int(most.sum()):,} rows, and {size:,} are asked for.")
    count = len(names)
    if aim == "sum":
        solved = linprog(-effects.sum(axis=1), A_eq=np.ones((1, count)), b_eq=[size],
                         bounds=list(zip(np.zeros(count), most)), method="highs")  # fmt: skip
    else:  # one variable more, the smallest worth
        solved = linprog(
            np.append(np.zeros(count), -1.0), A_ub=np.hstack([-effects.T, np.ones((count, 1))]), b_ub=np.zeros(count),
            A_eq=np.append(np.ones(count), 0.0)[None], b_eq=[size],
            bounds=[*zip(np.zeros(count), most), (None, None)], method="highs",
        )  # fmt: skip
    if solved.x is None:
        raise InputError(f"The budget could not be solved: {in_short(solved.message)}")
    exact = np.clip(np.round(solved.x[:count], 9), 0, most)
    rows = np.floor(exact).astype(np.int64)
    order = sorted(range(count), key=lambda place: (-(exact[place] - rows[place]), names[place]))
    for place in [*order, *order]:
        if rows.sum() < size and rows[place] < most[place]:
            rows[place] += 1
    table = pd.DataFrame({
        "category": names, "rows there": most.astype(np.int64), "rows": rows, "share": rows / size,
        "worth": rows @ effects,
    })  # fmt: skip
    return table.sort_values(["rows", "category"], ascending=[False, True], ignore_index=True)
