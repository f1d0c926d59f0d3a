"""How fast trainings inside were: what a trainer profile can be filled from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.counted import counted
from core.errors import in_short
from core.jobs import job_names, queue
from core.training.run import Trained
from core.workbench.loops.loop_request import LoopRequest
from core.workspace import atomic, values
from core.workspace.artefacts import Workspace
from core.workspace.locks import locked

FORMAT = 1
MOST = 10  # trainings that are looked at, newest first


@dataclass(frozen=True, kw_only=True)
class LoopSpeed:
    """The speed of one training inside: tokens that its runs read, prompts included, over the seconds they took."""

    title: str
    base: str
    tokens_a_second: float
    cutoff: int

    @property
    def words(self) -> str:
        return f"{self.title}: {self.tokens_a_second:,.0f} tokens a second"


def note_training(workspace: Workspace, request: LoopRequest, runs: Sequence[str]) -> None:
    """Remember that a training is done, whether a job, a command or a script carried it out: its keys of runs.

    The newest :data:`MOST` trainings are remembered; one that was done before becomes the newest.
    """
    path = _path(workspace)
    with locked(path.with_suffix(".lock")):
        others = [training for training in _noted(path) if list(training["runs"]) != list(runs)]
        kept = [*others, {"request": request.as_dict(), "runs": list(runs)}][-MOST:]
        atomic.write_json(path, {"format": FORMAT, "trainings": kept})


def loop_speeds(workspace: Workspace) -> list[LoopSpeed]:
    """The speeds of the trainings inside that have a finished run, newest first.

    Held-out rows that are scored meanwhile are part of the seconds: a trainer looks at some, too.
    """
    speeds = []
    for request, keys in _trainings(workspace):
        kept = [values.get(workspace, key) for key in keys]
        runs = [Trained.of(run) for run in kept if run is not None]
        seconds, tokens = sum(run.trace.seconds for run in runs), sum(run.tokens_read for run in runs)
        if not runs or not seconds or not tokens:
            continue
        asked = LoopRequest.of(request)
        base = in_short(asked.base)
        title = f"{base}, {counted(len(runs), 'run')} of {asked.settings.tokens:,} {asked.settings.counted} tokens"
        speeds.append(LoopSpeed(title=title, base=base, tokens_a_second=tokens / seconds, cutoff=asked.settings.cutoff))
    return speeds


def _trainings(workspace: Workspace) -> list[tuple[Mapping[str, Any], list[str]]]:
    """The newest trainings, newest first, each with the keys of its runs; those of jobs that nobody noted come last."""
    noted = [(training["request"], list(training["runs"])) for training in _noted(_path(workspace))][::-1]
    done = [job for job in queue.jobs(workspace) if job.task == job_names.LOOP and job.state == "done"]
    of_jobs = [(job.request, [str(key) for key in (job.result or {}).get("runs", ())]) for job in done[::-1]]
    known = {tuple(keys) for _, keys in noted}
    return [*noted, *(training for training in of_jobs if tuple(training[1]) not in known)][:MOST]


def _path(workspace: Workspace) -> Path:
    return workspace.home / "names" / "trainings.json"


def _noted(path: Path) -> list[dict[str, Any]]:
    """What was noted, the newest last; nothing of a file that cannot be read: only speeds to fill in are lost."""
    try:
        document = orjson.loads(path.read_bytes())
        known = document["trainings"] if document["format"] == FORMAT else []
        return [training for training in known if {"request", "runs"} <= set(training)]
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
        return []
