"""Slow, obvious twins of the engine's compiled parts, and small random incidences to compare them on."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import strategies as st

from core.selection.incidence import Incidence, from_entries
from core.selection.parts import WHOLE, Part
from core.selection.priorities import priorities

MANY = 1 << 60


@st.composite
def incidences(draw, most_rows: int = 14, most_types: int = 8) -> Incidence:
    """Rows that carry any set of types, the empty set among them; at least one row carries one."""
    rows = draw(st.lists(st.sets(st.integers(0, most_types - 1)), min_size=1, max_size=most_rows))
    if not any(rows):
        rows[0] = {0}
    return of_sets(rows)


def of_sets(rows: list[set[int]]) -> Incidence:
    pairs = [(row, key) for row, keys in enumerate(rows) for key in sorted(keys)]
    return from_entries(
        rows=np.array([row for row, _ in pairs], dtype=np.int64),
        keys=np.array([key for _, key in pairs], dtype=np.int64),
        shape=len(rows),
    )


def sets_of(incidence: Incidence) -> list[set[int]]:
    return [set(incidence.of(row).tolist()) for row in range(incidence.rows)]


def ids_of(rows: int) -> np.ndarray:
    return np.arange(rows, dtype=np.uint64) * np.uint64(7919) + np.uint64(3)


def of_rows(incidence: Incidence, rows: int) -> Incidence:
    """The first ``rows`` rows, the first of which gets a type where none has one."""
    sets = sets_of(incidence)[:rows]
    return of_sets(sets if any(sets) else [{0}, *sets[1:]])


def rarest_first(rows: list[set[int]], price: list[int] | None = None) -> list[int]:
    """Leaving steps: the type in the fewest rows left, times its price, goes with its rows; 0 for untyped rows."""
    leaving = [0] * len(rows)
    left = {row for row, types in enumerate(rows) if types}
    step = 0
    while left:
        df: dict[int, int] = {}
        for row in left:
            for kind in rows[row]:
                df[kind] = df.get(kind, 0) + 1
        rarest = min(df, key=lambda kind: (df[kind] * (price[kind] if price else 1), kind))
        step += 1
        for row in [row for row in left if rarest in rows[row]]:
            leaving[row] = step
            left.remove(row)
    return leaving


def heaviest_first(rows: list[set[int]]) -> list[int]:
    """Leaving steps of row-by-row pruning; only for incidences in which no type is in more than 16 rows."""
    leaving = [0] * len(rows)
    left = {row for row, types in enumerate(rows) if types}
    step = 0
    while left:
        df = {kind: sum(kind in rows[row] for row in left) for row in left for kind in rows[row]}
        heaviest = max(left, key=lambda row: (sum((1 << 40) // df[kind] for kind in rows[row]), -row))
        step += 1
        leaving[heaviest] = step
        left.remove(heaviest)
    return leaving


def greedy_cover(rows: list[set[int]]) -> list[int]:
    """Rows, each bringing the most types not yet covered, until all are."""
    missing, chosen = set().union(*rows), []
    while missing:
        best = max(range(len(rows)), key=lambda row: (len(rows[row] & missing), -row))
        chosen.append(best)
        missing -= rows[best]
    return chosen


def trace(rows: list[set[int]], leaving: list[int], step: int) -> tuple[set[int], set[int]]:
    """Rows and types that are left after ``step``."""
    left = {row for row, at in enumerate(leaving) if at > step}
    return left, set().union(*(rows[row] for row in left))


def fill(
    rows: list[set[int]],
    pool: set[int],
    *,
    size: int,
    ids: np.ndarray,
    seed: int = 0,
    cost: list[int] | None = None,
    pinned: tuple[int, ...] = (),
    given: tuple[int, ...] = (),
    excluded: tuple[int, ...] = (),
    groups: list[int] | None = None,
    minimum: dict[int, int] | None = None,
    maximum: dict[int, int] | None = None,
    factor: list[float] | None = None,
    parts: list[Part] | None = None,
) -> list[int]:
    """The sampler of section 1.6 with a heap for each part of the types, which take turns by their weights."""
    rank = {row: (int(priority), int(ids[row])) for row, priority in enumerate(priorities(ids, seed=seed))}
    cost = cost or [1] * len(rows)
    chosen = list(pinned)
    free = pool - set(pinned) - set(given) - set(excluded)
    types = set().union(*(rows[row] for row in pool)) if pool else set()
    count = {kind: sum(kind in rows[row] for row in (*pinned, *given)) for kind in set().union(*rows)}
    df = {kind: sum(kind in own for own in rows) for kind in types}
    inside = {group: sum(groups[row] == group for row in pinned) for group in set(groups)} if groups else {}

    def room() -> int:
        return size - sum(cost[row] for row in chosen)

    def allowed(row: int) -> bool:
        if cost[row] > room():
            return False
        if groups is None or (groups[row] < 0 and not minimum):
            return True
        group = groups[row]
        if maximum and inside.get(group, 0) >= maximum.get(group, MANY) and group >= 0:
            return False
        lacking = sum(max(least - inside.get(name, 0), 0) for name, least in (minimum or {}).items())
        helps = group >= 0 and inside.get(group, 0) < (minimum or {}).get(group, 0)
        return not (0 < lacking >= size - len(chosen)) or helps

    def take(row: int) -> None:
        chosen.append(row)
        free.discard(row)
        if groups is not None:
            inside[groups[row]] = inside.get(groups[row], 0) + 1
        for kind in rows[row]:
            count[kind] += 1

    parts = parts or [Part(title="", strategy="", component="", weight=WHOLE, first=0, stop=MANY)]
    part = {kind: next(p for p, own in enumerate(parts) if own.first <= kind < own.stop) for kind in count}
    heaps = [[(count[kind], df[kind], kind) for kind in types if part[kind] == own] for own in range(len(parts))]
    for heap in heaps:
        heapq.heapify(heap)
    turns = [0] * len(parts)
    turn = None
    while any(heaps) and room() > 0:
        if turn is None or not heaps[turn]:
            behind = [own.weight * (sum(turns) + 1) - WHOLE * taken for own, taken in zip(parts, turns, strict=True)]
            turn = max((own for own in range(len(parts)) if heaps[own]), key=lambda own: (behind[own], -own))
        heap = heaps[turn]
        served, size_of, kind = heapq.heappop(heap)
        if served != count[kind]:
            heapq.heappush(heap, (count[kind], size_of, kind))
            continue
        candidates = sorted((row for row in free if kind in rows[row] and allowed(row)), key=rank.get)[:16]
        if not candidates:
            continue
        scores = [
            sum(parts[part[u]].weight / WHOLE / (1.0 + count[u]) for u in sorted(rows[row]))
            * (factor[row] if factor else 1.0)
            for row in candidates
        ]
        take(candidates[scores.index(max(scores))])
        heapq.heappush(heap, (count[kind], size_of, kind))
        turns[turn] += 1
        turn = None
    for row in sorted(free, key=rank.get):
        if room() <= 0:
            break
        if allowed(row):
            take(row)
    return chosen


def reach(rows: list[set[int]], leaving: list[int], *, step: int, size: int, ids: np.ndarray) -> int:
    """Types of the rows that are sampled from the pool after ``step``."""
    chosen = fill(rows, trace(rows, leaving, step)[0], size=size, ids=ids)
    return len(set().union(*(rows[row] for row in chosen)))


def smallest_pool(rows: list[set[int]], leaving: list[int], *, size: int) -> int:
    return max(step for step in range(max(leaving) + 1) if len(trace(rows, leaving, step)[0]) >= size)
