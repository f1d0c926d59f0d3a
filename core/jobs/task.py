"""The functions that jobs run, found by the job's name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from core.errors import JobError, quoted
from core.jobs import durations
from core.jobs.job_names import AMOUNT_OF_WORK, function_address
from core.jobs.record import Job
from core.progress import Progress
from core.workspace.artefacts import Workspace

Task = Callable[[Workspace, dict[str, Any], Progress], dict[str, Any]]


def resolve(name: str) -> Task:
    """The function that runs the job called ``name``; imports its module.

    The module must define the function itself, not import it from elsewhere. Raises :class:`JobError` otherwise.
    """
    module_name, _, function_name = function_address(name).partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not module_name.startswith(error.name or "?"):
            raise
        raise JobError(f"The job {quoted(name)} cannot run: there is no module {error.name}.") from error
    function = getattr(module, function_name, None)
    if not callable(function) or getattr(function, "__module__", "") != module_name:
        raise JobError(f"The job {quoted(name)} cannot run: {module_name} has no function {function_name}.")
    return function


def remember_time(workspace: Workspace, job: Job, *, seconds: float) -> None:
    """Keep how long a job took under its kind of work, unless its parts are timed by themselves."""
    module_name, _, function_name = AMOUNT_OF_WORK.partition(":")
    work = getattr(importlib.import_module(module_name), function_name)(workspace, job.task, job.request)
    if work is not None:
        durations.record(workspace, work.kind, rows=work.amount, seconds=seconds)
