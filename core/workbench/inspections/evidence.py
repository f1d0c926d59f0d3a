"""The evidence on the Compare page: saved subsets with their readings, the ledger's scores, and the two joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from core.counted import counted
from core.errors import InputError, quoted
from core.evidence import uncertainty
from core.evidence.entries import Score
from core.evidence.examples import Example, example_ledger, example_named
from core.evidence.grouping import FACTS, SCORE_KINDS, USUAL, Grouped, Grouping, grouped, varying_facts
from core.evidence.ledger import KIND, Ledger
from core.evidence.ledger import read as read_ledger
from core.evidence.matching import Known
from core.evidence.observations import Observations, in_every_series, observe, without_undirected
from core.evidence.proxy import CAUTION
from core.metrics.registry import instant_names, metric
from core.progress import Progress, silent
from core.workbench.inspections import comparison
from core.workbench.subsets import Subset, list_subsets
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """Saved ``subsets``, their ``readings``, the ``ledger``, and ``seen``, which joins readings and scores.

    ``readings`` is :func:`core.workbench.inspections.comparison.readings_table` of ``subsets``. ``example``: the one
    that is open in place of the workspace's own evidence; then nothing is saved or logged.
    """

    workspace: Workspace
    subsets: list[Subset]
    readings: pd.DataFrame
    ledger: Ledger
    seen: Observations
    example: Example | None = None

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The observations whose score has a direction, of datasets with at least one metric."""
        directed = without_undirected(self.seen.frame)
        return directed[directed[list(self.seen.metrics)].notna().any(axis=1)].reset_index(drop=True)

    @cached_property
    def levelled(self) -> pd.DataFrame:
        """The observations whose score has a direction and which have a position on a scale, measured or not.

        Each is there once for every series that its subset belongs to: see
        :func:`core.evidence.observations.in_every_series`.
        """
        return without_undirected(in_every_series(self.seen)).reset_index(drop=True)

    @property
    def notes(self) -> list[str]:
        """Sentences that say how many scores the views leave out, and why, and which subsets cannot be measured."""
        unmeasured = len(without_undirected(self.seen.frame)) - len(self.frame)
        told = [f"{unmeasured:,} of them are of datasets without any metric"] if unmeasured else []
        deleted = len(comparison.without_corpus(self.workspace, self.subsets))
        if deleted:
            told.append(f"the corpus of {counted(deleted, 'saved subset')} is deleted, so no more is measured of it")
        return [*told, *self.seen.left_out]

    @property
    def caution(self) -> str:
        """What scores of a proxy are worth; "" where none is logged."""
        return CAUTION if any(score.proxy for score in self.ledger.of(Score)) else ""

    @cached_property
    def metrics(self) -> list[str]:
        """Addresses of the metrics whose values differ between the scored subsets.

        Those of the responses come first, then others that tell more from less diverse.
        """
        directions = self.directions
        varying = [name for name in self.seen.metrics if self.frame[name].max() > self.frame[name].min()]
        return sorted(
            varying,
            key=lambda name: (
                not name.startswith("response.ie"),
                not name.startswith("response"),
                not directions[name],
                name,
            ),
        )

    @property
    def directions(self) -> dict[str, int]:
        """Whether a higher value is more diverse (+1) or less (−1), by metric address; 0 where that is unknown."""
        return comparison.directions(self.seen.metrics)

    @cached_property
    def known(self) -> list[Known]:
        """Every name of a dataset to which a score can belong, ours first; two names may mean the same rows."""
        datasets: dict[tuple[str, str], Known] = {}
        for table in (self.readings, self.ledger.subsets()):
            for row in table[["name", "subset", "size", "component"]].to_dict("records"):
                size = int(row["size"]) if pd.notna(row["size"]) else None
                dataset = Known(
                    name=str(row["name"]), digest=str(row["subset"]), size=size, component=str(row["component"] or "")
                )
                datasets.setdefault((dataset.name, dataset.digest), dataset)
        return list(datasets.values())

    @property
    def choices(self) -> dict[str, str]:
        """{name in a selector: digest}; a name that several datasets share is followed by the start of the digest."""
        count = Counter(dataset.name for dataset in self.known)
        return {
            dataset.name if count[dataset.name] == 1 else f"{dataset.name} · {dataset.digest[:6]}": dataset.digest
            for dataset in self.known
        }


