"""Runs a target on other cases for as long as wanted, on several processes, and keeps what it finds."""

from __future__ import annotations

import multiprocessing
import secrets
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.fuzz.fuzzer import FAILED, PATIENCE, Target, outcome
from tests.fuzz.targets import TARGETS

MOST_FAULTS = 25  # after which a target stops: they are mostly the same one
STARTING = 600  # seconds that a process may take to import, make and compile what its cases share
SPAN = 1 << 40  # numbers of cases are drawn below it


def fuzz(target: Target, *, seconds: float, processes: int) -> Counter[str]:
    """Counts of the endings. A process that an input kills is replaced, and the input counts as found."""
    counts: Counter[str] = Counter()
    context = multiprocessing.get_context("spawn")
    ends = time.monotonic() + seconds
    workers: dict[Any, tuple[Any, Any]] = {}  # connection: its process, the number in work

    def start() -> None:
        ours, theirs = context.Pipe()
        number = context.Value("q", -1)
        process = context.Process(target=_work, args=(target.name, theirs, number, ends), daemon=True)
        process.start()
        theirs.close()
        workers[ours] = (process, number)

    for _ in range(processes):
        start()
    heard: dict[Any, float] = {}
    while workers:
        for connection in wait(list(workers), timeout=5):
            process, number = workers[connection]  # type: ignore[index]
            try:
                endings = connection.recv()  # type: ignore[union-attr]
                heard[connection] = time.monotonic()
                counts.update(endings)
            except EOFError:
                process.join()
                del workers[connection]  # type: ignore[arg-type]
                if process.exitcode and number.value < 0:
                    raise RuntimeError("A process ended before its first case.") from None
                if process.exitcode:
                    counts["found"] += 1
                    keep(target, number.value, f"The process ended with {process.exitcode}.")
                    if time.monotonic() < ends:
                        start()
        for connection, (process, _) in workers.items():
            if time.monotonic() > heard.setdefault(connection, time.monotonic() + STARTING) + 3 * PATIENCE:
                process.kill()  # it does not even answer the alarm
        if counts["found"] >= MOST_FAULTS:
            for process, _ in workers.values():
                process.terminate()
            break
    return counts


def _work(name: str, connection: Connection, current: Any, ends: float) -> None:
    """Try cases of random numbers until the time is over; tell the endings about once a second."""
    target, numbers = TARGETS[name], secrets.SystemRandom()
    endings: Counter[str] = Counter()
    target.case(0)
    connection.send(endings)
    told = time.monotonic()
    while time.monotonic() < ends:
        current.value = number = numbers.randrange(SPAN)
        try:
            endings[outcome(target, target.case(number))] += 1
        except Exception as error:
            endings["found"] += 1
            keep(target, number, "".join(traceback.format_exception(error)))
        if time.monotonic() - told > 1:
            connection.send(endings)
            endings, told = Counter(), time.monotonic()
    connection.send(endings)


def keep(target: Target, number: int, why: str) -> None:
    """Keep a failing case's input and say how it is tried again."""
    folder = FAILED / target.name / str(number)
    target.case(number).keep(folder, why=why)
    reason = why.strip().splitlines()[-1][:300]
    print(f"FOUND {target.name} {number}: {reason}\n      kept in {folder.relative_to(FAILED.parent.parent.parent)}; "
          f"again: python -m tests.fuzz {target.name} --seed {number}", flush=True)  # fmt: skip
