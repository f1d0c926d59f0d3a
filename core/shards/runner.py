"""What a runner promises: it does tasks anywhere, in any order, and says of each how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.shards.work import ShardTask

DIED = "died"  # an outcome of a worker's end, beside those of core.shards.work.outcome_of


@dataclass(frozen=True)
class Report:
    """News of task ``number``: its ``share`` from 0 to 1, and once it ``ended`` how (None: it goes on)."""

    number: int
    share: float
    ended: dict[str, Any] | None = None


class Runner(Protocol):
    """Does tasks and calls ``told`` with each report, and with None at least twice a second where there is no news.

    A worker that dies is a report whose ``ended`` has :data:`DIED` with its last words; the runner starts another in
    its place. ``told`` gives back the tasks to do again, and may raise: the runner then stops its workers at once.
    """

    def run(self, tasks: Sequence[ShardTask], told: Callable[[Report | None], bool]) -> None: ...
