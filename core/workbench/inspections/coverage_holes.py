"""The coverage holes that a saved subset leaves in a set of examples, and the pool rows that would fill them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from core import device
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import FeatureMissing, InputError
from core.metrics.coverage_holes import Holes, coverage_holes
from core.progress import Progress, silent
from core.row_positions import PoolRow
from core.workbench.build import open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.subsets import open_subset
from core.workspace.artefacts import Workspace

SHOWN = 300  # characters of an example in the table


def find_holes(
    workspace: Workspace,
    *,
    corpus: Corpus,
    target: Corpus,
    subset: str,
    epsilon: float,
    progress: Progress = silent,
) -> Holes:
    """The holes of a saved subset of ``corpus`` in the rows of ``target``; fillers are positions in ``corpus``.

    Reads the embeddings of both corpora by the embedder in the subset's recipe, and offers only rows of the recipe's
    pool. Raises :class:`FeatureMissing` when one of the corpora is not embedded.
    """
    saved = open_subset(workspace, subset)
    rows = corpus.positions_of(np.sort(saved.ids))
    if len(rows) < saved.rows:
        raise InputError("That subset is of another corpus.", remedy="Choose a subset of this one.")
    corpus_view = open_recipe(workspace, replace(saved.recipe, corpus=corpus.id))
    examples = CorpusView(workspace, target, corpus_view.choice).whole
    for view, whose in ((corpus_view.whole, corpus.name), (examples, target.name)):
        if not view.has("embeddings"):
            remedy = f"Choose it on the Clusters page and press Embed, or run: python -m core embed {whose}"
            raise FeatureMissing("embeddings", remedy=remedy, component=view.component, owner=whose)
    vectors = np.asarray(corpus_view.whole.embeddings)
    found = coverage_holes(
        np.asarray(examples.embeddings),
        vectors[rows],
        vectors[corpus_view.positions],
        epsilon=epsilon,
        device=device.pick(),
        progress=progress,
    )
    moved = [
        hole if hole.filler is None else replace(hole, filler=corpus_view.corpus_position(PoolRow(hole.filler)))
        for hole in found.holes
    ]
    return replace(found, holes=tuple(moved))


def hole_table(holes: Holes, *, corpus: Corpus, target: Corpus, component: str = "instruction") -> pd.DataFrame:
    """A line for each hole: the number of examples, one of them, the row that would fill it, and the distances."""
    asked, offered = target.text(component), corpus.text(component)
    return pd.DataFrame(
        [
            {
                "examples": len(hole.examples),
                "such as": asked[hole.examples[0]][:SHOWN],
                "farthest from the subset": round(hole.gap, 3),
                "filled by": "no row of the pool" if hole.filler is None else show_id(int(corpus.ids[hole.filler])),
                "its text": "" if hole.filler is None else offered[hole.filler][:SHOWN],
                "at distance": round(hole.distance, 3),
            }
            for hole in holes.holes
        ],
        columns=["examples", "such as", "farthest from the subset", "filled by", "its text", "at distance"],
    )
