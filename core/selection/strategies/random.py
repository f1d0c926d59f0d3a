"""Random: the baseline that every figure shows beside a strategy."""

from __future__ import annotations

import numpy as np

from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy


def prepare(preparation: Preparation) -> RankedPlan:
    ids = np.asarray(preparation.view.ids, dtype=np.uint64)
    return RankedPlan(order=np.arange(len(ids)), rows=len(ids), tail="", shuffled=ids)


STRATEGY = Strategy(
    name="random",
    title="Random",
    level="random",
    kind="ranked",
    summary="A seeded random draw: the baseline to beat.",
    formula="Rows in ascending hash(seed, row id); the first N. A larger N contains every smaller one.",
    source="The random baseline of From Macro to Micro (arXiv 2505.24768).",
    prepare=prepare,
)
