"""The evidence on the Compare page: saved subsets with their readings, the ledger's scores, and the two joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from core.counted import counted
from core.evidence.ledger import KIND, Ledger
from core.evidence.ledger import read as read_ledger
from core.evidence.matching import Known
from core.evidence.observations import Observations, observe, without_undirected
from core.workbench.inspections import comparison
from core.workbench.subsets import Subset, list_subsets
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """Saved ``subsets``, their ``readings``, the ``ledger``, and ``seen``, which joins readings and scores.

    ``readings`` is :func:`core.workbench.inspections.comparison.readings_table` of ``subsets``.
    """

    workspace: Workspace
    subsets: list[Subset]
    readings: pd.DataFrame
    ledger: Ledger
    seen: Observations

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The observations whose score has a direction, of datasets with at least one metric."""
        directed = without_undirected(self.seen.frame)
        return directed[directed[list(self.seen.metrics)].notna().any(axis=1)].reset_index(drop=True)

    @cached_property
    def levelled(self) -> pd.DataFrame:
        """The observations whose score has a direction and which have a position on a scale, measured or not."""
        return without_undirected(self.seen.frame).dropna(subset=["level"]).reset_index(drop=True)

    @property
    def notes(self) -> list[str]:
        """Sentences that say how many scores the views leave out, and why, and which subsets cannot be measured."""
        unmeasured = len(without_undirected(self.seen.frame)) - len(self.frame)
        told = [f"{unmeasured:,} of them are of datasets without any metric"] if unmeasured else []
        deleted = len(comparison.without_corpus(self.workspace, self.subsets))
        if deleted:
            told.append(f"the corpus of {counted(deleted, 'saved subset')} is deleted, so no more is measured of it")
        return [*told, *self.seen.left_out]

    @cached_property
    def metrics(self) -> list[str]:
        """Addresses of the metrics whose values differ between the scored subsets, those of the responses first."""
        varying = [name for name in self.seen.metrics if self.frame[name].max() > self.frame[name].min()]
        return sorted(
            varying, key=lambda name: (not name.startswith("response.ie"), not name.startswith("response"), name)
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


def load_evidence(workspace: Workspace) -> Evidence:
    """Everything that is saved and logged, joined anew."""
    subsets = list_subsets(workspace)
    readings = comparison.readings_table(workspace, subsets)
    logged = read_ledger(workspace)
    seen = observe(readings=readings, scores=logged.scores(), logged=logged.subsets())
    return Evidence(workspace=workspace, subsets=subsets, readings=readings, ledger=logged, seen=seen)


def fingerprint(workspace: Workspace, readings: pd.DataFrame) -> str:
    """A digest that changes when a batch joins the ledger or a reading changes."""
    records: list[Mapping[str, object]] = [
        {str(name): value for name, value in row.items()}
        for row in readings.astype(object).where(readings.notna(), None).to_dict("records")
    ]
    return digest([list(workspace.keys(KIND)), records])
