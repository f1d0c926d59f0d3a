"""NovelSelect: each choice is the row with the most novelty relative to the rows chosen before, weighted by density."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, quoted
from core.parameters import Parameter
from core.selection.greedy.novelty import density, novel_select
from core.selection.greedy.points import Points, copies, points, scored, scores
from core.selection.greedy.ranking import PREFIX, begun_search, ranked
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy
from core.view import View

TAIL = "rows beyond the prefix by falling novelty beside all chosen rows"
OF_THE_WHOLE = "column:density among all rows of the pool"  # what a part is given


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters, seed = preparation.view, preparation.parameters, preparation.seed
    whole = points(view)
    same = copies(whole.vectors)  # copies would make the density explode
    distinct = Points(rows=whole.rows[same.first], vectors=whole.vectors[same.first], outside=whole.outside)
    begun = begun_search(preparation)
    if view.has(OF_THE_WHOLE):
        dense = view.get(OF_THE_WHOLE)[distinct.rows]
    else:
        dense = begun["density"] if begun is not None else _density(preparation, distinct.vectors)
    sigma = dense
    outside = {"copy of another row's embedding": len(whole) - len(distinct)}
    given = np.unique(same.group[whole.local(preparation.given)])
    quality = None
    name = parameters["quality"]
    if name is not None:
        values = scores(view, name, what="the quality")[distinct.rows]
        known, missing = scored(values, name)
        if not known.any() or values[known].min() <= 0:
            raise InputError(
                f"The column {quoted(name)} holds values of 0 or less, and quality multiplies novelty.",
                remedy="Choose a column whose values are positive.",
            )
        kept = known.copy()
        kept[given] = True  # a given row counts as chosen, whatever its quality
        quality = np.where(known, values, 1.0)[kept]
        given = np.searchsorted(np.flatnonzero(kept), given)
        distinct = Points(rows=distinct.rows[kept], vectors=distinct.vectors[kept], outside=distinct.outside)
        sigma, outside = sigma[kept], {**outside, **missing}
    start = parameters["start"]
    if start >= 0:
        (start_places,) = np.nonzero(distinct.rows == start)
        if not len(start_places):
            raise InputError(
                f"The row at position {start} of the pool cannot be the first: it is not among the selectable rows."
            )
        first = int(start_places[0])
    else:
        first = int(np.random.default_rng(seed).integers(len(distinct)))
    novel = novel_select(
        distinct.vectors,
        sigma,
        count=parameters["prefix"],
        start=first,
        power=parameters["distance_power"],
        quality=quality,
        given=given.astype(np.int64),
        until=preparation.wanted,
        begun=begun,
        device=preparation.device,
        progress=preparation.progress,
    )
    chosen = novel.chosen
    if chosen.search is not None:
        chosen = replace(chosen, search={**chosen.search, "density": dense})
    return ranked(rows=len(view), points=distinct, chosen=chosen, tail=TAIL, outside=outside)


def _density(preparation: Preparation, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    parameters = preparation.parameters
    return density(
        vectors,
        neighbours=parameters["neighbours"],
        power=parameters["density_power"],
        device=preparation.device,
        progress=preparation.progress,
    )


def with_density(preparation: Preparation) -> View:
    """The pool's view with each row's density among all rows: that of a part would be of another region."""
    view, whole = preparation.view, points(preparation.view)
    same = copies(whole.vectors)
    dense = np.full(len(view), np.nan)
    dense[whole.rows] = _density(preparation, whole.vectors[same.first])[same.group]
    loaders = {name: partial(view.get, name) for name in view.features}
    return View(view.ids, view.component, {**loaders, OF_THE_WHOLE: lambda: dense})


STRATEGY = Strategy(
    name="novelselect",
    title="NovelSelect",
    level="ranked",
    kind="ranked",
    summary="Take the row that is most novel relative to the rows taken: distance, weighted by nearness and density.",
    formula="v(x) = Σ_r δ_(r) / r^α ÷ Σ_r 1 / r^α, δ_j = (1 − cos(x, s_j)) · (σ_x + σ_j) over the chosen s_j, "
    "ascending; σ = (mean squared distance to the K nearest other rows of the pool + 1e-9)^−β; times quality when "
    "there is one. x* = argmax v(x). Exact: rows are sorted only when an upper bound of v reaches the best.",
    source="NovelSum (arXiv 2502.17184) and its authors' code, read there; the exact lazy evaluation is ours.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", *([f"column:{parameters['quality']}"] if parameters["quality"] else [])),
    parameters=(
        Parameter(
            name="neighbours",
            title="K, neighbours of the density",
            kind="int",
            default=10,
            minimum=1,
            maximum=256,
            help="As K grows, the density is measured over a wider region and its peaks flatten.",
        ),
        Parameter(
            name="density_power",
            title="β, weight of density",
            kind="float",
            default=0.5,
            minimum=0,
            maximum=4,
            help="As β grows, rows in dense regions count more; at 0 density does not matter.",
        ),
        Parameter(
            name="distance_power",
            title="α, weight of nearness",
            kind="float",
            default=1.0,
            minimum=0,
            maximum=8,
            help="As α grows, only the nearest chosen rows matter (as in k-center); at 0 all count equally.",
        ),
        Parameter(
            name="quality",
            title="Quality column",
            kind="numeric_column",
            default=None,
            optional=True,
            help="Positive values that multiply novelty. Rows without a number are left out.",
        ),
        Parameter(
            name="start",
            title="First row",
            kind="int",
            default=-1,
            minimum=-1,
            by_eye=False,
            help="Position in the pool of the first row; -1 draws it with the seed. Unused when rows are given.",
        ),
        PREFIX,
    ),
    tail=TAIL,
    cost="O(rows · prefix · dimensions) in matrix products, and O(rows² · dimensions / 2) for the density",
    stops=True,
    in_parts=True,
    whole=with_density,
    job_from=lambda parameters: 4_000,
)
