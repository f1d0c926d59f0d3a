"""The greedy strategies against their definitions; DIVERSCOPE_BENCH=full adds 117,000 rows of 384 dimensions."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from core import device
from core.selection.greedy.coverage import cover_graph, facility_greedy
from core.selection.greedy.determinant import log_det_greedy
from core.selection.greedy.farthest import farthest_first, medoid
from core.selection.greedy.neighbours import nearest_neighbours
from core.selection.greedy.novelty import density, novel_select
from core.selection.plan import Request
from core.selection.ranked_plan import RankedPlan
from tests.benchmarks.figures import record


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def sentences(rows: int, *, width: int = 384, topics: int = 400, seed: int = 0) -> np.ndarray:
    """Unit vectors shaped like sentence embeddings: topics of uneven size and tightness, some near-duplicates."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(topics, width)).astype(np.float32) + 0.6
    share = rng.dirichlet(np.full(topics, 0.5))
    topic = rng.choice(topics, size=rows, p=share)
    loose = rng.uniform(0.2, 1.2, topics).astype(np.float32)
    vectors = centres[topic] + loose[topic, None] * rng.normal(size=(rows, width)).astype(np.float32)
    twins = rng.integers(0, rows, rows // 20)
    vectors[twins] = vectors[(twins + 1) % rows] + 0.01 * rng.normal(size=(len(twins), width)).astype(np.float32)
    return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def main() -> None:
    warm = sentences(500, width=32)  # everything is compiled from here on
    novel_select(warm, density(warm), count=200)
    facility_greedy(cover_graph(nearest_neighbours(warm, k=8)), count=50)
    log_det_greedy(warm, count=50)
    farthest_first(warm, count=50)

    novelty(rows=6_000, count=1_000)
    spread(rows=20_000, count=1_000)
    if os.environ.get("DIVERSCOPE_BENCH") == "full":
        whole(rows=117_000, count=10_000)
    else:
        whole(rows=12_000, count=1_000)


def novelty(*, rows: int, count: int) -> None:
    vectors = sentences(rows)
    sigma = density(vectors)
    fast, matches = timed(lambda: novel_select(vectors, sigma, count=count))
    cached, remembered = timed(lambda: novel_by_cached_distances(vectors, sigma, count))
    slow, expected = timed(lambda: novel_by_definition(vectors, sigma, count))
    record(f"NovelSelect, {rows:,} rows, {count:,} picks", fast)
    same = sum(single == two for single, two in zip(matches.chosen.order.tolist(), expected, strict=True))
    share = matches.sorted_scores / (rows * count)
    print(f"NovelSelect, {rows:,} rows × {vectors.shape[1]} → {count:,}")
    print(f"  by definition:             {slow:8.2f} s")
    print(
        f"  distances remembered:      {cached:8.2f} s  ({slow / cached:.1f} ×), same picks: {remembered == expected}"
    )
    print(f"  exact lazy:                {fast:8.2f} s  ({slow / fast:.1f} ×), {same:,} of {count:,} picks the same, ")
    print(f"                             rows sorted {share:.2%} of rows × picks")


def spread(*, rows: int, count: int) -> None:
    vectors = sentences(rows)
    lazy, matches = timed(lambda: farthest_first(vectors, count=count))
    plain, expected = timed(lambda: farthest_row_by_row(vectors, count))
    record(f"k-center, {rows:,} rows, {count:,} picks", lazy)
    same = (matches.order == expected).mean()
    print(f"k-center, {rows:,} rows → {count:,}: one product a choice {plain:.2f} s, lazy {lazy:.2f} s ", end="")
    print(f"({plain / lazy:.1f} ×), {same:.1%} of the picks the same")


def whole(*, rows: int, count: int) -> None:
    where = device.pick()
    vectors = sentences(rows)
    print(f"{rows:,} rows × {vectors.shape[1]} → {count:,} on {where}")
    seconds, sigma = timed(lambda: density(vectors, device=where))
    record(f"{rows:,} rows: density", seconds)
    again, novel = timed(lambda: novel_select(vectors, sigma, count=count, device=where))
    record(f"{rows:,} rows: NovelSelect", again)
    print(f"  NovelSelect:        density {seconds:7.1f} s, picks {again:7.1f} s, {novel.sorted_scores:,} rows sorted")
    seconds, _ = timed(lambda: farthest_first(vectors, count=count, device=where))
    record(f"{rows:,} rows: k-center", seconds)
    print(f"  k-center:           {seconds:7.1f} s")
    seconds, _ = timed(lambda: log_det_greedy(vectors, count=count, device=where))
    record(f"{rows:,} rows: log-determinant", seconds)
    print(f"  log-determinant:    {seconds:7.1f} s")
    seconds, graph = timed(lambda: cover_graph(nearest_neighbours(vectors, k=64, device=where)))
    again, cover = timed(lambda: facility_greedy(graph, count=count))
    record(f"{rows:,} rows: neighbour graph", seconds)
    record(f"{rows:,} rows: facility location", again)
    print(f"  facility location:  graph {seconds:7.1f} s, picks {again:7.1f} s, mean cover {cover.cover.mean():.3f}")
    plan = RankedPlan(order=np.argsort(-cover.cover, kind="stable"), rows=rows, tail="by cover")
    plan.answer(Request(size=count))
    seconds, _ = timed(lambda: plan.answer(Request(size=count, position=0.5)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    record(f"{rows:,} rows: slider answer", seconds * 1e3, "ms")
    record(f"{rows:,} rows: peak memory", peak, "GiB")
    print(f"  slider answer {seconds * 1e3:.1f} ms; peak memory of this process {peak:.2f} GiB")


def novel_by_definition(vectors: np.ndarray, sigma: np.ndarray, count: int) -> list[int]:
    """Every row against every chosen row, sorted, at every choice."""
    points, sigma32 = vectors, sigma.astype(np.float32)
    chosen = [0]
    while len(chosen) < count:
        delta = np.maximum(1 - points @ points[chosen].T, 0) * (sigma32[:, None] + sigma32[chosen])
        delta.sort(axis=1)
        score = (delta / np.arange(1, len(chosen) + 1, dtype=np.float32)).mean(axis=1)
        score[chosen] = -np.inf
        chosen.append(int(np.argmax(score)))
    return chosen


def novel_by_cached_distances(vectors: np.ndarray, sigma: np.ndarray, count: int) -> list[int]:
    """The same with distances remembered: memory rows × count, and still a sort of every row at every choice."""
    sigma32 = sigma.astype(np.float32)
    delta = np.empty((len(vectors), count), dtype=np.float32)
    chosen = [0]
    while len(chosen) < count:
        last = chosen[-1]
        delta[:, len(chosen) - 1] = np.maximum(1 - vectors @ vectors[last], 0) * (sigma32 + sigma32[last])
        ordered = np.sort(delta[:, : len(chosen)], axis=1)
        score = (ordered / np.arange(1, len(chosen) + 1, dtype=np.float32)).mean(axis=1)
        score[chosen] = -np.inf
        chosen.append(int(np.argmax(score)))
    return chosen


def farthest_row_by_row(vectors: np.ndarray, count: int) -> np.ndarray:
    chosen = [medoid(vectors)]
    near = 1 - vectors @ vectors[chosen[0]]
    while len(chosen) < count:
        near[chosen[-1]] = -1
        chosen.append(int(np.argmax(near)))
        np.minimum(near, 1 - vectors @ vectors[chosen[-1]], out=near)
    return np.array(chosen)


if __name__ == "__main__":
    main()
