"""Figures of benchmarks, kept one a line as JSON, so that two runs can be compared (``make bench-compare``)."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DEFAULT = FOLDER / "figures.jsonl"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number; figures with the same date and machine are of one run."""

    date: str  # of the run's start, UTC
    machine: str
    commit: str
    name: str  # "benchmark: what was measured"
    value: float
    unit: str


@dataclass(frozen=True)
class _Run:
    path: Path
    head: Figure  # without name and value


_RUN: ContextVar[_Run | None] = ContextVar("benchmark run", default=None)


@contextmanager
def run_into(path: Path) -> Iterator[None]:
    """While it is open, recorded figures are appended to ``path``, as those of one run."""
    head = Figure(
        date=datetime.now(UTC).isoformat(timespec="microseconds"),
        machine=machine(),
        commit=commit(),
        name="",
        value=0.0,
        unit="",
    )
    token = _RUN.set(_Run(path, head))
    try:
        yield
    finally:
        _RUN.reset(token)


@contextmanager
def benchmark(name: str) -> Iterator[None]:
    """While it is open, names of recorded figures begin with that of this benchmark."""
    run = _RUN.get()
    token = _RUN.set(run and _Run(run.path, replace(run.head, name=f"{name}: ")))
    try:
        yield
    finally:
        _RUN.reset(token)


def record(name: str, value: float, unit: str = "s") -> None:
    """Append one figure; outside a run, as when a benchmark is started by itself, nothing is kept."""
    run = _RUN.get()
    if run is not None:
        figure = replace(run.head, name=run.head.name + name, value=float(f"{value:.6g}"), unit=unit)
        with open(run.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")


def machine() -> str:
    """The processor, its cores and the system, in one phrase."""
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit that is checked out, with a + where files were changed since; "" outside a repository."""
    ran = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout.strip() if ran.returncode == 0 else ""


def read(path: Path) -> list[Figure]:
    """Every figure of a file, in the order in which they were measured."""
    with open(path, encoding="utf-8") as file:
        return [Figure(**json.loads(line)) for line in file if line.strip()]


def runs(figures: Iterable[Figure]) -> list[dict[str, Figure]]:
    """The figures of each run by name, the oldest run first."""
    by_run: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in figures:
        by_run.setdefault((figure.date, figure.machine), {})[figure.name] = figure
    return [by_run[key] for key in sorted(by_run)]


def comparison(before: dict[str, Figure], after: dict[str, Figure]) -> list[str]:
    """One line a figure that both runs have: before, after, and after divided by before."""
    lines = []
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name], after[name]
        ratio = f"{new.value / old.value:8.2f} ×" if old.value else "       —  "
        lines.append(f"{name:<60} {old.value:>12,.4g} {new.value:>12,.4g} {new.unit:<7}{ratio}")
    return lines


def main(arguments: list[str]) -> int:
    """Compare the last two runs of a file, or the last runs of two files."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.figures", description=main.__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, default=[DEFAULT], help=f"default: {DEFAULT.name} beside this file"
    )
    options = parser.parse_args(arguments)
    missing = [str(path) for path in options.files if not path.is_file()]
    if missing:
        print(f"There is no file {', '.join(missing)}. Run: make bench", file=sys.stderr)
        return 1
    kept = [runs(read(path)) for path in options.files]
    chosen = kept[0][-2:] if len(kept) == 1 else [of_file[-1] for of_file in kept if of_file]
    if len(chosen) != 2:
        print("Two runs are compared. Run: make bench, twice, or name two files.", file=sys.stderr)
        return 1
    for word, run in zip(("before", "after"), chosen, strict=True):
        first = next(iter(run.values()))
        print(f"{word:<7} {first.date}  {first.commit or 'no commit'}  {first.machine}")
    lines = comparison(*chosen)
    print("\n".join(lines) if lines else "The two runs have no figure in common.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
