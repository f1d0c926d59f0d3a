"""Large corpora from scripts: who computes what is computed by shards, and the nearest rows of every row."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.neighbour_graph import compute_graph
from core.progress import Progress, silent
from core.shards.engine import asked_for


def engine(name: str = "", *, shards: int = 0) -> AbstractContextManager[None]:
    """The block in which features are computed by an engine, as ``DIVERSCOPE_ENGINE`` names it for whole programs.

    ``name``: "one" (this process), "pool" or "pool:4" (processes of this machine), "ray" (a cluster started here),
    "ray://HOST:PORT" or "HOST:PORT"; "" keeps the usual one. ``shards`` is the number of parts that are computed by
    themselves, 0 for as many as rows ask for: more of them lose less with a process that dies and cost more starts.
    It reaches tokens, embeddings, a model's vectors, near-copies and :func:`neighbours`, whose results do not depend on
    it. Raises :class:`core.errors.InputError` for a name that is no engine.

    >>> with api.engine("one", shards=3):
    ...     ready = api.compute(api.view(corpus, component="both"), "tokens")
    >>> len(ready.whole.tokens.lengths)
    200
    """
    return asked_for(name, shards=shards)


def neighbours(
    corpus: Corpus, *, component: str = "response", embedder: str = "", progress: Progress = silent
) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """The rows nearest to every row by the stored vectors of ``embedder``: ids and cosines, (rows, k) each.

    Rows stand in the order of ``corpus.ids``, neighbours nearest first, ties by id; a row is not its own. Exact, found
    once and stored; twice the rows take four times as long, and :func:`engine` shares the work out. Maps and clusters
    by UMAP, near-copies by cosine and reading cards take their neighbours from here once they are found. Raises
    :class:`core.errors.FeatureMissing` where the component is not embedded.

    >>> ready = api.compute(api.view(corpus, component="response", embedder="instant"), "embeddings")
    >>> ids, cosines = api.neighbours(corpus, embedder="instant")
    >>> ids.shape, bool((np.diff(cosines, axis=1) <= 0).all())
    ((200, 32), True)
    """
    positions, cosines = compute_graph(CorpusText(corpus, component), embedder or None, progress=progress)
    return corpus.ids[np.asarray(positions)], np.array(cosines)