def load_evidence(workspace: Workspace, *, example: str = "") -> Evidence:
    """Everything that is saved and logged, joined anew; or what an example (:mod:`core.evidence.examples`) holds."""
    opened = example_named(example) if example else None
    subsets = [] if opened else list_subsets(workspace)
    readings = comparison.readings_table(workspace, subsets)
    logged = example_ledger(workspace, opened) if opened else read_ledger(workspace)
    seen = observe(readings=readings, scores=logged.scores(), logged=logged.subsets())
    return Evidence(workspace=workspace, subsets=subsets, readings=readings, ledger=logged, seen=seen, example=opened)


def measured_evidence(
    workspace: Workspace, *, metrics: Sequence[str] = (), example: str = "", progress: Progress = silent
) -> tuple[Evidence, list[str]]:
    """The evidence after what was never measured of the saved subsets was measured, and what went wrong there.

    The metrics that take an instant are measured always, as on the page; ``metrics`` are names of further ones. An
    ``example`` holds no subsets that could be measured. Raises :class:`InputError` for metrics of an example.
    """
    if example:
        if metrics:
            raise InputError("Nothing of an example can be measured.", remedy="Leave the metrics to measure out.")
        return load_evidence(workspace, example=example), []
    subsets = list_subsets(workspace)
    names = list(dict.fromkeys([*instant_names(), *(metric(name).name for name in metrics)]))
    troubles: list[str] = []
    if lacking := comparison.missing(workspace, subsets, names):
        made = comparison.measure(workspace, {"subsets": lacking, "metrics": names}, progress)
        troubles = [*comparison.failures(workspace, subsets, names), *dict.fromkeys(made["failed"].values())]
    return load_evidence(workspace), troubles


def grouped_by(
    evidence: Evidence,
    frame: pd.DataFrame | None = None,
    *,
    by: Sequence[str] | None = None,
    score: str = "logged",
    benchmarks: Sequence[str] = (),
) -> Grouped:
    """The observations grouped ``by`` facts, with the kind of ``score`` that counts; by default as the page opens.

    ``frame``: some of the evidence's observations, by default its ``frame``. Facts in which nothing differs are as in
    the usual grouping. ``benchmarks``: of which the mean of Z-scores is made. Raises :class:`InputError` for a fact, a
    kind of score or a benchmark that there is not.
    """
    observed = evidence.frame if frame is None else frame
    kind = next((name for name in SCORE_KINDS if name == score), None)
    if kind is None:
        raise InputError(f"There is no score {quoted(score)}.", remedy=f"There are: {', '.join(SCORE_KINDS)}.")
    for what, asked, known in (
        ("fact", by or (), list(FACTS)),
        ("benchmark", benchmarks, sorted(set(observed["benchmark"].astype(str)))),
    ):
        if unknown := [name for name in asked if name not in known]:
            listed = ", ".join(known)
            raise InputError(f"There is no {what} {quoted(unknown[0])}.", remedy=f"There are: {listed}.")
    varying = varying_facts(observed)
    chosen = [name for name in USUAL if name in varying] if by is None else list(by)
    facts = (*chosen, *[name for name in USUAL if name not in varying])
    return grouped(observed, Grouping(by=facts, score=kind, benchmarks=tuple(benchmarks)))


def observations_key(evidence: Evidence, chosen: Grouped) -> str:
    """Store the observations; returns the key under which their statistics are computed and found."""
    return uncertainty.stash(evidence.workspace, chosen.frame, evidence.metrics, by=chosen.by)


def with_intervals(evidence: Evidence, chosen: Grouped, *, progress: Progress = silent) -> pd.DataFrame:
    """The correlations with their intervals and p, from the store where they are there; seconds to minutes."""
    key = observations_key(evidence, chosen)
    if (stored := uncertainty.load(evidence.workspace, key)) is not None:
        return stored
    uncertainty.run(evidence.workspace, {"observations": key}, progress)
    computed = uncertainty.load(evidence.workspace, key)
    assert computed is not None  # it has just been stored
    return computed


def fingerprint(workspace: Workspace, readings: pd.DataFrame) -> str:
    """A digest that changes when a batch joins the ledger or a reading changes."""
    records: list[Mapping[str, object]] = [
        {str(name): value for name, value in row.items()}
        for row in readings.astype(object).where(readings.notna(), None).to_dict("records")
    ]
    return digest([list(workspace.keys(KIND)), records])
