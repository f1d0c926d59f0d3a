"""Reads the stretches of large files on a cluster: the step by shards that begins before there are rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from core.corpus.stretch_workers import AHEAD, read_by
from core.corpus.stretches import StretchRead, StretchTask, read_stretch
from core.shards.engine import Engine


def reading_engine(chosen: Engine) -> AbstractContextManager[None]:
    """The block in which Ray reads large files where it is chosen; any other engine leaves that to processes here."""
    return read_by(lambda count: RayStretches(chosen.address)) if chosen.kind == "ray" else nullcontext()


class RayStretches:
    """Stretches as tasks of a cluster whose machines see the file and the workspace under one path.

    What travels is the task and what was counted; rows go into files. A stretch whose worker dies is read here.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._waiting: deque[tuple[StretchTask, Any]] = deque()
        self._ray: Any = None

    def __enter__(self) -> RayStretches:
        return self

    def __exit__(self, *_: object) -> None:
        self._cancel()

    def _cancel(self) -> None:
        for _task, reference in self._waiting:
            self._ray.cancel(reference, force=True)
        self._waiting.clear()

    def read(self, tasks: Iterable[StretchTask]) -> Iterator[StretchRead]:
        """What each of ``tasks`` gives, in their order. Raises what reading raises."""
        from core.shards.ray_runner import connected

        self._ray = connected(self._address)
        remote = self._ray.remote(num_cpus=1, max_retries=0)(read_stretch)
        ahead = AHEAD * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        try:
            for task in tasks:
                self._waiting.append((task, remote.remote(task)))
                if len(self._waiting) > ahead:
                    yield self._next()
            while self._waiting:
                yield self._next()
        finally:  # what was begun of a file that is not read on
            self._cancel()

    def _next(self) -> StretchRead:
        task, reference = self._waiting.popleft()
        try:
            made: StretchRead = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError:  # its worker died: the stretch is read here, whole
            return read_stretch(task)
        return made
