"""How each stage of the work grows with the rows: seconds, processor seconds and peak memory, and their exponents.

Every stage is a process of its own, as from the command line. A line of JSON a stage is printed; the figures are kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from core.corpus.corpus_list import list_corpora
from core.corpus.pool import PoolSpec, select
from core.corpus.store import open_corpus
from core.metrics.registry import instant_names
from core.workbench.build import answered, open_recipe, prepared, request_of
from core.workbench.readings import Measurer
from core.workbench.subsets import list_subsets
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


_SELF = [sys.executable, "-m", "tests.benchmarks.bench_growth"]
_MICRO = ("choose", NAME, "--strategy", "micro", "--component", "response", "--size", "{tenth}")
STAGES = (
    Stage("load", _core("load", "{folder}/rows.jsonl", "--name", NAME)),
    Stage("tokens", _core("tokens", NAME, "--component", "response")),
    Stage("first micro subset", _core(*_MICRO, "--save", "first")),
    Stage("next micro subset", _core(*_MICRO, "--position", "30", "--save", "next")),
    Stage("slider", lambda rows, folder: [*_SELF, "--slider", str(folder / "home")]),
    Stage("search", lambda rows, folder: [*_SELF, "--search", str(folder / "home")]),
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


def slide(home: Path, sizes: Sequence[int] = (1_000, 10_000, 100_000)) -> None:
    """Move the slider of the first saved subset's plan as the page does: the rows of a position, and what the instant
    metrics say of them. A line for each size: milliseconds of processor time of the first position and of the ten after
    it, and the median of these on the clock."""
    workspace = Workspace(home)
    recipe = list_subsets(workspace)[0].recipe
    corpus_view = open_recipe(workspace, recipe)
    whole, plan = prepared(corpus_view, recipe)
    measurer = Measurer(corpus_view, whole.choice["component"])
    for size in (size for size in sizes if size <= len(corpus_view.pool) // 5):
        taken: list[float] = []
        on_clock: list[float] = []
        for position in (1.0, *(step / 100 for step in range(3, 100, 10))):
            started, used = time.perf_counter(), time.process_time()
            asked = replace(whole, size=size, position=position, ids_digest="")
            _, answer = answered(corpus_view, asked, plan, request_of(corpus_view, asked))
            measurer.measured(answer.rows, instant_names())
            taken.append(1000 * (time.process_time() - used))
            on_clock.append(1000 * (time.perf_counter() - started))
        line = {"first": taken[0], "median": median(taken[1:]), "most": max(taken[1:]), "clock": median(on_clock[1:])}
        print(json.dumps({"rows chosen": size, **{name: round(value) for name, value in line.items()}}), flush=True)


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
                line = {"stage": stage.name, "rows": rows, **asdict(took)}
                line["said"] = took.said.splitlines() if stage.name in ("slider", "search") else []
                print(json.dumps(line), flush=True)
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
    parser.add_argument("--search", type=Path, metavar="HOME", help="only search the first corpus of this workspace")
    parser.add_argument("--slider", type=Path, metavar="HOME", help="only move the slider of its first saved subset")
    options = parser.parse_args()
    if options.search:
        search(options.search)
    elif options.slider:
        slide(options.slider)
    else:
        with figures.run_into(options.figures), figures.benchmark("growth"):
            main(options.sizes, options.only)
