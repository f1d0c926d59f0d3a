"""Runner 2: Ray. The tasks are those of the pool; what travels is JSON, never rows, so its object store stays empty.

Ray is an extra (requirements-ray.txt) and imported where it is asked for. Tasks, not actors, hold the cores: actors on
every core make Ray wait for ever. A cluster that is started here listens to this machine only, asks for a token that
no file holds, has no dashboard, and sends no usage statistics.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from core.errors import InputError, JobError, reason_of
from core.shards.engine import usual_processes
from core.shards.runner import DIED, Report
from core.shards.work import ShardTask, outcome_of

QUIET = 0.25  # seconds after which the driver looks up without news
STORE = 128 * 2**20  # bytes of the object store of a cluster that is started here: it holds no rows
# Read before ray is imported. The second lets Ray bind to the loopback address, on Linux too; by the third workers give
# way as those of jobs do (Ray's own, 15, starve them beside any other work).
LOCAL = {"RAY_AUTH_MODE": "token", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_worker_niceness": "5"}
NO_STATISTICS = {"RAY_USAGE_STATS_ENABLED": "0"}


class RayRunner:
    """The cluster at ``address``, or one of this machine (""); it stays connected for later work of this process."""

    def __init__(self, address: str, *, on_device: bool = False) -> None:
        self.ray = connected(address)
        self.on_device = on_device

    def run(self, tasks: Sequence[ShardTask], told: Callable[[Report | None], bool]) -> None:
        """As :class:`core.shards.runner.Runner` says; a task's share is 0 until it has ended."""
        ray = self.ray
        graphics = self.on_device and float(ray.cluster_resources().get("GPU", 0)) > 0
        remote = ray.remote(num_cpus=1, num_gpus=1 if graphics else 0, max_retries=0)(outcome_of)
        running = {remote.remote(task.as_dict()): number for number, task in enumerate(tasks)}
        try:
            while running:
                ready, _ = ray.wait(list(running), num_returns=1, timeout=QUIET)
                if not ready:
                    told(None)
                for reference in ready:
                    number = running.pop(reference)
                    if told(Report(number, 1.0, self._ended(reference))):
                        running[remote.remote(tasks[number].as_dict())] = number
        finally:
            for reference in running:
                ray.cancel(reference, force=True)

    def _ended(self, reference: Any) -> dict[str, Any]:
        try:
            return dict(self.ray.get(reference))
        except self.ray.exceptions.RayTaskError as error:  # a module that is not there, for example
            return {"error": type(error.cause).__name__, "what": reason_of(error.cause)}
        except self.ray.exceptions.RayError as error:
            return {DIED: reason_of(error)}


def connected(address: str) -> Any:
    """The module ``ray``, connected to the cluster at ``address``, or to one of this machine ("").

    Raises :class:`InputError` where Ray is not installed, and :class:`JobError` where the cluster does not answer.
    """
    os.environ.update(NO_STATISTICS)
    if not address:
        for name, value in {**LOCAL, "RAY_AUTH_TOKEN": secrets.token_hex(32)}.items():
            os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise InputError(
            "Ray is not installed.",
            remedy="Install it: pip install -r requirements-ray.txt -c constraints.txt; or unset DIVERSCOPE_ENGINE.",
        ) from error
    if ray.is_initialized():
        return ray
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "ignore_reinit_error": True}
    try:
        if address:
            ray.init(address=address, **quiet)
        else:
            ray.init(num_cpus=usual_processes(), include_dashboard=False, object_store_memory=STORE, **quiet)
    except Exception as error:
        raise JobError(
            f"Ray at {address or 'this machine'} does not answer: {reason_of(error)}",
            remedy="Check the address and that the cluster runs, or unset DIVERSCOPE_ENGINE to compute here.",
        ) from error
    return ray
