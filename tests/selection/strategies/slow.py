"""Slow, obvious twins of the greedy rules: every candidate evaluated from the definition at every step."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import kmeans_plusplus


def best(values: np.ndarray, barred: list[int]) -> int:
    rounded = np.round(np.asarray(values, dtype=np.float64), 10)
    rounded[barred] = -np.inf
    return int(np.argmax(rounded))


def farthest_first(vectors: np.ndarray, count: int, first: int | None, given: list[int]) -> list[int]:
    points = vectors.astype(np.float64)
    chosen = list(given) or [first]
    while len(chosen) < count + len(given):
        chosen.append(best(1 - (points @ points[chosen].T).max(axis=1), chosen))
    return chosen[len(given) :]


def log_det(vectors: np.ndarray, count: int, ridge: float, given: list[int]) -> list[int]:
    points = vectors.astype(np.float64)

    def value(rows: list[int]) -> float:
        return np.linalg.slogdet(np.eye(len(rows)) + points[rows] @ points[rows].T / ridge)[1]

    chosen = list(given)
    while len(chosen) < count + len(given):
        chosen.append(best([value([*chosen, row]) for row in range(len(points))], chosen))
    return chosen[len(given) :]


def cover(similarity: np.ndarray, count: int, given: list[int], bonus: np.ndarray, scale: float) -> list[int]:
    """``similarity`` (facilities, rows)."""
    chosen = list(given)
    while len(chosen) < count + len(given):
        kept = similarity[chosen].max(axis=0) if chosen else np.zeros(similarity.shape[1])
        gains = np.maximum(similarity, kept).sum(axis=1) - kept.sum()
        chosen.append(best(scale * gains + bonus, chosen))
    return chosen[len(given) :]


def density(vectors: np.ndarray, neighbours: int, power: float) -> np.ndarray:
    points = vectors.astype(np.float64)
    squared = np.maximum(2 - 2 * points @ points.T, 0)
    np.fill_diagonal(squared, np.inf)
    return (np.sort(squared, axis=1)[:, : min(neighbours, len(points) - 1)].mean(axis=1) + 1e-9) ** -power


def novel_select(
    vectors: np.ndarray,
    sigma: np.ndarray,
    count: int,
    first: int,
    power: float = 1.0,
    quality: np.ndarray | None = None,
    given: list[int] | None = None,
) -> list[int]:
    points = vectors.astype(np.float64)
    chosen = list(given or [first])
    kept = len(given or [])
    while len(chosen) < count + kept:
        delta = np.maximum(1 - points @ points[chosen].T, 0) * (sigma[:, None] + sigma[chosen])
        weight = np.arange(1, len(chosen) + 1) ** -power
        score = (np.sort(delta, axis=1) * weight).mean(axis=1) * (1 if quality is None else quality)
        score[chosen] = -np.inf
        chosen.append(int(np.argmax(score)))
    return chosen[kept:]


def admitted(
    vectors: np.ndarray, merit: np.ndarray, ceiling: float, given: list[int], metric: str = "cosine"
) -> list[int]:
    points = vectors.astype(np.float64)
    taken = list(given)

    def similar(single: np.ndarray, two: np.ndarray) -> float:
        if metric == "cosine":
            return round(float(single @ two), 10)
        return round(1 - np.abs(single - two).sum() / (np.abs(single).sum() + np.abs(two).sum()), 10)

    for row in merit:
        if all(similar(points[row], points[other]) <= ceiling for other in taken):
            taken.append(int(row))
    return taken[len(given) :]


def bags(rows: list[list[int]], given: list[int]) -> list[int]:
    queue = sorted((row for row in range(len(rows)) if rows[row]), key=lambda row: (-len(rows[row]), row))
    queue = [row for row in queue if row not in given]
    order: list[int] = []
    bag = {tag for row in given for tag in rows[row]}
    while queue:
        waiting = []
        for row in queue:
            if set(rows[row]) - bag:
                order.append(row)
                bag |= set(rows[row])
            else:
                waiting.append(row)
        queue, bag = waiting, set()
    return order


def passed_on(carried: np.ndarray, vectors: np.ndarray, *, threshold: float, nearest: int, weight: float) -> np.ndarray:
    """(tags, tags) how much of each tag's information reaches each tag; ``carried`` (rows, tags) of ones."""
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    tags = carried.shape[1]
    means = [centred[carried[:, tag] > 0].sum(axis=0) for tag in range(tags)]
    units = [mean / np.linalg.norm(mean) if np.linalg.norm(mean) > 1e-9 else mean * 0 for mean in means]
    graph = np.eye(tags)
    for receiver in range(tags):
        cosines = {
            sender: round(float(units[sender] @ units[receiver]), 6) for sender in range(tags) if sender != receiver
        }
        for sender in sorted(cosines, key=lambda tag: (-cosines[tag], tag))[:nearest]:
            if cosines[sender] >= threshold and cosines[sender] > 0:
                graph[sender, receiver] = weight * cosines[sender]
    return graph / graph.sum(axis=0)


