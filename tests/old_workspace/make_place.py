"""Where the old workspace was made: its folders, its environment, and a queue whose jobs run to their end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.corpus.store import Corpus
from core.jobs import queue, supervisor
from core.jobs.queue import Job
from core.workbench.choice import Choice
from core.workspace import cache
from core.workspace.artefacts import Workspace
from tests.jobs.running import wait

EMBEDDER = "all-MiniLM-L6-v2"
OWN_VECTORS = "own:by-hand"
MODELS = {"before": "invented/before", "after": "invented/after", "final": "invented/final"}
BAND = {"low": 2.0, "high": 40.0}
SETTINGS: dict[str, Any] = {
    **BAND, "neighbors": 8, "components": 3, "min_cluster_size": 5, "tag_min_rows": 2, "tag_support": 6,
}  # fmt: skip
RESPONSE = Choice(component="response", embedder=EMBEDDER).with_(**SETTINGS)
INSTRUCTION = Choice(component="instruction", embedder=OWN_VECTORS).with_(**SETTINGS)
WAIT = 900.0  # seconds that one job may take


def prepare_environment(place: Path) -> None:
    """What the environment has to say before anything of the app is used: no network, one device, these folders."""
    os.environ.update(
        {
            "DIVERSCOPE_HOME": str(place / "home"),
            "DIVERSCOPE_STRATEGIES": str(place / "home" / "strategies"),
            "DIVERSCOPE_DEVICE": "cpu",
            "DIVERSCOPE_OFFLINE": "1",
            "DIVERSCOPE_WORKER_IDLE": "60",
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_CACHE": str(place / "models"),
        }
    )


@dataclass
class Maker:
    """The workspace being made, its two corpora, and names by which later steps find what earlier ones made."""

    place: Path
    workspace: Workspace
    corpora: dict[str, Corpus] = field(default_factory=dict)
    subsets: dict[str, str] = field(default_factory=dict)  # name to key
    edits: str = ""  # the version of the merges that a person made
    refused: dict[str, str] = field(default_factory=dict)  # what could not be made, and why

    @property
    def workshop(self) -> Corpus:
        return self.corpora["workshop"]

    @property
    def examples(self) -> Corpus:
        return self.corpora["examples"]

    def run(self, task: str, request: Mapping[str, Any], *, title: str) -> Job:
        """Ask for the work as a page does and wait for its end; it has to end well."""
        job = queue.submit(self.workspace, task, request, title=title)
        ended = wait(self.workspace, job.id, WAIT)
        if ended.state != "done":
            raise RuntimeError(f"{title}: {ended.state}, {ended.message} {ended.remedy}")
        return ended

    def finish(self) -> None:
        """Wait for every job that pages have asked for meanwhile, and read files from then on.

        At that commit a page's cache of values does not hear of what a job adds to a value that it holds already.
        """
        for job in queue.jobs(self.workspace):
            if job.live:
                wait(self.workspace, job.id, WAIT)
        cache._shared.clear()

    def rest(self) -> None:
        """Let the worker go, so that what is asked next stays in the queue."""
        supervisor.stop_worker(self.workspace)
