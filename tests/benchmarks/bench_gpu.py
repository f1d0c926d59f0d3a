"""The torch paths on the GPU beside the same on the CPU, in one run: how far they agree, and the ratio of times."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.selection.daar.probe import train_probe
from core.selection.greedy.coverage import cover_graph, facility_greedy
from core.selection.greedy.determinant import log_det_greedy
from core.selection.greedy.farthest import farthest_first
from core.selection.greedy.neighbours import nearest_neighbours
from core.selection.greedy.novelty import density, novel_select
from core.view import View
from tests.benchmarks.bench_greedy import sentences

ROWS, SUBSET, CHOSEN = 117_000, 10_000, 2_000
METRICS = (
    "novelsum",
    "vendi",
    "log_det",
    "distsum_l2",
    "knn",
    "facility_location",
    "inertia",
    "partition_entropy",
    "ed",
)


def on(device: str, work: Callable[[str], Any]) -> tuple[float, Any]:
    """Seconds and the result of the second of two runs on a device: the first one compiles and loads."""
    seconds, result = 0.0, None
    for _ in range(2):
        torch.cuda.synchronize()
        start = time.perf_counter()
        result = work(device)
        torch.cuda.synchronize()
        seconds = time.perf_counter() - start
    return seconds, result


def beside(title: str, work: Callable[[str], Any], agree: Callable[[Any, Any], str]) -> None:
    """One line: both times, their ratio, and how far the two results agree."""
    gpu, on_gpu = on("cuda", work)
    cpu, on_cpu = on("cpu", work)
    print(f"{title:44s} cuda {gpu:8.3f} s  cpu {cpu:8.3f} s  {cpu / gpu:6.1f} ×  {agree(on_gpu, on_cpu)}", flush=True)


def largest_gap(left: Any, right: Any) -> str:
    gap = np.max(np.abs(np.asarray(left, dtype=float) - np.asarray(right, dtype=float)))
    return f"largest difference {gap:.1e}"


def same_picks(left: Any, right: Any) -> str:
    alike = int((np.asarray(left) == np.asarray(right)).sum())
    return f"{alike:,} of {len(left):,} picks the same"


def main() -> None:
    if not torch.cuda.is_available():
        print("no CUDA device here: nothing was run")
        return
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, {torch.get_num_threads()} CPU threads")
    vectors = sentences(ROWS)
    beside(
        f"10 nearest of {ROWS:,} × 384",
        lambda device: nearest_neighbours(vectors, k=10, device=device),
        lambda left, right: f"{(left.names == right.names).mean():.4%} of the neighbours the same",
    )
    sigma = density(vectors, device="cuda")
    beside("density", lambda device: density(vectors, device=device), largest_gap)
    part = vectors[:20_000]
    beside(
        f"NovelSelect 20,000 → {CHOSEN:,}",
        lambda device: novel_select(part, sigma[:20_000], count=CHOSEN, device=device).chosen.order,
        same_picks,
    )
    beside(
        f"k-center {ROWS:,} → {CHOSEN:,}",
        lambda device: farthest_first(vectors, count=CHOSEN, device=device).order,
        same_picks,
    )
    beside(
        f"log-determinant {ROWS:,} → {CHOSEN:,}",
        lambda device: log_det_greedy(vectors, count=CHOSEN, device=device).order,
        same_picks,
    )
    beside(
        f"facility location 20,000 → {CHOSEN:,}",
        lambda device: (
            facility_greedy(cover_graph(nearest_neighbours(part, k=64, device=device)), count=CHOSEN).chosen.order
        ),
        same_picks,
    )
    metrics_beside(vectors)
    labels = np.random.default_rng(0).integers(0, 8, SUBSET).astype(np.int32)
    beside(
        f"DaaR's probe, {SUBSET:,} rows, 8 domains",
        lambda device: train_probe(vectors[:SUBSET], labels, classes=8, epochs=1, seed=0, device=device).probabilities,
        largest_gap,
    )
    print(f"peak memory on the device {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB")


def metrics_beside(vectors: np.ndarray) -> None:
    """The vector metrics of a subset of the pool."""
    from core.metrics.registry import metrics

    pool = View(np.arange(ROWS, dtype=np.uint64), "response", {"embeddings": lambda: vectors})
    for name in METRICS:
        if name not in metrics():
            print(f"{name}: no such metric")
            continue

        def value(device: str, name: str = name) -> float:
            subset = pool.take(np.arange(SUBSET, dtype=np.int64))
            reading = measure(name, Measuring(view=subset, reference=pool, seed=0, device=device))
            return float("nan") if reading.value is None else reading.value

        beside(f"{name}, {SUBSET:,} of {ROWS:,}", value, largest_gap)