def informed(
    shares: np.ndarray, count: int, *, power: float, slope: bool, given: list[int], barred: list[int]
) -> list[int]:
    """``shares`` (rows, tags): the row with the largest gain of Σ (Σ shares)^power each time, all rows tried."""
    chosen = list(given)
    while len(chosen) < count + len(given):
        known = shares[chosen].sum(axis=0)
        if slope:
            gains = shares @ (power * (known + 1e-6) ** (power - 1))
        else:
            gains = ((known + shares) ** power - known**power).sum(axis=1)
        chosen.append(best(gains, chosen + barred))
    return chosen[len(given) :]


def balanced(scores: np.ndarray) -> list[int]:
    left, sums, order = set(range(len(scores))), np.zeros(scores.shape[1]), []
    while left:
        score = int(np.argmin(np.round(sums, 9)))
        row = min(left, key=lambda row: (-scores[row, score], row))
        left.remove(row)
        order.append(row)
        sums = sums + scores[row]
    return order


def turns(
    vectors: np.ndarray,
    rows: list[list[int]],
    kinds: int,
    *,
    quota: int,
    ceiling: float,
    given: list[int],
    seeded: list[int] | None,
) -> tuple[list[int], int]:
    """B2NERD with several categories a row, every cosine from the definition; also how many rows come by the rule."""
    cosine = np.round(vectors.astype(np.float64) @ vectors.astype(np.float64).T, 9)
    size = {kind: sum(kind in tags for tags in rows) for kind in range(kinds)}
    rarest = sorted((kind for kind in range(kinds) if size[kind]), key=lambda kind: (size[kind], kind))
    kept, count, raised = list(given), dict.fromkeys(rarest, 0), dict.fromkeys(rarest, ceiling)
    order: list[int] = []

    def near(row: int, kind: int) -> float:
        return max((cosine[row, other] for other in kept if kind in rows[other]), default=-1.0)

    def candidate(kind: int, looser: bool) -> int | None:
        left = [row for row in range(len(rows)) if kind in rows[row] and row not in kept]
        if not left:
            return None
        if seeded is None and not any(kind in rows[row] for row in kept):
            nearest = left[int(np.argmax(np.round(vectors[left] @ vectors[left].sum(axis=0, dtype=np.float64), 9)))]
        elif seeded is None:
            nearest = min(left, key=lambda row: (near(row, kind), row))
        else:
            left.sort(key=seeded.index)
            while looser and not any(near(row, kind) < raised[kind] for row in left):
                raised[kind] += 0.02
            nearest = next((row for row in left if near(row, kind) < raised[kind]), left[0])
        return nearest if looser or near(nearest, kind) < ceiling else None

    strict = 0
    for looser, limit in ((False, quota or len(rows)), (True, quota or len(rows)), (True, len(rows))):
        for turn in range(1, limit + 1):
            for kind in rarest:
                row = candidate(kind, looser) if count[kind] < turn else None
                if row is not None:
                    order.append(row)
                    kept.append(row)
                    for tag in rows[row]:
                        count[tag] += 1
        strict = strict if looser else len(order)
    return order, strict


def k_means(points: np.ndarray, parts: int, seed: int) -> list[int]:
    """Lloyd's rounds, row by row, from the k-means++ start of the same seed."""
    points = points.astype(np.float64)
    centres, _ = kmeans_plusplus(points, min(parts, len(np.unique(points, axis=0))), random_state=seed)
    part: list[int] = []
    while True:
        now = [int(np.argmin([np.sum((point - centre) ** 2) for centre in centres])) for point in points]
        if now == part:
            return part
        part = now
        centres = np.array([points[[own == name for own in part]].mean(axis=0) for name in range(len(centres))])


def principal(vectors: np.ndarray, share: float) -> np.ndarray:
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    total, kept, count = float((singular**2).sum()), 0.0, 0
    while kept < share * total * (1 - 1e-12):
        kept += float(singular[count] ** 2)
        count += 1
    return centred @ axes[:count].T


def car(
    vectors: np.ndarray, quality: np.ndarray, *, best: int, entry: int, parts: int, seed: int
) -> tuple[list[int], int]:
    """The order, and how many of it are the n₁ best overall joined with the n₂ best of every cluster."""
    rows = range(len(vectors))
    part = k_means(principal(vectors, 0.95), parts or max(1, round((len(vectors) / 2) ** 0.5)), seed)
    falling = sorted(rows, key=lambda row: (-quality[row], row))
    rank = {row: sum(part[other] == part[row] for other in falling[: falling.index(row)]) for row in rows}
    order = falling[:best]
    own = set(order) | {row for row in rows if rank[row] < entry}
    for turn in rows:
        order += [row for row in falling if rank[row] == turn and row not in order]
    return order, len(own)


