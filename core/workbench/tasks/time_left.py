"""How long a job will still take: told from its first second by what such work took here before."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import DiverscopeError
from core.jobs import durations, job_names
from core.jobs.record import Job
from core.workbench.tasks.features_first import features_first
from core.workbench.tasks.job_work import preparing_of, work_of
from core.workbench.tasks.parts import PARTS, FeaturePart, is_stored, text_of
from core.workspace.artefacts import Workspace

FORESIGHT = 600  # a rate counts once the time left that it gives is at most this many times the time the job has run
LEAST_SHARE = 0.05  # of the time a piece of work is expected to take, or took so far, is left until it is done


def expected_seconds(workspace: Workspace, task: str, request: Mapping[str, Any]) -> float | None:
    """Seconds that the job would take if it began now, what is stored already left out; None where nobody knows."""
    parts = _parts(workspace, task, request)
    if not parts:
        return _added([_expected(workspace, task, request), _seconds_first(workspace, task, request)])
    rows = durations.rows_of(workspace, request)
    return _added([durations.expected_seconds(workspace, part.kind, rows) for part in _missing(workspace, parts)])


def seconds_left(workspace: Workspace, job: Job, *, now: float | None = None) -> float | None:
    """Seconds until a waiting or running job ends, once it runs; None where nobody knows.

    The step that the job reports says how long that step takes at its present rate; the steps after it are known from
    earlier runs only. Of a job that is done in parts, the part that runs counts by its own step, where that is the
    step that its time goes into, and those that wait count as they usually take. Of any other job the larger of the
    two numbers is given. A job that has taken longer than expected and reports no rate has a share of what it took
    before it.
    """
    if job.state == "queued":
        return expected_seconds(workspace, job.task, job.request)
    if job.state != "running":
        return None
    now = time.time() if now is None else now
    told = job.seconds_left
    if told is not None and told > FORESIGHT * (now - job.started_at):
        told = None
    rows = durations.rows_of(workspace, job.request)
    parts = _parts(workspace, job.task, job.request)
    missing = _missing(workspace, parts)
    if not parts:
        usual, ran = _expected(workspace, job.task, job.request), now - job.started_at
        if usual is None:
            return told
        if first := _seconds_first(workspace, job.task, job.request):
            return max(first + usual - ran, usual, told or 0.0)
        return max(usual - ran, told if told is not None else LEAST_SHARE * max(usual, ran))
    if not missing:
        return told
    running, later = missing[0], missing[1:]
    usual = durations.expected_seconds(workspace, running.kind, rows)
    if usual is None or (told is not None and running.note and job.note == running.note):
        left = told
    else:
        begun = max([job.started_at, *(_made_at(workspace, part) for part in parts if part not in missing)])
        left = max(usual - (now - begun), LEAST_SHARE * usual, told or 0.0)
    return _added([left, *(durations.expected_seconds(workspace, part.kind, rows) for part in later)])


def _parts(workspace: Workspace, task: str, request: Mapping[str, Any]) -> list[FeaturePart]:
    """The parts of a job; none where it has none, or where its corpus or a setting in its request is gone."""
    if task not in PARTS:
        return []
    try:
        return PARTS[task](text_of(workspace, request), request)
    except (DiverscopeError, KeyError, TypeError, ValueError):
        return []


def _missing(workspace: Workspace, parts: Sequence[FeaturePart]) -> list[FeaturePart]:
    return [part for part in parts if not is_stored(workspace, part)]


def _made_at(workspace: Workspace, part: FeaturePart) -> float:
    return float(workspace.open("features", part.key).manifest.get("made_at", 0.0))


def _expected(workspace: Workspace, task: str, request: Mapping[str, Any]) -> float | None:
    """Seconds that a job without parts takes, without the features that it computes first; None where nobody knows."""
    work = preparing_of(workspace, request) if task == job_names.PREPARE else work_of(workspace, task, request)
    if work is None:  # its parts cannot be told apart: their corpus is gone, or what they read is not there yet
        return durations.expected_seconds(workspace, task, durations.rows_of(workspace, request))
    return durations.expected_seconds(workspace, work.kind, work.amount)


def _seconds_first(workspace: Workspace, task: str, request: Mapping[str, Any]) -> float:
    """Seconds of the features that a job computes before its own work; those whose time nobody knows count as none."""
    asked = features_first(workspace, task, request)
    return sum(expected_seconds(workspace, name, wanted) or 0.0 for name, wanted in asked)


def _added(seconds: Sequence[float | None]) -> float | None:
    """The sum, or None where a number of it is unknown."""
    known = [number for number in seconds if number is not None]
    return sum(known) if len(known) == len(seconds) else None
