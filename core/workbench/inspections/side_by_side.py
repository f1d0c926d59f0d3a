"""Subsets of one corpus side by side: what they share, which kinds of rows shift, and what they measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InputError
from core.features.clusters import load_clusters
from core.features.keywords import load_keywords
from core.metrics.registry import instant_names, metric
from core.progress import Progress, silent
from core.workbench.build import Built, build, open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.contrast import Sides, groupings, metric_gaps, shifts, sides
from core.workbench.inspections.overlap import chance_between, chance_jaccard, jaccard_matrix
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.subset_cost import with_tokens_of
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids

Ids = NDArray[np.uint64]


def random_recipe(recipe: Recipe, *, size: int, seed: int) -> Recipe:
    """The recipe of a random draw of ``size`` rows from the pool of ``recipe``."""
    return Recipe(corpus=recipe.corpus, pool=recipe.pool, choice=recipe.choice, strategy="random", size=size, seed=seed)


def random_beside(
    workspace: Workspace, recipe: Recipe, *, size: int, seed: int, corpus_view: CorpusView | None = None
) -> Built:
    """A random draw of ``size`` rows from the pool of ``recipe``: what a subset of it is laid beside."""
    return build(workspace, random_recipe(recipe, size=size, seed=seed), corpus_view=corpus_view)


def at_equal_tokens(workspace: Workspace, a: Recipe, ids: Ids, b: Recipe) -> Recipe:
    """The recipe ``b`` with as many tokens of instruction and response as the rows ``ids`` of the recipe ``a`` have.

    Rows are cut where ``a`` cuts them. Raises :class:`core.errors.FeatureMissing` where the tokens of a component are
    not counted.
    """
    view = open_recipe(workspace, a)
    return with_tokens_of(b, view, view.pool_positions_of(np.sort(ids)), row_cutoff=a.row_cutoff)


def chance_of_two(a: Ids, b: Ids, *, pool: int) -> float:
    """The Jaccard that two random draws of the size of the smaller one have, from a pool of ``pool`` rows."""
    return chance_jaccard(min(len(a), len(b)), max(pool, len(a), len(b)))


def shifts_between(corpus_view: CorpusView, a: Ids, b: Ids) -> pd.DataFrame:
    """Every kind of row whose share differs between A and B: :func:`core.workbench.inspections.contrast.shifts`.

    Clusters are named by their keywords where these are computed.
    """
    clusters = load_clusters(corpus_view.corpus_text, corpus_view.choice.clustering)
    words = load_keywords(corpus_view.workspace, clusters) if clusters else None
    titles = {kind: f"{kind}: {', '.join(word.word for word in few[:3])}" for kind, few in enumerate(words or [])}
    corpus = corpus_view.corpus
    return shifts(
        groupings(corpus_view, titles=titles), a=corpus.positions_of(np.sort(a)), b=corpus.positions_of(np.sort(b))
    )


def gaps_between(
    corpus_view: CorpusView, component: str, a: Ids, b: Ids, *, progress: Progress = silent
) -> pd.DataFrame:
    """The metrics that take an instant on A and B: :func:`core.workbench.inspections.contrast.metric_gaps`."""
    measurer = Measurer(corpus_view, component)
    names = [
        name
        for name in instant_names()
        if name != "rows" and measurer.reference.has_all(metric(name).needs(measurer.parameters(name)))
    ]
    rows_a, rows_b = (corpus_view.pool_positions_of(np.sort(ids)) for ids in (a, b))
    return metric_gaps(measurer, names, a=rows_a, b=rows_b, progress=progress)


@dataclass(frozen=True, eq=False, kw_only=True)
class SideBySide:
    """Two subsets side by side: A's and B's own rows, the Jaccard of chance, what shifts, and what they measure.

    ``shifts`` and ``metrics`` are the tables of :func:`shifts_between` and :func:`gaps_between`.
    """

    sides: Sides
    chance: float
    shifts: pd.DataFrame
    metrics: pd.DataFrame

    @property
    def jaccard(self) -> float:
        return self.sides.jaccard


def side_by_side(
    corpus_view: CorpusView, a: Ids, b: Ids, *, component: str = "", progress: Progress = silent
) -> SideBySide:
    """The row ids ``a`` and ``b`` of one corpus side by side, measured on ``component``, by default the view's own.

    Raises :class:`InputError` where both hold the same rows.
    """
    if digest_ids(a) == digest_ids(b):
        raise InputError("A and B hold the same rows.", remedy="Choose another subset to see what differs.")
    return SideBySide(
        sides=sides(a, b),
        chance=chance_of_two(a, b, pool=len(corpus_view.pool)),
        shifts=shifts_between(corpus_view, a, b),
        metrics=gaps_between(corpus_view, component or corpus_view.choice.component, a, b, progress=progress),
    )


def jaccard_table(sets: Mapping[str, Ids]) -> pd.DataFrame:
    """The Jaccard of every two of the named sets of row ids, as a square table."""
    names = list(sets)
    return pd.DataFrame(jaccard_matrix(list(sets.values())), index=names, columns=names)


def chance_of_sets(sets: Mapping[str, Ids], *, pool: int) -> float:
    """The Jaccard that random draws as large as the sets are on average have with each other."""
    return chance_between(sets.values(), pool)
