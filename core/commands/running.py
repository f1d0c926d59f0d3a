"""Commands that run what a job of a page runs: the same function, with a request made from the options."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from core.commands.terminal import Meter
from core.features.backends import BACKENDS
from core.jobs.task import resolve
from core.shards.engine import asked_for
from core.workspace.artefacts import Workspace

Request = Callable[[Workspace, argparse.Namespace], dict[str, Any]]


def runs(
    made: argparse.ArgumentParser, job: str, *, request: Request, run: Callable[[argparse.Namespace], None]
) -> None:
    """Let the command ``made`` run the job named ``job``; ``request`` makes the job's request from the options."""
    made.set_defaults(run=run, job=job, request=request)


def add_engine(made: argparse.ArgumentParser) -> None:
    """Add the options of a command whose work can be done by shards."""
    made.add_argument(
        "--engine",
        default="",
        metavar="ENGINE",
        help="one, pool, pool:N processes, ray, or the address of a Ray cluster; default: DIVERSCOPE_ENGINE",
    )
    made.add_argument(
        "--shards", type=int, default=0, metavar="N", help="parts that are computed by themselves; default: by rows"
    )


def add_backend(made: argparse.ArgumentParser) -> None:
    """Add the option of a command that embeds."""
    made.add_argument(
        "--backend",
        choices=BACKENDS,
        default="",
        help="who runs the embedder; openvino, an extra, is faster on a processor; default: DIVERSCOPE_BACKEND, torch",
    )


def backend_field(options: argparse.Namespace) -> dict[str, str]:
    """The part of a job's request that says who embeds; {} where no option does."""
    return {"backend": options.backend} if options.backend else {}


def run_job(options: argparse.Namespace) -> dict[str, Any]:
    """Run the job of the command in this process, with its progress on the terminal; returns the job's result."""
    workspace, meter = Workspace.default(), Meter()
    try:
        with asked_engine(options):
            return resolve(options.job)(workspace, options.request(workspace, options), meter)
    finally:
        meter.end()


def asked_engine(options: argparse.Namespace) -> AbstractContextManager[None]:
    """The block in which the engine is that of the options, where the command has them and they name one."""
    return asked_for(getattr(options, "engine", ""), shards=getattr(options, "shards", 0))
