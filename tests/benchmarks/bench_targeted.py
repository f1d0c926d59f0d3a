"""DaaR, TSDS, GIO and coverage holes on vectors shaped like sentence embeddings: seconds and peak memory."""

from __future__ import annotations

import resource
import time

import numpy as np

from core.metrics.coverage_holes import coverage_holes
from core.parameters import complete
from core.selection.plan import Request
from core.selection.registry import strategy
from core.selection.strategy import Preparation
from core.view import View
from tests.benchmarks.figures import record


def blobs(rows: int, *, width: int = 384, centres: int = 200, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    middle = np.random.default_rng(7).normal(size=(centres, width)).astype(np.float32)
    result = middle[rng.integers(0, centres, rows)] + 0.8 * rng.normal(size=(rows, width)).astype(np.float32)
    return (result / np.linalg.norm(result, axis=1, keepdims=True)).astype(np.float32)


def main() -> None:
    rows = 50_000
    vectors, examples = blobs(rows), blobs(500, seed=1)
    view = View(np.arange(rows, dtype=np.uint64), "response", {"embeddings": lambda: vectors})
    target = View(np.arange(500, dtype=np.uint64), "response", {"embeddings": lambda: examples})
    cases = [("daar", {"score": "inter"}), ("daar", {"score": "entropy"}), ("tsds", {}), ("gio", {})]
    print(f"{rows:,} rows × {vectors.shape[1]}, 500 examples")
    for name, parameters in cases:
        chosen = strategy(name)
        started = time.perf_counter()
        plan = chosen.prepare(
            Preparation(view=view, parameters=complete(chosen.parameters, parameters), target=target, device="cpu")
        )
        prepared = time.perf_counter() - started
        plan.answer(Request(size=rows // 5))  # the kernels are compiled or read once a process
        started = time.perf_counter()
        plan.answer(Request(size=min(10_000, rows // 5), position=0.5))
        moved = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        what = " ".join([name, *map(str, parameters.values())])
        record(f"{what}: prepared", prepared)
        record(f"{what}: slider move", 1000 * moved, "ms")
        told = f"prepared in {prepared:.1f} s, a slider move {1000 * moved:.1f} ms, peak {peak:.2f} GiB"
        print(f"  {what}: {told}", flush=True)
    started = time.perf_counter()
    result = coverage_holes(examples, vectors[:: max(1, rows // 500)], vectors, epsilon=0.3)
    took = time.perf_counter() - started
    record("coverage holes", took)
    print(f"  coverage holes: {took:.1f} s, {len(result.holes)} holes, {result.share:.0%} covered")


if __name__ == "__main__":
    main()
