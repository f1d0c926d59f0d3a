"""How fast trainings inside were: what a trainer profile can be filled from."""

from __future__ import annotations

from dataclasses import dataclass

from core.counted import counted
from core.errors import in_short
from core.jobs import job_names, queue
from core.training.run import Trained
from core.workbench.loops.loop_request import LoopRequest
from core.workspace import values
from core.workspace.artefacts import Workspace

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


def loop_speeds(workspace: Workspace) -> list[LoopSpeed]:
    """The speeds of the trainings inside that have a finished run, newest first.

    Held-out rows that are scored meanwhile are part of the seconds: a trainer looks at some, too.
    """
    speeds = []
    done = [job for job in queue.jobs(workspace) if job.task == job_names.LOOP and job.state == "done"]
    for job in done[::-1][:MOST]:
        kept = [values.get(workspace, str(key)) for key in (job.result or {}).get("runs", ())]
        runs = [Trained.of(run) for run in kept if run is not None]
        seconds, tokens = sum(run.trace.seconds for run in runs), sum(run.tokens_read for run in runs)
        if not runs or not seconds or not tokens:
            continue
        asked = LoopRequest.of(job.request)
        base = in_short(asked.base)
        title = f"{base}, {counted(len(runs), 'run')} of {asked.settings.tokens:,} {asked.settings.counted} tokens"
        speeds.append(LoopSpeed(title=title, base=base, tokens_a_second=tokens / seconds, cutoff=asked.settings.cutoff))
    return speeds
