"""Runs a command and says what it took: seconds, processor seconds, and the memory of all its processes together."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.2  # seconds between two looks at the memory


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a command took; ``peak`` is in bytes: shared pages count once, divided among those who share them.

    ``said`` is the end of what it printed.
    """

    seconds: float
    processor: float
    peak: int
    said: str = ""


def taken_by(command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> Taken:
    """Run ``command`` and measure it. Raises RuntimeError, with the end of what it said, where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    said = folder / "said.txt"
    peak = 0
    with open(said, "wb") as output:
        work = subprocess.Popen(command, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT)
        while work.poll() is None:
            peak = max(peak, memory_of(work.pid))
            time.sleep(EVERY)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if work.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {said.read_text(errors='replace')[-2000:]}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(seconds=seconds, processor=processor, peak=peak, said=said.read_text(errors="replace")[-2000:])


def memory_of(process: int) -> int:
    """Bytes of a process and all that it started; 0 for one that has ended, or where the system does not tell."""
    total = 0
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
        for thread in Path(f"/proc/{process}/task").iterdir():
            total += sum(memory_of(int(child)) for child in (thread / "children").read_text().split())
    except (OSError, ValueError):
        pass
    return total
