"""Which metrics agree: their rank correlations over subsets, an order that groups them, and the few worth keeping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InputError
from core.evidence import ledger
from core.workbench.inspections import comparison
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace

FEWEST = 4  # a rank correlation of fewer subsets means nothing


@dataclass(frozen=True, eq=False)
class Agreement:
    """``matrix`` holds Spearman's ρ between every two metrics, ordered so that similar metrics are side by side.

    ``subsets`` is the number of subsets that it is computed from; ``left_out`` gives the reason by metric.
    """

    matrix: pd.DataFrame
    subsets: int
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """A metric worth keeping, and the share of all metrics' rank variance that it and those before it explain."""

    name: str
    explained: float


def measured_values(workspace: Workspace, subsets: Sequence[Subset], *, logged: bool) -> pd.DataFrame:
    """(subsets, metric addresses) float64: the values measured on ``subsets``, each set of rows once.

    With ``logged``, datasets of the ledger are added, and values that users gave by hand fill gaps.
    """
    values = comparison.readings_table(workspace, subsets).drop_duplicates("subset").set_index("subset")
    if logged:
        values = values.combine_first(ledger.read(workspace).subsets().set_index("subset"))
    facts = {*ledger.SUBSET_COLUMNS, *comparison.FACTS}
    return values[[name for name in values.columns if name not in facts]].astype("float64")


def agreement(table: pd.DataFrame, *, directions: Mapping[str, int] | None = None) -> Agreement:
    """Spearman's ρ between the columns of ``table`` (subsets, metrics).

    A metric whose direction is −1 is negated, so that ρ > 0 means that two metrics agree on which subset is more
    diverse. Subsets are those on which most metrics were measured; a metric without a value for one of them, or with
    the same value for all, is left out with the reason. Raises :class:`InputError` below FEWEST subsets or two metrics.
    """
    filled = table.dropna(axis=0, how="all")
    left_out: dict[str, str] = {}
    if len(filled):
        counts = filled.notna().sum(axis=0)
        for name in [name for name in filled.columns if counts[name] < 0.5 * counts.max()]:
            left_out[str(name)] = f"measured on {counts[name]} of {len(filled)} subsets"
        filled = filled.drop(columns=list(left_out)).dropna(axis=0, how="any")
    for name in [name for name in filled.columns if filled[name].nunique() < 2]:
        left_out[str(name)] = "the same for all subsets"
    filled = filled.drop(columns=[name for name in filled.columns if str(name) in left_out])
    if len(filled) < FEWEST or filled.shape[1] < 2:
        raise InputError(
            f"{len(filled)} subsets have {filled.shape[1]} metrics in common that vary; "
            f"agreement needs {FEWEST} subsets and two metrics.",
            remedy="Save more subsets on the Subsets page, or measure more metrics.",
        )
    ordered = filled[sorted(filled.columns)]
    turned = ordered * [(directions or {}).get(name) or 1 for name in ordered.columns]
    correlations = turned.rank().corr(method="pearson").clip(-1, 1)
    order = clustered_order(correlations.to_numpy())
    names = [correlations.columns[at] for at in order]
    return Agreement(correlations.loc[names, names], len(filled), left_out)


def clustered_order(correlations: NDArray[np.float64]) -> list[int]:
    """The leaf order of a clustering of metrics by 1 − |ρ| with average linkage, the most similar side by side."""
    count = len(correlations)
    if count < 3:
        return list(range(count))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    apart = np.clip(1 - np.abs((correlations + correlations.T) / 2), 0, 1)
    np.fill_diagonal(apart, 0)
    return [int(at) for at in leaves_list(linkage(squareform(apart), method="average", optimal_ordering=True))]


def informative(correlations: pd.DataFrame, *, most: int = 3) -> list[Kept]:
    """The metrics that together explain most of all metrics' rank variance, chosen greedily.

    Each step takes the metric that most raises the mean R² of all metrics' ranks regressed on the chosen ones; ties go
    to the first by name. It stops at ``most`` metrics, or when the next would add less than a thousandth.
    """
    names = sorted(str(name) for name in correlations.columns)
    matrix = correlations.loc[names, names].to_numpy()
    chosen: list[int] = []
    kept: list[Kept] = []
    for _ in range(min(most, len(names))):
        scores = [(_explained(matrix, [*chosen, at]), -at) for at in range(len(names)) if at not in chosen]
        best, at = max((round(score, 12), at) for score, at in scores)
        if kept and best - kept[-1].explained < 0.001:
            break
        chosen.append(-at)
        kept.append(Kept(names[-at], best))
    return kept


def _explained(matrix: NDArray[np.float64], chosen: Sequence[int]) -> float:
    """Mean over all metrics of R² regressed on the ``chosen``: r' C⁻¹ r."""
    own = np.linalg.pinv(matrix[np.ix_(chosen, chosen)], hermitian=True)
    cross = matrix[chosen]  # (chosen, metrics)
    return float(np.clip(np.einsum("im,ij,jm->m", cross, own, cross), 0, 1).mean())
