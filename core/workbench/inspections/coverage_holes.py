"""The coverage holes that a saved subset leaves in a set of examples, and the pool rows that would fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from core import device
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus, open_corpus
from core.errors import FeatureMissing, InputError
from core.metrics.coverage_holes import Holes, coverage_holes
from core.progress import Progress, silent
from core.row_positions import CorpusRows, PoolRow
from core.view import View
from core.workbench.build import open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.subsets import open_subset
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

SHOWN = 300  # characters of an example in the table
COLUMNS = ("examples", "such as", "farthest from the subset", "filled by", "its text", "at distance")


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
    corpus_view, examples, rows = compared_views(workspace, corpus=corpus, target=target, subset=subset)
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


def compared_views(
    workspace: Workspace, *, corpus: Corpus, target: Corpus, subset: str
) -> tuple[CorpusView, View, CorpusRows]:
    """The view of the subset's recipe, the examples, and the subset's rows. Raises as :func:`find_holes` does."""
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
    return corpus_view, examples, rows


def holes_request(corpus: str, *, target: str, subset: str, epsilon: float) -> dict[str, Any]:
    """The request of :func:`keep_holes`, the same wherever it is asked, so that equal ones are one job."""
    return {"corpus": corpus, "target": target, "subset": subset, "epsilon": float(epsilon)}


def keep_holes(workspace: Workspace, request: Mapping[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The job: :func:`find_holes` of {"corpus", "target", "subset", "epsilon"}, kept for :func:`kept_holes`.

    Gives {"share": of the examples that are covered, "examples", "holes", "table": lines of :func:`hole_table`}.
    """
    corpus, target = open_corpus(workspace, str(request["corpus"])), open_corpus(workspace, str(request["target"]))
    holes = find_holes(
        workspace, corpus=corpus, target=target, subset=str(request["subset"]), epsilon=float(request["epsilon"]),
        progress=progress,
    )  # fmt: skip
    table = hole_table(holes, corpus=corpus, target=target)
    result = {
        "share": holes.share, "examples": len(holes.covered), "holes": len(holes.holes),
        "table": table.to_dict("records"),
    }  # fmt: skip
    values.put(workspace, _key(request), result)
    return {name: result[name] for name in ("share", "examples", "holes")}


def kept_holes(workspace: Workspace, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """What :func:`keep_holes` found for ``request``, by a page or a command; None where it never ran."""
    found: dict[str, Any] | None = values.get(workspace, _key(request))
    return found


def _key(request: Mapping[str, Any]) -> str:
    return digest({"coverage holes": 1, **request})


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
        columns=list(COLUMNS),
    )
