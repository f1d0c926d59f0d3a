"""B2NERD's pruning: the same number of rows from every category, as different from each other as possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InputError, quoted
from core.parameters import Parameter
from core.selection.greedy.farthest import farthest_first
from core.selection.greedy.points import labels, points
from core.selection.greedy.ranking import without
from core.selection.greedy.turns import STEP, take_turns
from core.selection.plan import Rows
from core.selection.priorities import by_priority
from core.selection.ranked_plan import RankedPlan
from core.selection.strategies.balanced import crossed_values, from_columns, values_of
from core.selection.strategy import Preparation, Strategy
from core.several import overlaps
from core.view import View

TAIL = (
    "rows beyond a category's quota, then rows that needed a looser ceiling than τ, each category in its own order; "
    "categories keep taking turns"
)
COLUMN, CROSSED, CLUSTERS, TAGS = "one column", "columns crossed", "clusters", "tags"
NONE = {COLUMN: "no category", CROSSED: "no value in every column", CLUSTERS: "noise: in no cluster", TAGS: "no tag"}


def seeded_turns(vectors: NDArray[np.float32], turn: Rows, *, ceiling: float, count: int, given: Rows) -> Rows:
    """Rows of a category in the order ``turn``, each below the ceiling, which rises by 0.02 when too few are."""
    from core.selection.greedy.admit import admit_by_merit

    kept: list[int] = []
    waiting = without(turn, given)
    while len(kept) < count and len(waiting):
        covered = np.concatenate((given, np.asarray(kept, dtype=np.int64)))
        below = float(np.nextafter(ceiling, -np.inf))  # a cosine of τ is not below it
        admitted = admit_by_merit(vectors, waiting, ceiling=below, count=count - len(kept), given=covered)
        kept.extend(admitted.order.tolist())
        waiting = np.concatenate((admitted.skipped, admitted.unread))
        ceiling += STEP
    return np.concatenate((np.asarray(kept, dtype=np.int64), waiting))


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    overlapping = overlapping_categories(view, parameters)
    if overlapping is not None:
        return several(preparation, overlapping)
    codes, names = single(view, parameters)
    pool = points(view, codes >= 0)
    code = codes[pool.rows]
    given = pool.local(preparation.given)
    size = np.bincount(code, minlength=len(names))
    quota, ceiling = parameters["quota"], parameters["ceiling"]
    orders, ranks, loosened = [], [], []
    members_of = np.argsort(code, kind="stable")
    parts = np.split(members_of, np.flatnonzero(np.diff(code[members_of])) + 1)
    for done, members in enumerate(parts):
        vectors = pool.vectors[members]
        inside = np.flatnonzero(np.isin(members, given)).astype(np.int64)
        if parameters["candidates"] == "farthest first":
            farthest = farthest_first(
                vectors, count=min(len(members), parameters["depth"]), given=inside, device=preparation.device
            )
            left = np.flatnonzero(np.isfinite(farthest.left))
            left = left[np.lexsort((left, -np.round(farthest.left[left], 9)))]
            local = np.concatenate((farthest.order, left))
            cosine = 1 - np.concatenate((farthest.values, farthest.left[left]))
        else:
            turn = by_priority(view.ids[pool.rows[members]], seed=preparation.seed)
            depth = quota or parameters["depth"]
            local = seeded_turns(vectors, turn, ceiling=ceiling, count=min(depth, len(members)), given=inside)
            cosine = _to_earlier(vectors, local, inside, depth)
        orders.append(members[local])
        ranks.append(np.arange(len(local)))
        loosened.append(cosine)
        preparation.progress(done + 1, len(parts), "categories ordered")
    order, rank, cosine = np.concatenate(orders), np.concatenate(ranks), np.concatenate(loosened)
    over = (rank >= quota) if quota else np.zeros(len(rank), dtype=np.bool_)
    loose = cosine >= ceiling
    turn = np.lexsort((code[order], size[code[order]], rank, loose & ~over, over))
    groups = np.full(len(view), -1, dtype=np.int32)
    groups[pool.rows] = code
    return RankedPlan(
        order=pool.rows[order[turn]],
        rows=len(view),
        gains=1 - cosine[turn],
        groups=groups,
        names=names,
        shares="equal",
        prefix=int((~over & ~loose).sum()),
        tail=TAIL,
        outside={**pool.outside, NONE[parameters["categories"]]: int((codes < 0).sum())},
    )


def single(view: View, parameters: Mapping[str, Any]) -> tuple[NDArray[np.int32], list[str]]:
    """(rows,) int32 the single category of each row, -1 for none, and the categories' names, sorted."""
    if parameters["categories"] == CLUSTERS:
        distinct, number = np.unique(view.clusters, return_inverse=True)
        noise = int(np.count_nonzero(distinct < 0))
        names = [f"cluster {name}" for name in distinct[noise:].tolist()]
        if not names:
            raise InputError("No row of this pool lies in a cluster.", remedy="Cluster again with smaller clusters.")
        return (number.ravel() - noise).astype(np.int32), names
    if parameters["categories"] == COLUMN:
        codes, names = labels(view, parameters["category"])
        if not names:
            raise InputError(
                f"No row has a value in {quoted(parameters['category'])}.", remedy="Choose another column."
            )
        return codes, names
    columns = parameters["columns"]
    if not columns:
        raise InputError("No column is chosen to cross.", remedy="Choose at least one.")
    values = [values_of(view.column(name), name) for name in columns]
    joined = ["" if value is None else value for value in crossed_values(values)]
    every, number = np.unique(np.asarray(joined, dtype=object), return_inverse=True)
    blank = int(len(every) > 0 and every[0] == "")
    if len(every) == blank:
        raise InputError(f"No row has a value in each of {', '.join(columns)}.", remedy="Choose other columns.")
    return (number.ravel() - blank).astype(np.int32), [str(name) for name in every[blank:]]


