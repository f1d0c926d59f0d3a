"""Estimates for 2,000 runs and 40 metrics, beside scipy called metric by metric; the ledger; a long trainer log."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from core.evidence import ledger
from core.evidence.correlations import groups, point_estimates
from core.evidence.entries import Run, Score
from core.evidence.importers import registry
from core.evidence.importers.sources import open_tree
from core.evidence.observations import GROUP
from core.evidence.uncertainty import uncertainties
from core.workspace.artefacts import Workspace
from tests.benchmarks.figures import record

RUNS, METRICS, LOG_MEGABYTES = 2_000, 40, 200


def observations(benchmarks: int) -> pd.DataFrame:
    """RUNS scores spread over ``benchmarks`` groups."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: [""] * RUNS for name in GROUP})
    frame["benchmark"] = [f"b{number % benchmarks:02d}" for number in range(RUNS)]
    frame["subset"] = [f"s{number // benchmarks:04d}" for number in range(RUNS)]
    frame["series"] = [f"series {number // benchmarks // 7}" for number in range(RUNS)]
    frame["size"], frame["seed"], frame["score"], frame["direction"] = 10_000, 0, rng.normal(size=RUNS), 1
    metrics = pd.DataFrame(rng.normal(size=(RUNS, METRICS)), columns=[f"metric {number}" for number in range(METRICS)])
    return pd.concat([frame, metrics], axis=1)


def main() -> None:
    """Print seconds and ratios."""
    names = [f"metric {number}" for number in range(METRICS)]
    point_estimates(observations(1).iloc[:20], names)  # imports
    for benchmarks in (1, 10, 50):
        frame = observations(benchmarks)
        started = time.perf_counter()
        point_estimates(frame, names)
        ours = time.perf_counter() - started
        started = time.perf_counter()
        for _, group in groups(frame, ("benchmark",)):
            for name in names:
                for statistic in (stats.pearsonr, stats.spearmanr, stats.kendalltau, stats.linregress):
                    statistic(group[name], group["score"])
        theirs = time.perf_counter() - started
        record(f"estimates in {benchmarks} groups", ours)
        print(
            f"{RUNS:,} runs × {METRICS} metrics in {benchmarks} groups: {ours:.2f} s; "
            f"scipy one by one {theirs:.2f} s ({theirs / ours:.1f}×)"
        )
    frame = observations(50)
    started = time.perf_counter()
    uncertainties(frame[frame["benchmark"] == "b00"], names[:4])
    seconds = (time.perf_counter() - started) / 4
    record("intervals of a metric of 40 scores", seconds)
    print(f"intervals, permutations, leave-one-out: {seconds:.2f} s a metric of 40 scores")
    with tempfile.TemporaryDirectory() as folder:
        _ledger(Workspace(Path(folder)))
        _trainer_log(Path(folder) / "trainer_log.jsonl")


def _ledger(workspace: Workspace) -> None:
    scores = [
        Score(run=Run(label=f"subset {number}", model="m", seed=0), benchmark="b", measure="score", value=float(number))
        for number in range(RUNS)
    ]
    started = time.perf_counter()
    ledger.add_scores(workspace, scores, title="bench")
    written = time.perf_counter() - started
    started = time.perf_counter()
    ledger.read(workspace).scores()
    seconds = time.perf_counter() - started
    record("ledger written", written)
    record("ledger read", seconds)
    print(f"ledger: {RUNS:,} scores written in {written:.2f} s, read in {seconds:.2f} s")


def _trainer_log(path: Path) -> None:
    line = b'{"current_steps": %d, "total_steps": 9, "loss": 1.5, "lr": 1e-05, "epoch": 0.5, "percentage": 1.0}\n'
    with open(path, "wb") as file:
        block = b"".join(line % step for step in range(10_000))
        while file.tell() < LOG_MEGABYTES << 20:
            file.write(block)
    started = time.perf_counter()
    with open_tree(path) as tree:
        result = registry.read(tree.sources[0])
    seconds = time.perf_counter() - started
    record(f"trainer log of {LOG_MEGABYTES} MB", seconds)
    print(f"trainer log of {LOG_MEGABYTES} MB ({result.curves[0].read:,} steps): {seconds:.1f} s")
