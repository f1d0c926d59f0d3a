"""The engine at 117,000 rows, and beside it the plain-Python twin of the tests on a smaller incidence."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from core.selection.incidence import Incidence
from core.selection.plan import Request
from core.selection.prune import Pruning, permuted, rarest_first
from core.selection.prune_rows import most_redundant_last, smallest_cover_last
from core.selection.ranked_plan import RankedPlan
from core.selection.typed_plan import TypedPlan
from tests.benchmarks.figures import record
from tests.benchmarks.generator import incidence, row_ids
from tests.selection import slow


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def plan_of(over: Incidence) -> TypedPlan:
    return TypedPlan(incidence=over, pruning=Pruning.of(over, rarest_first(over)), ids=row_ids(over.rows))


def main() -> None:
    small = incidence(rows=6_000, types=2_000, entries=60_000)
    warm = plan_of(small)  # everything is compiled from here on
    warm.answer(Request(size=600, position=0.5))
    for prune in (permuted_of, most_redundant_last, smallest_cover_last):
        prune(small)

    big = incidence()
    print(f"incidence: {big.rows:,} rows, {len(big.types):,} entries, {len(big.keys):,} types")
    print(f"  document frequency 5/50/95 %: {np.percentile(big.df, [5, 50, 95]).tolist()}")
    prunings(big)
    plan = plan_of(big)
    reach(plan)
    slider(plan)
    ranked(big.rows)
    twin(small, warm)


def permuted_of(over: Incidence) -> np.ndarray:
    return permuted(over, seed=0)


def prunings(over: Incidence) -> None:
    seconds, _ = timed(lambda: over.columns)
    print(f"transpose:            {seconds:8.3f} s")
    record("transpose", seconds)
    for name, prune in (
        ("rarest type first", rarest_first),
        ("random permutation", permuted_of),
        ("row by row", most_redundant_last),
        ("compact", smallest_cover_last),
    ):
        seconds = min(timed(lambda prune=prune: prune(over))[0] for _ in range(3))
        print(f"prune, {name + ':':20s}{seconds:6.3f} s")
        record(f"prune, {name}", seconds)


def reach(plan: TypedPlan) -> None:
    plan.answer(Request(size=5_000))  # the seed's sampler
    for size in (300, 1_000, 10_000, 20_000, 30_000):
        seconds, scale = timed(lambda size=size: plan.scale(Request(size=size)))
        share = scale.k_min / len(plan.incidence.keys)
        print(
            f"N = {size:6,}: k_min {scale.k_min:6,} ({share:.1%}), k_max {scale.k_max:6,}, "
            f"found in {seconds * 1e3:.0f} ms"
        )
        record(f"reach at N = {size:,}", seconds * 1e3, "ms")


def slider(plan: TypedPlan) -> None:
    seconds, _ = timed(lambda: plan.answer(Request(size=10_000, seed=1, position=0.5)))
    print(f"first answer of a new seed: {seconds * 1e3:.0f} ms")
    record("first answer of a new seed", seconds * 1e3, "ms")
    for size in (300, 10_000):
        taken = []
        for position in np.linspace(0.03, 0.98, 21):
            taken.append(timed(lambda p=position, n=size: plan.answer(Request(size=n, position=p)))[0] * 1e3)
        record(f"slider answer at N = {size:,}", float(np.median(taken)), "ms")
        print(
            f"slider answer at N = {size:,}: median {np.median(taken):.1f} ms, "
            f"worst {max(taken):.1f} ms of {len(taken)} positions"
        )
    for level, answer in enumerate(plan.levels(Request(size=10_000))):
        got = answer.realised
        share = got["types_covered"] / got["pool_types"]
        print(f"  level {level / 6:5.1%}: k {got['k']:6,}, pool {got['pool_rows']:7,} rows, covered {share:.1%} of k")
    seconds, tick = timed(lambda: plan.random_tick(Request(size=10_000)))
    record("random tick", seconds * 1e3, "ms")
    print(f"random 10,000: {tick.mean:,.0f} types ({tick.position:.0%} of the slider), {seconds * 1e3:.0f} ms")
    near = [plan.answer(Request(size=10_000, position=position)).rows for position in (0.5, 0.51)]
    jaccard = len(np.intersect1d(*near)) / len(np.union1d(*near))
    print(f"rows shared by the positions 50 % and 51 %: Jaccard {jaccard:.2f}")


def ranked(rows: int) -> None:
    order = np.random.default_rng(0).permutation(rows)
    groups = (np.arange(rows) % 40).astype(np.int32)
    for name, plan in (
        ("ranked", RankedPlan(order=order, rows=rows, tail="reversed")),
        ("grouped", RankedPlan(order=order, rows=rows, tail="reversed", groups=groups)),
    ):
        plan.answer(Request(size=10_000, position=0.5))
        seconds = [timed(lambda p=p, plan=plan: plan.answer(Request(size=10_000, position=p)))[0] for p in (0, 0.4, 1)]
        record(f"{name} answer at N = 10,000", float(np.median(seconds)) * 1e3, "ms")
        print(f"{name} answer at N = 10,000: {np.median(seconds) * 1e3:.1f} ms")


def twin(over: Incidence, plan: TypedPlan) -> None:
    rows = slow.sets_of(over)
    print(f"beside plain Python, {over.rows:,} rows, {len(over.types):,} entries, the same answers:")
    slow_prune, leaving = timed(lambda: slow.rarest_first(rows))
    fast_prune, compiled = timed(lambda: rarest_first(over))
    assert leaving == compiled.tolist()
    print(f"  prune:  {fast_prune * 1e3:8.1f} ms, plain {slow_prune * 1e3:8.0f} ms: {slow_prune / fast_prune:6.0f} x")
    request = Request(size=600, seed=0)
    pool = {row for row in range(over.rows) if rows[row]}
    slow_fill, expected = timed(lambda: slow.fill(rows, pool, size=600, ids=plan.ids))
    fresh = plan_of(over)
    fresh.random_tick(Request(size=5))  # its sampler is made
    fast_fill, answer = timed(lambda: fresh.answer(request))
    assert answer.rows.tolist() == expected
    print(f"  sample: {fast_fill * 1e3:8.1f} ms, plain {slow_fill * 1e3:8.0f} ms: {slow_fill / fast_fill:6.0f} x")


if __name__ == "__main__":
    main()
