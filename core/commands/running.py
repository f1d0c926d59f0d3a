"""Commands that run what a job of a page runs: the same function, with a request made from the options."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from core.commands.terminal import Meter
from core.jobs.task import resolve
from core.workspace.artefacts import Workspace

Request = Callable[[Workspace, argparse.Namespace], dict[str, Any]]


def runs(
    made: argparse.ArgumentParser, job: str, *, request: Request, run: Callable[[argparse.Namespace], None]
) -> None:
    """Let the command ``made`` run the job named ``job``; ``request`` makes the job's request from the options."""
    made.set_defaults(run=run, job=job, request=request)


def run_job(options: argparse.Namespace) -> dict[str, Any]:
    """Run the job of the command in this process, with its progress on the terminal; returns the job's result."""
    workspace, meter = Workspace.default(), Meter()
    try:
        return resolve(options.job)(workspace, options.request(workspace, options), meter)
    finally:
        meter.end()