def relaxed(vectors: np.ndarray, turn: list[int], *, ceiling: float, count: int, given: list[int]) -> list[int]:
    """B2NERD in a given order: scan for rows below the ceiling, raise it by 0.02, scan what was passed over again."""
    points = vectors.astype(np.float64)
    kept: list[int] = []
    while len(kept) < min(count, len(turn) - len(given)):
        for row in turn:
            near = [round(float(points[row] @ points[other]), 10) for other in [*given, *kept]]
            if row not in kept and row not in given and len(kept) < count and all(single < ceiling for single in near):
                kept.append(row)
        ceiling += 0.02
    return [*kept, *(row for row in turn if row not in kept and row not in given)]


def b2nerd(
    vectors: np.ndarray, category: list[str], turn: list[int], *, quota: int, ceiling: float, given: list[int]
) -> tuple[list[int], int]:
    """B2NERD in a given order over one category a row; also how many rows are within quota and ceiling."""
    points = vectors.astype(np.float64)
    size = {name: category.count(name) for name in category}
    phases: list[dict[int, tuple[int, int, str]]] = [{}, {}, {}]
    for name in size:
        mine = [row for row in turn if category[row] == name]
        before = [row for row in given if category[row] == name]
        order = relaxed(vectors, mine, ceiling=ceiling, count=quota or len(mine), given=before)
        for rank, row in enumerate(order):
            near = max((float(points[row] @ points[other]) for other in [*before, *order[:rank]]), default=-1.0)
            over = bool(quota) and rank >= quota
            phases[2 if over else 1 if round(near, 6) >= ceiling else 0][row] = (rank, size[name], name)
    return [row for phase in phases for row in sorted(phase, key=phase.__getitem__)], len(phases[0])


def core_set(vectors: np.ndarray, part: list[int], *, within: str, most: int, given: list[int]) -> list[int]:
    """Rows of every part in their order; the parts take turns, the largest first."""
    points = vectors.astype(np.float64)
    turns: list[tuple[int, int, int, int]] = []
    for name in set(part):
        members = [row for row in range(len(part)) if part[row] == name]
        middle = points[members].sum(axis=0)
        near = {row: round(float(points[row] @ middle / np.linalg.norm(middle)), 9) for row in members}
        order = sorted(members, key=lambda row: (-near[row], row))
        if within == "k-center":
            before = [members.index(row) for row in given if row in members]
            first = None if before else members.index(order[0])
            count = min(most - (first is not None), len(members) - len(before) - (first is not None))
            start = [] if first is None else [first]
            chosen = start + farthest_first(points[members], count, None, [*before, *start])
            kept = [*before, *chosen]
            left = [row for row in range(len(members)) if row not in kept]
            gap = {
                row: round(min(1 - float(points[members[row]] @ points[members[single]]) for single in kept), 9)
                for row in left
            }
            order = [members[row] for row in [*chosen, *sorted(left, key=lambda row: (-gap[row], row))]]
        turns += [(rank, -len(members), name, row) for rank, row in enumerate(order)]
    return [row for *_, row in sorted(turns) if row not in given]


def composite(
    vectors: np.ndarray,
    quality: np.ndarray,
    kinds: list[set[str]],
    examples: np.ndarray,
    exponents: tuple[float, ...],
    count: int,
    given: list[int],
) -> tuple[list[int], list[float]]:
    """The rows by the product of powers, every row's product from the definition at every step, and the products."""
    points, near = vectors.astype(np.float64), examples.astype(np.float64)
    rows = len(points)
    delta, kappa, tau, beta, gamma = exponents

    def share(values: np.ndarray) -> np.ndarray:
        rounded = np.round(values, 10)
        return np.array([(rounded <= value).mean() for value in rounded])

    mean = points @ points.mean(axis=0)
    fixed = kappa * np.log(share(quality)) + tau * np.log(share(mean))
    fixed += gamma * np.log(share((points @ near.T).max(axis=1)))
    chosen, order, products = list(given), [], []
    while len(order) < min(count, rows - len(given)):
        logs = np.full(rows, -np.inf)
        for row in set(range(rows)) - set(chosen):
            distance = max(1 - max(points[row] @ points[other] for other in chosen), 2e-6) / 2 if chosen else 1.0
            even = np.mean([1 / (1 + sum(kind in kinds[other] for other in chosen)) for kind in kinds[row]])
            logs[row] = fixed[row] + delta * np.log(distance) + beta * np.log(even)
        tied = np.flatnonzero(np.round(logs, 9) == np.round(logs.max(), 9))
        row = int(tied[np.argmax(np.round(mean[tied], 9))]) if not chosen and delta else int(tied[0])
        chosen.append(row)
        order.append(row)
        products.append(float(np.exp(logs[row])))
    return order, products
