"""What choosing in parts of the pool loses against the exact greedy order, on real rows by instant vectors.

``DIVERSCOPE_REAL_DATA`` names the folder whose ``parquet/`` holds the rows. The first argument is the number of rows.
Each rule's own objective of the chosen rows is told as a share of that of the exact order.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.features.embedders import INSTANT
from core.features.embedding import encode_texts
from core.parameters import complete
from core.selection.greedy.novelty import density
from core.selection.greedy.points import copies
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.selection.strategy import Preparation
from core.view import View
from tests.benchmarks.bench_real_copies import real_texts
from tests.benchmarks.figures import record
from tests.benchmarks.real_files import REAL_DATA

SIZES, PARTS = (100, 500), (1, 4, 16)
Objective = Callable[[NDArray[np.int64]], float]


def main(rows: int = 10_000) -> None:
    """Each rule, size and number of parts beside a random draw."""
    if not (REAL_DATA / "parquet").is_dir():
        print("DIVERSCOPE_REAL_DATA names no folder with the real pool")
        return
    vectors = encode_texts(real_texts(rows), embedder=INSTANT)
    vectors = vectors[copies(vectors).first]
    ids = np.sort(np.random.default_rng(0).integers(0, 2**63, len(vectors)).astype(np.uint64))
    view = View(ids, "response", {"embeddings": lambda: vectors})
    for name, objective in objectives(vectors).items():
        for size in SIZES:
            exact = 0.0
            for parts in PARTS:
                values = complete(strategy(name).parameters, {"prefix": size, "partitions": parts})
                began = time.process_time()
                plan = strategy(name).prepare(Preparation(view=view, parameters=values))
                assert isinstance(plan, RankedPlan)
                seconds, value = time.process_time() - began, objective(plan.order[:size])
                exact = exact or value
                what = f"{name}, {size} of {len(vectors):,} rows, {parts} parts"
                record(what, value / exact, "share")
                print(f"  {what}: {value / exact:.4f} of the exact order, {seconds:.1f} s", flush=True)
            drawn = objective(np.random.default_rng(1).choice(len(vectors), size, replace=False))
            print(f"  {name}, {size} rows at random: {drawn / exact:.4f}", flush=True)


def objectives(vectors: NDArray[np.float32]) -> dict[str, Objective]:
    """What each rule makes large, of the positions of chosen rows: over all rows, exact."""
    dense = density(vectors, neighbours=10, power=0.5)

    def facility(chosen: NDArray[np.int64]) -> float:
        return float((vectors @ vectors[chosen].T).max(axis=1).clip(0).sum())

    def volume(chosen: NDArray[np.int64]) -> float:
        wide = vectors[chosen].astype(np.float64)
        return float(np.linalg.slogdet(np.eye(wide.shape[1]) + wide.T @ wide)[1])

    def novelty(chosen: NDArray[np.int64]) -> float:
        wide, sigma = vectors[chosen].astype(np.float64), dense[chosen]
        distance = 1 - wide @ wide.T
        np.fill_diagonal(distance, -1.0)  # a row comes first among its own neighbours, and is left out
        order = np.argsort(distance, axis=1)[:, 1:]
        weights = 1 / np.arange(1, len(chosen))
        near = np.take_along_axis(distance, order, axis=1) * (sigma[:, None] + sigma[order])
        return float((near @ weights / weights.sum()).mean())

    return {"facility_location": facility, "log_det": volume, "novelselect": novelty}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
