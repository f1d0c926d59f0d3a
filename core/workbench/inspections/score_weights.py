"""Weights of a corpus's score columns, found from what its saved subsets scored; and the column that they make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.column_facts import numeric_columns
from core.corpus.store import Corpus
from core.errors import InputError, quoted
from core.evidence.ledger import read as read_ledger
from core.evidence.observations import without_undirected
from core.evidence.score_weights import RIDGE, ScoreWeights, find_weights
from core.features.models.columns import keep_score
from core.workbench.inspections.evidence import load_evidence
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace

ALIKE = ["model", "trainer", "judge", "baseline", "measure", "size", "component"]  # runs that may be compared


def scored_benchmarks(workspace: Workspace, corpus: Corpus) -> dict[str, int]:
    """Benchmark or held-out loss → how many saved subsets of ``corpus`` have a score on it, most first."""
    if not read_ledger(workspace).scores().shape[0]:
        return {}
    counts = _scored(workspace, corpus).groupby("benchmark")["subset"].nunique()
    return {str(name): int(count) for name, count in counts.sort_values(ascending=False, kind="stable").items()}


def weigh_scores(
    workspace: Workspace, corpus: Corpus, names: Sequence[str], benchmark: str, *, ridge: float = RIDGE
) -> ScoreWeights:
    """The weights of the columns ``names`` that foretell how saved subsets of ``corpus`` scored on ``benchmark``.

    Several runs of a subset trained alike count as their mean. Columns are z-scored over all rows of the corpus; rows
    without a number count as the mean. Raises :class:`InputError` as :func:`core.evidence.score_weights.find_weights`.
    """
    if not 0 <= ridge <= 1e6:
        raise InputError(f"The ridge is between 0 and 1,000,000, not {ridge:g}.")
    columns = z_scores(corpus, names)
    frame = _scored(workspace, corpus)
    frame = frame[frame["benchmark"] == benchmark]
    if frame.empty:
        raise InputError(
            f"No saved subset of this corpus has a score on {quoted(benchmark)}.",
            remedy="Train the proxy on saved subsets on the Train page, or log scores on Compare.",
        )
    signed = frame["score"] * np.where(frame["direction"] < 0, -1.0, 1.0)
    frame = frame.assign(outcome=signed, alike=frame[ALIKE].astype(str).agg("|".join, axis=1))
    runs = frame.groupby(["alike", "subset"], sort=True)["outcome"].mean().reset_index()
    ids = {subset.digest: np.asarray(subset.ids) for subset in list_subsets(workspace, corpus.id)}
    means = np.array([columns[corpus.positions_of(ids[digest])].mean(axis=0) for digest in runs["subset"]])
    alike = np.unique(runs["alike"].to_numpy(dtype=str), return_inverse=True)[1]
    return find_weights(names, means, runs["outcome"].to_numpy(dtype=np.float64), groups=alike, ridge=ridge)


def z_scores(corpus: Corpus, names: Sequence[str]) -> NDArray[np.float64]:
    """(rows, scores) each column less its mean, in standard deviations; 0 where a row has no number."""
    if not names or len(set(names)) < len(names):
        raise InputError("No score column is named, or one twice.", remedy="Name at least one, each once.")
    known = numeric_columns(corpus)
    made = []
    for name in names:
        if name not in known:
            raise InputError(f"There is no column of numbers {quoted(name)}.", remedy="The Scores page lists them.")
        values = np.asarray(corpus.column(name), dtype=np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        spread = float(np.nanstd(values)) if np.isfinite(values).any() else 0.0
        if spread <= 0:
            raise InputError(f"The column {quoted(name)} has one value in every row: it cannot be weighed.")
        made.append(np.nan_to_num((values - np.nanmean(values)) / spread))
    return np.stack(made, axis=1)


def keep_weighted(corpus: Corpus, found: ScoreWeights, benchmark: str) -> str:
    """Make the column Σ weight · z-score of ``corpus``, and give its name."""
    told = " + ".join(f"{weight:+.2f} · z({name})" for name, weight in zip(found.names, found.weights, strict=True))
    return keep_score(
        corpus,
        z_scores(corpus, found.names) @ found.weights,
        name=f"weighted@{benchmark}",
        title="Weighted scores",
        formula=f"Σ weight · z-score: {told}",
        source="After R-Select (OpenDataArena), by a linear fit: our reconstruction",
        meaning="High: rows like those of subsets that trained well. As good as the subsets it was found from.",
        settings={"benchmark": benchmark, "weights": {name: round(float(weight), 12) for name, weight
                                                      in zip(found.names, found.weights, strict=True)}},
    )  # fmt: skip


def _scored(workspace: Workspace, corpus: Corpus) -> pd.DataFrame:
    """The observations of saved subsets of ``corpus`` whose score has a direction."""
    own = {subset.digest for subset in list_subsets(workspace, corpus.id)}
    frame = without_undirected(load_evidence(workspace).seen.frame)
    return frame[frame["subset"].isin(own)].reset_index(drop=True)
