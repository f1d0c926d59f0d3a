"""How different the token distributions of a corpus's sources are: a map of their Jensen–Shannon divergence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.agreement import square
from core.figures.theme import SEQUENTIAL, Mode, text


def divergence_frame(names: Sequence[str], matrix: NDArray[np.float64]) -> pd.DataFrame:
    """(domains, domains) bits, ordered so that similar domains are side by side."""
    order = list(range(len(names)))
    if len(names) > 2:
        from scipy.cluster.hierarchy import leaves_list, linkage
        from scipy.spatial.distance import squareform

        joined = linkage(squareform(matrix, checks=False), method="average", optimal_ordering=True)
        order = [int(at) for at in leaves_list(joined)]
    ordered = [str(names[at]) for at in order]
    return pd.DataFrame(matrix[np.ix_(order, order)], index=ordered, columns=ordered)


def divergence_map(table: pd.DataFrame, *, mode: Mode = "light") -> go.Figure:
    """The divergences as colours; 0 bits: the same token distribution, 1 bit: no token in common."""
    high = max(float(np.nanmax(table.to_numpy(), initial=0.0)), 0.01)
    return square(
        table, names=[text(name) for name in table.index], title="bits", low=0, high=high, scale=SEQUENTIAL, mode=mode
    )
