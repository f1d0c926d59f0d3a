"""Saved subsets with their readings beside the ledger's scores, and the two joined: what the Compare page looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from core.evidence.ledger import KIND, Ledger
from core.evidence.matching import Known
from core.evidence.observations import Observations, without_undirected
from core.workbench.inspections import comparison
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """``readings``: :func:`core.workbench.inspections.comparison.readings_table` of ``subsets``; ``seen`` joins them
    to the scores of ``ledger``."""

    workspace: Workspace
    subsets: list[Subset]
    readings: pd.DataFrame
    ledger: Ledger
    seen: Observations

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The observations that say better or worse, of datasets with a metric at least."""
        directed = without_undirected(self.seen.frame)
        return directed[directed[list(self.seen.metrics)].notna().any(axis=1)].reset_index(drop=True)

    @cached_property
    def levelled(self) -> pd.DataFrame:
        """The observations that say better or worse and have a position on a scale, measured or not."""
        return without_undirected(self.seen.frame).dropna(subset=["level"]).reset_index(drop=True)

    @property
    def notes(self) -> list[str]:
        """How many scores the views leave out, and why."""
        unmeasured = len(without_undirected(self.seen.frame)) - len(self.frame)
        told = [f"{unmeasured:,} of them are of datasets without any metric"] if unmeasured else []
        return [*told, *self.seen.left_out]

    @cached_property
    def metrics(self) -> list[str]:
        """Addresses of the metrics that differ between the scored subsets, those of the responses first."""
        varying = [name for name in self.seen.metrics if self.frame[name].max() > self.frame[name].min()]
        return sorted(
            varying, key=lambda name: (not name.startswith("response.ie"), not name.startswith("response"), name)
        )

    @property
    def directions(self) -> dict[str, int]:
        """Whether more of a metric is more diverse (+1) or less (−1), by address; 0 where that is not known."""
        return comparison.directions(self.seen.metrics)

    @cached_property
    def known(self) -> list[Known]:
        """Every name of a dataset that a score can belong to, ours first; two names may mean the same rows."""
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
        """The names as a selector offers them, each with its digest; a name that several datasets have says which."""
        count = Counter(dataset.name for dataset in self.known)
        return {
            dataset.name if count[dataset.name] == 1 else f"{dataset.name} · {dataset.digest[:6]}": dataset.digest
            for dataset in self.known
        }


def fingerprint(workspace: Workspace, readings: pd.DataFrame) -> str:
    """A digest that changes when a batch joins the ledger or a reading changes."""
    records: list[Mapping[str, object]] = [
        {str(name): value for name, value in row.items()}
        for row in readings.astype(object).where(readings.notna(), None).to_dict("records")
    ]
    return digest([list(workspace.keys(KIND)), records])
