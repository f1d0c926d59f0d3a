"""What the queue, the worker and the cache cost beside the work itself."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.jobs import queue, supervisor
from core.jobs.reporter import Reporter
from core.workspace.artefacts import Workspace
from core.workspace.cache import Cache
from tests.benchmarks.figures import record
from tests.jobs.running import wait

JOBS = 200
CALLS = 1_000_000


def main() -> None:
    """Print the cost of one submit, list, progress call, warm and cold round trip, and cached value."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "home")
        try:
            measure(workspace)
        finally:
            supervisor.stop_worker(workspace)


def measure(workspace: Workspace) -> None:
    """Run each measurement once."""
    submit = timed(lambda: [add(workspace, number) for number in range(JOBS)]) / JOBS
    listing = timed(lambda: queue.jobs(workspace))
    (workspace.home / "reporter").mkdir()
    report = Reporter(workspace.home / "reporter")
    calls = timed(lambda: [report(number, CALLS, "rows") for number in range(CALLS)]) / CALLS
    last = queue.jobs(workspace)[-1].id
    drained = timed(lambda: wait(workspace, last)) / JOBS
    alive = timed(lambda: supervisor.ensure_worker(workspace))
    warm = timed(lambda: wait(workspace, add(workspace, -1)))
    supervisor.stop_worker(workspace)
    cold = timed(lambda: wait(workspace, add(workspace, -2)))
    cache = Cache.open(workspace)
    remember = timed(lambda: [cache.remember(str(number), number) for number in range(100)]) / 100
    alone = timed(lambda: [cache.value(str(number)) for number in range(100)]) / 100
    many = timed(lambda: cache.values([str(number) for number in range(100)])) / 100
    cache.close()
    for name, seconds in (
        ("submit one job", submit),
        (f"list {JOBS} jobs", listing),
        ("one call of progress", calls),
        ("a job of a full queue", drained),
        ("see that a worker lives", alive),
        ("warm worker, there and back", warm),
        ("cold worker, there and back", cold),
        ("remember one value", remember),
        ("read one value", alone),
        ("read one value, a hundred at once", many),
    ):
        record(name, 1e3 * seconds, "ms")
    print(f"submit one job                     {1e3 * submit:10.2f} ms")
    print(f"list {JOBS} jobs                      {1e3 * listing:10.2f} ms")
    print(f"one call of progress               {1e6 * calls:10.2f} µs")
    print(f"a job of a full queue              {1e3 * drained:10.2f} ms")
    print(f"see that a worker lives            {1e3 * alive:10.2f} ms")
    print(f"warm worker, there and back        {1e3 * warm:10.2f} ms")
    print(f"cold worker, there and back        {1e3 * cold:10.2f} ms   {cold / warm:.1f} times the warm one")
    print(f"remember one value                 {1e3 * remember:10.2f} ms")
    print(f"read one value                     {1e3 * alone:10.2f} ms")
    print(f"read one value, a hundred at once  {1e3 * many:10.2f} ms   {alone / many:.0f} times faster than one by one")


def add(workspace: Workspace, number: int) -> str:
    """Queue a job that does next to nothing."""
    return queue.submit(workspace, "tests.jobs.tasks:add", {"a": number, "b": 1}, title="Sum").id


def timed(run: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
