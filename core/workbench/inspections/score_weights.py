"""Weights of a corpus's score columns, found from what its saved subsets scored; and the column that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.column_facts import numeric_columns
from core.corpus.columns import column_digest
from core.corpus.store import Corpus, open_corpus
from core.errors import InputError, quoted
from core.evidence.ledger import KIND
from core.evidence.observations import Observations, without_undirected
from core.evidence.score_weights import RIDGE, ScoreWeights, find_weights
from core.features.models.columns import keep_score
from core.progress import Progress, silent
from core.workbench.inspections.evidence import load_evidence
from core.workbench.subsets import list_subsets
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

ALIKE = ["model", "trainer", "judge", "baseline", "measure", "size", "component"]  # runs that may be compared


def scored_benchmarks(workspace: Workspace, corpus: Corpus, seen: Observations | None = None) -> dict[str, int]:
    """Benchmark or held-out loss → how many saved subsets of ``corpus`` have a score on it, most first.

    ``seen`` is what :func:`core.workbench.inspections.evidence.load_evidence` saw; None: it looks now.
    """
    scored = _scored(workspace, corpus, load_evidence(workspace).seen if seen is None else seen)
    if scored.empty:
        return {}
    counts = scored.groupby("benchmark")["subset"].nunique()
    return {str(name): int(count) for name, count in counts.sort_values(ascending=False, kind="stable").items()}


def weights_request(
    workspace: Workspace, corpus: Corpus, names: Sequence[str], benchmark: str, *, ridge: float = RIDGE
) -> dict[str, Any]:
    """The request of :func:`weigh`, the same wherever it is asked, so that equal ones are one job.

    "evidence" stands for what is saved and logged and for the values of the columns: where one of them changes, the
    request is another one.
    """
    known = set(numeric_columns(corpus))
    return {
        "corpus": corpus.id, "columns": list(names), "benchmark": benchmark, "ridge": float(ridge),
        "evidence": digest({
            "ledger": workspace.keys(KIND), "subsets": workspace.keys("subsets"),
            "columns": [column_digest(corpus, name) for name in names if name in known],
        }),
    }  # fmt: skip


def weigh(workspace: Workspace, request: Mapping[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The job: :func:`weigh_scores` of {"corpus", "columns", "benchmark", "ridge"}, kept for :func:`kept_weights`.

    Gives {"names", "weights", "subsets", "groups", "foretold"}, the last None where it cannot be told.
    """
    corpus = open_corpus(workspace, str(request["corpus"]))
    names, ridge = list(map(str, request["columns"])), float(request["ridge"])
    weighed = weigh_scores(workspace, corpus, names, str(request["benchmark"]), ridge=ridge, progress=progress)
    result = {
        "names": list(weighed.names), "weights": weighed.weights.tolist(), "subsets": weighed.subsets,
        "groups": weighed.groups, "foretold": None if np.isnan(weighed.foretold) else weighed.foretold,
    }  # fmt: skip
    values.put(workspace, _key(request), result)
    return result


def kept_weights(workspace: Workspace, request: Mapping[str, Any]) -> ScoreWeights | None:
    """The weights that :func:`weigh` found for ``request``, by a page or a command; None where it never ran."""
    result = values.get(workspace, _key(request))
    return None if result is None else weights_of(result)


def _key(request: Mapping[str, Any]) -> str:
    return digest({"score weights": 1, **request})


def weights_of(result: Mapping[str, Any]) -> ScoreWeights:
    """The weights that a job :func:`weigh` found."""
    foretold = result["foretold"]
    return ScoreWeights(
        names=tuple(result["names"]), weights=np.asarray(result["weights"], dtype=np.float64),
        subsets=int(result["subsets"]), groups=int(result["groups"]),
        foretold=float("nan") if foretold is None else float(foretold),
    )  # fmt: skip


def weigh_scores(
    workspace: Workspace,
    corpus: Corpus,
    names: Sequence[str],
    benchmark: str,
    *,
    ridge: float = RIDGE,
    progress: Progress = silent,
) -> ScoreWeights:
    """The weights of the columns ``names`` that foretell how saved subsets of ``corpus`` scored on ``benchmark``.

    Several runs of a subset trained alike count as their mean. Columns are z-scored over all rows of the corpus; rows
    without a number count as the mean. Raises :class:`InputError` as :func:`core.evidence.score_weights.find_weights`.
    """
    if not 0 <= ridge <= 1e6:
        raise InputError(f"The ridge is between 0 and 1,000,000, not {ridge:g}.")
    columns = z_scores(corpus, names)
    progress(1, 3, "scores read")
    frame = _scored(workspace, corpus, load_evidence(workspace).seen)
    frame = frame[frame["benchmark"] == benchmark]
    if frame.empty:
        raise InputError(
            f"No saved subset of this corpus has a score on {quoted(benchmark)}.",
            remedy="Train the proxy on saved subsets on the Train page, or log scores on Compare.",
        )
    signed = frame["score"] * np.where(frame["direction"] < 0, -1.0, 1.0)
    frame = frame.assign(outcome=signed, alike=frame[ALIKE].astype(str).agg("|".join, axis=1))
    runs = frame.groupby(["alike", "subset"], sort=True)["outcome"].mean().reset_index()
    progress(2, 3, "outcomes read")
    ids = {subset.digest: np.asarray(subset.ids) for subset in list_subsets(workspace, corpus.id)}
    means = np.array([columns[corpus.positions_of(ids[digest])].mean(axis=0) for digest in runs["subset"]])
    alike = np.unique(runs["alike"].to_numpy(dtype=str), return_inverse=True)[1]
    weighed = find_weights(names, means, runs["outcome"].to_numpy(dtype=np.float64), groups=alike, ridge=ridge)
    progress(3, 3, "weights found")
    return weighed


def z_scores(corpus: Corpus, names: Sequence[str]) -> NDArray[np.float64]:
    """(rows, scores) each column less its mean, in standard deviations; 0 where a row has no number."""
    if not names or len(set(names)) < len(names):
        raise InputError("No score column is named, or one twice.", remedy="Name at least one, each once.")
    known = numeric_columns(corpus)
    made = []
    for name in names:
        if name not in known:
            raise InputError(f"There is no column of numbers {quoted(name)}.", remedy="The Scores page lists them.")
        numbers = np.asarray(corpus.column(name), dtype=np.float64)
        numbers = np.where(np.isfinite(numbers), numbers, np.nan)
        spread = float(np.nanstd(numbers)) if np.isfinite(numbers).any() else 0.0
        if spread <= 0:
            raise InputError(f"The column {quoted(name)} has one value in every row: it cannot be weighed.")
        made.append(np.nan_to_num((numbers - np.nanmean(numbers)) / spread))
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


def _scored(workspace: Workspace, corpus: Corpus, seen: Observations) -> pd.DataFrame:
    """The observations of saved subsets of ``corpus`` whose score has a direction."""
    own = {subset.digest for subset in list_subsets(workspace, corpus.id)}
    frame = without_undirected(seen.frame)
    return frame[frame["subset"].isin(own)].reset_index(drop=True)
