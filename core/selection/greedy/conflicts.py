"""Near-duplicate rows whose categories disagree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.errors import InputError, quoted
from core.progress import Progress, silent
from core.selection.greedy.points import labels, points
from core.selection.plan import Rows
from core.view import View


@dataclass(frozen=True, eq=False)
class Conflicts:
    """Pairs of rows, most similar first: pool positions ``first`` < ``second``, ``cosine`` float64, and the category
    of each row."""

    first: Rows
    second: Rows
    cosine: NDArray[np.float64]
    first_category: list[str]
    second_category: list[str]

    def __len__(self) -> int:
        return len(self.first)


@full_precision()
def label_conflicts(
    view: View, column: str, ceiling: float = 0.95, *, device: str = "cpu", progress: Progress = silent
) -> Conflicts:
    """Each row with its nearest row of another category, where their cosine is at least ``ceiling``.

    As ``ceiling`` falls more pairs are listed and fewer of them are true conflicts. Every row with such a neighbour is
    in at least one pair. Rows without a category are ignored. O(rows² · dimensions) in matrix products. The idea is
    B2NERD's (arXiv 2406.11192, App.); the rule is ours.
    """
    import torch

    codes, names = labels(view, column)
    if len(names) < 2:
        raise InputError(
            f"The column {quoted(column)} has fewer than two categories in this pool, so no two rows can disagree.",
            remedy="Choose another column.",
        )
    pool = points(view, codes >= 0)
    code = codes[pool.rows]
    space = torch.from_numpy(pool.vectors).to(device)
    label = torch.from_numpy(code).to(device)
    mates: list[NDArray[np.int64]] = []
    step = min(2048, block_rows(width=2 * len(pool), device=device))
    for start in range(0, len(pool), step):
        cosines = space[start : start + step] @ space.T  # (block, rows)
        cosines.masked_fill_(label[start : start + step, None] == label[None, :], -2.0)
        best, mate = cosines.max(dim=1)
        mate = torch.where(best >= ceiling - 1e-5, mate, -1)
        mates.append(mate.cpu().numpy().astype(np.int64))
        progress(min(start + step, len(pool)), len(pool), "rows compared")
    mate_of = np.concatenate(mates)
    (rows_with_mate,) = np.nonzero(mate_of >= 0)
    other = mate_of[rows_with_mate]
    pairs = np.unique(
        np.column_stack((np.minimum(rows_with_mate, other), np.maximum(rows_with_mate, other))), axis=0
    ).reshape(-1, 2)
    left, right = pool.vectors[pairs[:, 0]].astype(np.float64), pool.vectors[pairs[:, 1]].astype(np.float64)
    cosine = np.round(np.einsum("ij,ij->i", left, right), 9)
    pairs, cosine = pairs[cosine >= ceiling], cosine[cosine >= ceiling]
    turn = np.lexsort((pairs[:, 1], pairs[:, 0], -cosine))
    pairs, cosine = pairs[turn], cosine[turn]
    return Conflicts(
        first=pool.rows[pairs[:, 0]],
        second=pool.rows[pairs[:, 1]],
        cosine=cosine,
        first_category=[names[value] for value in code[pairs[:, 0]]],
        second_category=[names[value] for value in code[pairs[:, 1]]],
    )
