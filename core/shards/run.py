"""Computes a feature by shards: what is done is taken, the rest goes to the engine, a shard that fails is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.counted import counted
from core.errors import JobError, in_short
from core.progress import Progress, silent
from core.shards.engine import Engine
from core.shards.pool import ProcessPool
from core.shards.runner import DIED, Report, Runner
from core.shards.shard import RowShard
from core.shards.work import ShardTask, carry_out

ATTEMPTS = 3  # workers that may die over one shard


def run_shards(
    feature: str,
    shards: Sequence[RowShard],
    settings: Mapping[str, Any],
    *,
    home: Path,
    engine: Engine,
    progress: Progress = silent,
    note: str = "",
    on_device: bool = False,
) -> list[Path]:
    """The folders of the artefacts of ``feature``, one for each shard, in the order of ``shards``.

    Artefacts lie under ``home``, which all workers must see; those whose markers say that they are of the same shard,
    settings and version of the code are taken as they are, whoever made them. ``progress`` counts the shards' units
    under ``note``. ``on_device`` says that the work uses the accelerator where there is one. A worker that dies costs
    its shard, which :data:`ATTEMPTS` workers may try; the other shards are finished first. Raises :class:`JobError`
    that names a shard which failed, :class:`core.errors.Cancelled` through ``progress``, and whatever error of ours the
    feature raises.
    """
    home.mkdir(parents=True, exist_ok=True)
    tasks = [ShardTask(feature=feature, shard=shard, settings=settings, home=str(home)) for shard in shards]
    left = [task for task in tasks if not task.done]
    ledger = _Ledger(left, total=sum(map(len, shards)), progress=progress, note=note)
    ledger(None)
    if engine.kind == "one":
        for task in left:
            ledger.alone(task)
    elif left:
        _runner(engine, on_device=on_device).run(left, ledger)
    ledger.close()
    return [task.folder for task in tasks]


def _runner(engine: Engine, *, on_device: bool) -> Runner:
    if engine.kind == "ray":
        from core.shards.ray_runner import RayRunner

        return RayRunner(engine.address, on_device=on_device)
    return ProcessPool(engine.processes)


class _Ledger:
    """Takes the runner's reports: counts what is done, has a shard done again, and remembers what failed."""

    def __init__(self, tasks: Sequence[ShardTask], *, total: int, progress: Progress, note: str) -> None:
        self._tasks, self._total, self._progress, self._note = tasks, total, progress, note
        self._before = total - sum(len(task.shard) for task in tasks)
        self._shares = [0.0] * len(tasks)
        self._deaths = [0] * len(tasks)
        self._lost: list[tuple[ShardTask, str]] = []

    def __call__(self, report: Report | None) -> bool:
        """Whether the task of ``report`` is to be done again."""
        again = False
        if report is not None:
            again = self._settle(report)
            self._shares[report.number] = 0.0 if again else report.share
        done = self._before + sum(share * len(task.shard) for share, task in zip(self._shares, self._tasks))
        self._progress(done, self._total, self._note)
        return again

    def _settle(self, report: Report) -> bool:
        task, ended = self._tasks[report.number], report.ended
        if not ended:
            return False
        if DIED in ended:
            self._deaths[report.number] += 1
            if self._deaths[report.number] < ATTEMPTS:
                return True
            self._lost.append((task, str(ended[DIED])))
            return False
        if "error" in ended:
            raise JobError(
                f"{task} failed: {ended['error']}, {in_short(ended['what'])}", remedy="What other shards did is kept."
            )
        raise JobError(f"{task}: {ended['what']}", remedy=str(ended["remedy"]))

    def alone(self, task: ShardTask) -> None:
        """Do a task in this process."""
        number = self._tasks.index(task)

        def step(done: float, total: float, note: str = "") -> None:
            self(Report(number, done / total if total else 0.0))

        carry_out(task, step)
        self(Report(number, 1.0, {}))

    def close(self) -> None:
        """Raise :class:`JobError` where a shard's workers died."""
        if self._lost:
            task, words = self._lost[0]
            more = f", and of {counted(len(self._lost) - 1, 'shard')} more" if len(self._lost) > 1 else ""
            raise JobError(
                f"{ATTEMPTS} workers died over {task}{more} ({in_short(words)}).",
                remedy="It may be too much for the memory: set DIVERSCOPE_SHARD_ROWS lower. What other shards did is "
                "kept: start it again.",
            )
