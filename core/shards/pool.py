"""Runner 1: processes of this machine, each with its share of the cores; one that dies costs its shard only."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from core import settings
from core.shards.engine import usual_processes
from core.shards.runner import DIED, Report
from core.shards.work import ShardTask

QUIET = 0.25  # seconds after which the driver looks up without news
GRACE = 2.0  # seconds that a worker has to end
LAST_WORDS = 300
QUIET_LIBRARIES = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}  # the driver fetched what is needed
THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    said: IO[bytes]  # what it prints
    number: int | None = None  # of the task that it does
    unread: bytes = field(default=b"")

    def last_words(self) -> str:
        self.said.seek(0)
        lines = self.said.read().decode("utf-8", "replace").strip().splitlines()
        code = self.process.poll()
        ended = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        return f"{ended}; {lines[-1][:LAST_WORDS]}" if lines else ended


class ProcessPool:
    """``processes`` workers, each on an equal share of the cores, so that together they use them once."""

    def __init__(self, processes: int) -> None:
        self.processes = processes

    def run(self, tasks: Sequence[ShardTask], told: Callable[[Report | None], bool]) -> None:
        """As :class:`core.shards.runner.Runner` says."""
        waiting = deque(range(len(tasks)))
        workers: list[_Worker] = []
        count = min(self.processes, len(tasks))
        with selectors.DefaultSelector() as selector:
            try:
                busy = 0
                while waiting or busy:
                    while len(workers) < min(count, len(waiting) + busy):
                        workers.append(self._started(selector, count))
                    for worker in workers:
                        if worker.number is None and waiting:
                            worker.number = waiting.popleft()
                            self._send(worker, tasks[worker.number])
                    ready = selector.select(QUIET)
                    if not ready:
                        told(None)
                    for key, _ in ready:
                        for report in self._heard(key.data, selector, workers):
                            if told(report):
                                waiting.append(report.number)
                    busy = sum(worker.number is not None for worker in workers)
            finally:
                _end(workers)

    def _started(self, selector: selectors.BaseSelector, count: int) -> _Worker:
        threads = str(max(1, usual_processes() // count))
        said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the worker
        process = subprocess.Popen(
            [sys.executable, "-m", "core.shards.worker"],
            cwd=settings.PROJECT_ROOT,
            env={**os.environ, **dict.fromkeys(THREADS, threads), **QUIET_LIBRARIES},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        worker = _Worker(process, said)
        assert process.stdout is not None  # it is a pipe
        selector.register(process.stdout, selectors.EVENT_READ, worker)
        return worker

    def _send(self, worker: _Worker, task: ShardTask) -> None:
        assert worker.process.stdin is not None  # it is a pipe
        with suppress(BrokenPipeError):  # a worker that died is noticed where its output ends
            worker.process.stdin.write(orjson.dumps({"number": worker.number, "task": task.as_dict()}) + b"\n")
            worker.process.stdin.flush()

    def _heard(self, worker: _Worker, selector: selectors.BaseSelector, workers: list[_Worker]) -> list[Report]:
        """What a worker has written; its end frees its place."""
        assert worker.process.stdout is not None  # it is a pipe
        data = os.read(worker.process.stdout.fileno(), 65_536)
        if not data:
            selector.unregister(worker.process.stdout)
            workers.remove(worker)
            worker.process.wait()
            lost = [] if worker.number is None else [Report(worker.number, 0.0, {DIED: worker.last_words()})]
            _end([worker])
            return lost
        *lines, worker.unread = (worker.unread + data).split(b"\n")
        reports = []
        for line in lines:
            said: dict[str, Any] = orjson.loads(line)
            if "ended" in said:
                worker.number = None
                reports.append(Report(said["number"], 1.0, said["ended"]))
            else:
                reports.append(Report(said["number"], said["share"]))
        return reports


def _end(workers: Sequence[_Worker]) -> None:
    """End the workers, those that still work too."""
    for worker in workers:
        worker.process.terminate()
    until = time.monotonic() + GRACE
    for worker in workers:
        try:
            worker.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        for pipe in (worker.process.stdin, worker.process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        worker.said.close()
