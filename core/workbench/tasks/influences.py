"""The job that tells how much each row helps each task of some examples: a column a task, for BIDS and filters."""

from __future__ import annotations

from typing import Any

import numpy as np

from core import device
from core.corpus.corpus_text import CorpusText
from core.corpus.joining import plain_label
from core.corpus.store import Corpus, open_corpus
from core.errors import FeatureMissing, InputError, quoted
from core.features.embedders import MODEL, default_embedder, embedder_title
from core.features.embedding import load_embeddings
from core.features.gradients.of_examples import embedder_of_examples
from core.features.models.columns import keep_score
from core.progress import Progress
from core.selection.greedy.points import Points, points
from core.selection.targeted.tasks import influences, task_directions
from core.view import REMEDIES, View
from core.workspace.artefacts import Workspace

MOST_COLUMNS = 40  # tasks that become columns
BY_MODEL = (
    "Give that corpus the same vectors on the Scores page, or run: python -m core model-vectors; examples have plain "
    "gradients, without Adam's steps."
)


def influences_request(
    corpus: str, component: str, *, target: str, embedder: str = "", column: str = ""
) -> dict[str, Any]:
    """The request of :func:`keep_influences`, the same wherever it is asked, so that equal ones are one job."""
    return {"corpus": corpus, "component": component, "target": target, "embedder": embedder, "column": column}


def keep_influences(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """A column for each task: {"corpus", "component", "target": corpus, "embedder", "column": of the target or ""}.

    The value is the cosine of a row's vector with the mean vector of the task's examples: with a model's gradients, the
    influence of training on the row on the loss of the task, to first order and apart from lengths (TracIn, LESS).
    Raises :class:`InputError` for more than :data:`MOST_COLUMNS` tasks or vectors that cannot be compared, and
    :class:`core.errors.FeatureMissing` where either corpus has none.
    """
    corpus, target = open_corpus(workspace, request["corpus"]), open_corpus(workspace, request["target"])
    component, column = str(request["component"]), str(request.get("column") or "")
    embedder = str(request.get("embedder") or "") or default_embedder()
    if column and column not in target.columns:
        raise InputError(f"The examples have no column {quoted(column)}.")
    of_examples = embedder_of_examples(CorpusText(corpus, component), embedder)
    pool, examples = _points(corpus, component, embedder), _points(target, component, of_examples)
    if pool.vectors.shape[1] != examples.vectors.shape[1]:
        raise InputError(
            f"The vectors of the examples have {examples.vectors.shape[1]} dimensions, those of the corpus "
            f"{pool.vectors.shape[1]}.",
            remedy="Make both with the same embedder or model.",
        )
    tasks = None
    if column:
        values = target.column(column)[examples.rows].tolist()
        tasks = [None if value is None or value != value or value == "" else str(value) for value in values]
    directions, names = task_directions(examples.vectors, tasks)
    if len(names) > MOST_COLUMNS:
        raise InputError(
            f"{quoted(column)} has {len(names):,} values, and each would become a column.",
            remedy=f"Choose one with at most {MOST_COLUMNS}.",
        )
    near = influences(pool.vectors, directions, device=device.pick())
    kept = {}
    for place, name in enumerate(names):
        value = np.full(len(corpus), np.nan)
        value[pool.rows] = near[:, place]
        kept[name] = keep_score(
            corpus,
            value,
            name=f"influence:{plain_label(name, otherwise='task')}@{plain_label(target.name, otherwise='examples')}",
            title=f"Influence on {name} of {target.name}",
            formula=f"cos(v_x, mean of v over the {'examples' if not column else 'task’s examples'}), v: "
            f"{embedder_title(embedder)}",
            source="TracIn (arXiv 2002.08484) and LESS (arXiv 2402.04333), where v are gradients; columns as BIDS "
            "(arXiv 2501.12147) reads them",
            meaning="High: training on the row helps the task (with gradients), or the row is like its examples. "
            "Below 0: it works against it.",
            settings={
                "target": target.id, "task": name, "column": column, "component": component, "embedder": embedder
            },
        )  # fmt: skip
        progress(place + 1, len(names), "tasks")
    return {"columns": kept, "rows": len(corpus), "rows_without": len(corpus) - len(pool)}


def _points(corpus: Corpus, component: str, embedder: str) -> Points:
    vectors = load_embeddings(CorpusText(corpus, component), embedder)
    if vectors is None:
        raise FeatureMissing(
            embedder_title(embedder),
            remedy=BY_MODEL if embedder.startswith(MODEL) else REMEDIES["embeddings"],
            component=component,
            owner=corpus.name,
        )
    return points(View(corpus.ids, component, {"embeddings": lambda: vectors}), where=f"of {corpus.name}")
