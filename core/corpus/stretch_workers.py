"""Processes that read stretches of large files side by side; one that dies costs its stretch a second reading."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Protocol

from core.corpus.stretches import StretchRead, StretchTask, read_stretch
from core.settings import PROJECT_ROOT

AHEAD = 2  # stretches that wait for each process


class StretchReader(Protocol):
    """Whoever reads stretches: what each task gives, in the order of the tasks."""

    def read(self, tasks: Iterable[StretchTask]) -> Iterator[StretchRead]: ...


Readers = Callable[[int], AbstractContextManager[StretchReader]]  # of the number of processes that are wanted here


@dataclass(frozen=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    channel: Connection


class StretchWorkers:
    """``count`` processes, started when they are first needed; with fewer than two, stretches are read here.

    More processes read faster as long as there are cores for them, and each takes the memory of a stretch.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self.started: list[_Worker] = []
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> StretchWorkers:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        for worker in self.started:
            worker.process.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for worker in self.started:
            worker.process.wait()
            worker.channel.close()

    def read(self, tasks: Iterable[StretchTask]) -> Iterator[StretchRead]:
        """What each of ``tasks`` gives, in their order. Raises what reading raises."""
        if self._count < 2:
            yield from map(read_stretch, tasks)
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._count)
            for _ in range(self._count):
                self.started.append(_start())
                self._idle.put(self.started[-1])
        waiting: deque[Future[StretchRead]] = deque()
        for task in tasks:
            waiting.append(self._threads.submit(self._read, task))
            if len(waiting) > AHEAD * self._count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _read(self, task: StretchTask) -> StretchRead:
        worker = self._idle.get()
        try:
            worker.channel.send(task)
            answer: StretchRead | OSError = worker.channel.recv()
        except (OSError, EOFError):  # it died: its stretch is read here, whole
            return read_stretch(task)
        finally:
            self._idle.put(worker)
        if isinstance(answer, OSError):
            raise answer
        return answer


_READERS: ContextVar[Readers] = ContextVar("readers of stretches", default=StretchWorkers)


def stretch_readers(count: int) -> AbstractContextManager[StretchReader]:
    """Those of the block (:func:`read_by`), else :class:`StretchWorkers` of ``count`` processes."""
    return _READERS.get()(count)


@contextmanager
def read_by(readers: Readers) -> Iterator[None]:
    """Within the block, large files are read by ``readers``."""
    token = _READERS.set(readers)
    try:
        yield
    finally:
        _READERS.reset(token)


def _start() -> _Worker:
    paths = os.pathsep.join(filter(None, (str(PROJECT_ROOT), os.environ.get("PYTHONPATH", ""))))
    here, there = Pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "core.corpus.stretch_workers", str(there.fileno())],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
        pass_fds=[there.fileno()],
    )
    there.close()
    return _Worker(process, here)


def serve(channel: Connection) -> None:
    """Read the stretches that the starting process asks for, until it closes its end."""
    gc.disable()  # millions of small objects and no cycle
    while True:
        try:
            task: StretchTask = channel.recv()
        except EOFError:
            return
        try:
            answer: StretchRead | OSError = read_stretch(task)
        except OSError as error:  # a full disk; any other fault ends the process, and is met again where it started
            answer = error
        try:
            channel.send(answer)
        except BrokenPipeError:  # the load was stopped
            return
        del answer
        gc.collect()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one
    serve(Connection(int(sys.argv[1])))
