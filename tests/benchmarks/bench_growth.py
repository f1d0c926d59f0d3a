"""How each stage of the work grows with the rows: seconds, processor seconds and peak memory, and their exponents.

Every stage is a process of its own, as from the command line. A line of JSON a stage is printed; the figures are kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.corpus.corpus_list import list_corpora
from core.corpus.pool import PoolSpec, select
from core.corpus.store import open_corpus
from core.workspace.artefacts import Workspace
from tests.benchmarks import corpora, figures
from tests.benchmarks.processes import Taken, taken_by

SIZES = (10_000, 100_000, 1_000_000)
NAME = "growth"


@dataclass(frozen=True)
class Stage:
    """A stage of the work: what it is called, and its command for a number of rows in a folder."""

    name: str
    command: Callable[[int, Path], list[str]]


def _core(*words: str) -> Callable[[int, Path], list[str]]:
    return lambda rows, folder: [
        sys.executable, "-m", "core", *(word.format(tenth=rows // 10, folder=folder) for word in words)
    ]  # fmt: skip


_SEARCH = [sys.executable, "-m", "tests.benchmarks.bench_growth", "--search"]
_MICRO = ("choose", NAME, "--strategy", "micro", "--component", "response", "--size", "{tenth}")
STAGES = (
    Stage("load", _core("load", "{folder}/rows.jsonl", "--name", NAME)),
    Stage("tokens", _core("tokens", NAME, "--component", "response")),
    Stage("first micro subset", _core(*_MICRO, "--save", "first")),
    Stage("next micro subset", _core(*_MICRO, "--position", "30", "--save", "next")),
    Stage("search", lambda rows, folder: [*_SEARCH, str(folder)]),
    Stage("export", _core("export", "first", "--out", "{folder}/out")),
    Stage("near-copies", _core("near-copies", NAME, "--rung", "minhash")),
    Stage("instant embedding", _core("embed", NAME, "--embedder", "instant", "--component", "response")),
    Stage("map", _core("cluster", NAME, "--embedder", "instant", "--component", "response")),
)


def search(home: Path) -> None:
    """Search a corpus for two words and for a pattern, as a filter of the pool does."""
    workspace = Workspace(home)
    corpus = open_corpus(workspace, list_corpora(workspace)[0].id)
    for spec in (PoolSpec(text="returns the number"), PoolSpec(regex=r"(?i)\bquick ?sort")):
        print(len(select(corpus, spec)))


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The slope of the values over the sizes, both as logarithms: 1 is in proportion, 2 with the square."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0])


def measure(sizes: Sequence[int], stages: Sequence[Stage]) -> dict[str, dict[int, Taken]]:
    """What every stage takes at each size, printed as it comes; a stage that fails is told and left out."""
    taken: dict[str, dict[int, Taken]] = {stage.name: {} for stage in stages}
    for rows in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            corpora.write(folder / "rows.jsonl", rows)
            environment = {"DIVERSCOPE_HOME": str(folder / "home"), "PYTHONPATH": str(figures.FOLDER.parents[1])}
            for stage in stages:
                try:
                    took = taken_by(stage.command(rows, folder), environment=environment, folder=folder)
                except RuntimeError as error:
                    print(error, file=sys.stderr)
                    continue
                taken[stage.name][rows] = took
                print(json.dumps({"stage": stage.name, "rows": rows, **asdict(took)}), flush=True)
                figures.record(f"{stage.name}, {rows:,} rows", took.seconds)
                figures.record(f"{stage.name}, {rows:,} rows, processor", took.processor)
                figures.record(f"{stage.name}, {rows:,} rows, peak memory", took.peak / 1e6, "MB")
    return taken


def main(sizes: Sequence[int] = SIZES, only: Sequence[str] = ()) -> None:
    """Measure the stages and say how each grows: exponents fitted over the sizes, of processor time and of memory."""
    stages = [stage for stage in STAGES if not only or stage.name in only]
    for name, by_rows in measure(sizes, stages).items():
        if len(by_rows) < 2:
            continue
        known = list(by_rows)
        of_time = exponent(known, [took.processor for took in by_rows.values()])
        of_memory = exponent(known, [took.peak for took in by_rows.values()])
        last = exponent(known[-2:], [took.processor for took in by_rows.values()][-2:])
        line = {"stage": name, "exponent": round(of_time, 2), "between the last two": round(last, 2)}
        print(json.dumps({**line, "exponent of memory": round(of_memory, 2)}), flush=True)
        figures.record(f"{name}, exponent of processor time", of_time, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="ROWS")
    parser.add_argument("--only", action="append", default=[], choices=[stage.name for stage in STAGES])
    parser.add_argument("--figures", type=Path, default=figures.DEFAULT)
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search:
        search(options.search / "home")
    else:
        with figures.run_into(options.figures), figures.benchmark("growth"):
            main(options.sizes, options.only)
