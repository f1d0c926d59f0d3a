"""How much of a choice is chance: the same recipe with other seeds, other clusterings, and at nearby positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import device
from core.corpus.corpus_text import CorpusText
from core.errors import Cancelled, DiverscopeError
from core.progress import Progress, part_of
from core.selection.registry import strategy
from core.workbench.build import Built, build, open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.overlap import chance_jaccard, jaccard, jaccard_matrix
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace

Ids = NDArray[np.uint64]


def agreement(sets: Sequence[Ids]) -> dict[str, Any]:
    """How far several subsets agree: the Jaccard of every pair, its mean, least and most, and the rows in all subsets.

    With a single set there is no pair, and mean, least and most are None.
    """
    matrix = jaccard_matrix(sets)
    pairs = [float(matrix[a, b]) for a, b in combinations(range(len(sets)), 2)]
    common = set(sets[0].tolist()).intersection(*(first.tolist() for first in sets[1:])) if len(sets) else set()
    return {
        "pairs": pairs,
        "mean": float(np.mean(pairs)) if pairs else None,
        "least": min(pairs, default=None),
        "most": max(pairs, default=None),
        "in_all": len(common),
    }


def measure_stability(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The task: {"recipe", "seeds", "clusterings", "positions"}: three answers of :func:`agreement`.

    ``seeds`` is the number of seeds tried, the recipe's own included. ``clusterings`` is that number for the seeds of
    projection and partition; it is used only for a strategy that reads clusters, and only if the embeddings are stored,
    because they are not computed for this. ``positions`` lists slider positions; the Jaccard is that of each position
    with the next. A position that the pool cannot fill is listed with the reason. Plans and clusters are stored as they
    are made, so that a resumed job continues from there.
    """
    recipe = replace(Recipe.of(request["recipe"]), ids_digest="", rows=0)
    seeds, clusterings = int(request.get("seeds", 0)), int(request.get("clusterings", 0))
    positions = sorted({round(float(at), 6) for at in request.get("positions", ())})
    corpus_view = open_recipe(workspace, recipe)
    chosen = strategy(recipe.strategy)
    clustered = "clusters" in build_needs(corpus_view, recipe)
    # The clusters of a column are fixed: they do not depend on a seed.
    if not clustered or not corpus_view.whole.has("embeddings") or corpus_view.choice.partition == "column":
        clusterings = 0
    if chosen.kind == "ranked" and not chosen.tail:
        positions = []
    total, done = max(1, seeds + clusterings + len(positions)), 0
    progress(0, total, "subsets built")
    base = build(workspace, recipe, corpus_view=corpus_view)
    pool = len(corpus_view.pool) - sum(base.plan.outside.values())
    stability: dict[str, Any] = {
        "rows": len(base.ids),
        "pool": pool,
        "chance": chance_jaccard(len(base.ids), max(len(base.ids), pool)),
        "recipe": base.recipe.as_dict(),
        "clustered": clustered,
    }

    reseeded = []
    for step in range(seeds):
        progress(done, total, f"subsets built, seed {recipe.seed + step}")
        reseeded.append(build(workspace, replace(recipe, seed=recipe.seed + step), corpus_view=corpus_view).ids)
        done += 1
    stability["seeds"] = agreement(reseeded) if seeds else None

    repartitioned = []
    for step in range(clusterings):
        progress(done, total, f"subsets built, clustering {step + 1} of {clusterings}")
        repartitioned.append(_reclustered(corpus_view, recipe, step, part_of(progress, done=done, total=total)).ids)
        done += 1
    stability["clusterings"] = agreement(repartitioned) if clusterings else None

    along, refused = [], {}
    for position in positions:
        progress(done, total, f"subsets built, position {position:.0%}")
        try:
            along.append((position, build(workspace, replace(recipe, position=position), corpus_view=corpus_view).ids))
        except Cancelled:
            raise
        except DiverscopeError as error:
            refused[f"{position:g}"] = str(error)
        done += 1
    stability["neighbours"] = [
        {"from": left, "to": right, "jaccard": jaccard(a, b)} for (left, a), (right, b) in pairwise(along)
    ]
    stability["to_this"] = [{"position": position, "jaccard": jaccard(ids, base.ids)} for position, ids in along]
    stability["refused"] = refused
    progress(total, total, "subsets built")
    return stability


def build_needs(corpus_view: CorpusView, recipe: Recipe) -> Sequence[str]:
    """The features that a recipe's strategy reads with its completed parameters."""
    from core.workbench import plans

    whole = plans.completed(recipe, corpus_view)
    return strategy(recipe.strategy).needs(whole.parameters)


def _reclustered(corpus_view: CorpusView, recipe: Recipe, step: int, progress: Progress) -> Built:
    """The recipe built over clusters projected and partitioned with another seed; step 0 is the recipe's own seed."""
    from core.features.clusters import compute_clusters

    choice = FeatureSettings.of(recipe.choice)
    choice = choice.with_(seed=choice.seed + step)
    compute_clusters(
        CorpusText(corpus_view.corpus, choice.component),
        choice.clustering,
        progress=progress,
        device=device.pick(),
    )
    other = replace(corpus_view, choice=choice)
    return build(corpus_view.workspace, replace(recipe, choice=choice.as_dict()), corpus_view=other)