def overlapping_categories(view: View, parameters: Mapping[str, Any]) -> sparse.csr_matrix | None:
    """(rows, categories) the tags, or the words of columns whose cells hold several; None where no row has several."""
    kind = parameters["categories"]
    if kind == TAGS:
        return view.tags.matrix
    asked = (parameters["columns"] or []) if kind == CROSSED else [parameters["category"]]
    columns = [name for name in asked if name and view.has(f"column:{name}")]
    if kind == CLUSTERS or columns != asked or not any(overlaps(view.column(name)) for name in columns):
        return None
    return from_columns(view, columns, crossed=True).matrix


def several(preparation: Preparation, categories: sparse.csr_matrix) -> RankedPlan:
    """The plan over ``categories`` (rows, categories) that overlap: one order, where a row counts for all its own."""
    view, parameters = preparation.view, preparation.parameters
    placed = np.diff(categories.indptr) > 0
    if not placed.any():
        raise InputError("No row of this pool carries a tag.", remedy="Tag the rows, or choose a column.")
    pool = points(view, placed)
    by_category = categories[pool.rows].tocsc()
    by_category.sort_indices()
    members = [rows.astype(np.int64) for rows in np.split(by_category.indices, by_category.indptr[1:-1]) if len(rows)]
    farthest = parameters["candidates"] == "farthest first"
    turns = take_turns(
        pool.vectors,
        members,
        quota=parameters["quota"],
        ceiling=parameters["ceiling"],
        depth=parameters["depth"],
        given=pool.local(preparation.given),
        seeded=None if farthest else by_priority(view.ids[pool.rows], seed=preparation.seed),
        progress=preparation.progress,
    )
    return RankedPlan(
        order=pool.rows[turns.order],
        rows=len(view),
        gains=1 - turns.cosines,
        prefix=turns.strict,
        tail=TAIL,
        outside={**pool.outside, NONE[parameters["categories"]]: int((~placed).sum())},
    )


def needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    kind = parameters["categories"]
    if kind in (CLUSTERS, TAGS):
        return ("embeddings", kind)
    columns = parameters["columns"] if kind == CROSSED else [parameters["category"]]
    return ("embeddings", *(f"column:{name}" for name in columns or () if name))


def _to_earlier(vectors: NDArray[np.float32], order: Rows, given: Rows, depth: int) -> NDArray[np.float64]:
    """(len(order),) each row's largest cosine to ``given`` rows and the first ``depth`` rows before it; −1 if none."""
    nearest = np.full(len(order), -1.0)
    head = np.concatenate((given, order[:depth]))
    for start in range(0, len(order), 1024):
        block = order[start : start + 1024]
        cosines = vectors[block] @ vectors[head].T
        place = np.arange(start, start + len(block))[:, None] + len(given)
        cosines[np.arange(len(head))[None, :] >= place] = -1.0
        nearest[start : start + 1024] = cosines.max(axis=1, initial=-1.0)
    return nearest


STRATEGY = Strategy(
    name="b2nerd",
    title="B2NERD: balanced categories",
    level="ranked",
    kind="ranked",
    summary="The same number of rows from every category, none too similar to another of its category.",
    formula="In each category rows follow farthest-first (or in a seeded order); a row is kept while its largest "
    "cosine to kept rows of its category is below τ, and τ rises by 0.02 when the quota is not reached. Categories "
    "take turns, the rarest first: rank 1 of each, then rank 2. N is shared equally, and what the "
    "number of categories leaves over goes to the larger ones, a row each (40 rows of 11 categories: 3 of each of the "
    "four rarest, 4 of the others); the gain is 1 − that cosine. "
    "Where a row carries several tags, or several words of a column of lists, it counts in each: a tag whose rows were "
    "taken for others waits, similarity is that to kept rows with the tag whose turn it is, and N takes the first of "
    "this one order.",
    source="B2NERD (arXiv 2406.11192); its pruning code is not public, this is our reconstruction from the paper.",
    prepare=prepare,
    needs=needs,
    parameters=(
        Parameter(
            name="categories",
            title="Categories",
            kind="choice",
            default=COLUMN,
            choices=(COLUMN, CROSSED, CLUSTERS, TAGS),
            help="The values of one column, their combinations in several (source and label), the clusters, or the "
            "tags, of which a row may carry several.",
        ),
        Parameter(
            name="category",
            title="Category column",
            kind="column",
            default="category",
            help="For one column: a label, a source. Rows without a value are left out.",
            only_with=("categories", COLUMN),
        ),
        Parameter(
            name="columns",
            title="Columns to cross",
            kind="columns",
            default=["source", "category"],
            help="For columns crossed: each further column splits the categories. Rows without a value in one of them "
            "are left out.",
            only_with=("categories", CROSSED),
        ),
        Parameter(
            name="quota",
            title="Most rows of a category (0: no limit)",
            kind="int",
            default=0,
            minimum=0,
            help="Rows beyond the quota come after all rows within it; as it grows, common categories give more rows.",
        ),
        Parameter(
            name="ceiling",
            title="τ, largest similarity",
            kind="float",
            default=0.85,
            minimum=-1,
            maximum=1,
            scale="similarity",
            help="As τ falls, rows of a category must differ more and fewer come before the tail.",
        ),
        Parameter(
            name="candidates",
            title="Rows of a category come",
            kind="choice",
            default="farthest first",
            choices=("farthest first", "seeded order"),
            help="Farthest first spreads at once and every size is a prefix; a seeded order follows the category's own "
            "density.",
        ),
        Parameter(
            name="depth",
            title="Rows of a category in the rule's order",
            kind="int",
            default=2000,
            minimum=1,
            by_eye=False,
            help="Beyond this rank a category's rows follow by falling distance. As it grows, it takes longer.",
        ),
    ),
    tail=TAIL,
    version=2,  # in a seeded order a row exactly at the ceiling is skipped
    cost="O(Σ over categories of rows · depth · dimensions)",
    job_from=lambda parameters: 20_000,
)
