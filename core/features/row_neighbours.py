"""The rows nearest to one row of a corpus, by whatever embedding of it there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.errors import DiverscopeError
from core.features.clusters import Clustering
from core.features.embedders import INSTANT, default_embedder
from core.features.embedding import load_embeddings
from core.features.nearest_rows import nearest_to
from core.features.neighbour_graph import load_graph
from core.row_positions import CorpusRow, CorpusRows


@dataclass(frozen=True, eq=False)
class RowNeighbours:
    """``rows`` (k,) nearest first, ``cosines`` (k,), and which embedding of which ``component`` says so."""

    rows: CorpusRows
    cosines: NDArray[np.float32]
    component: str
    embedder: str


def row_neighbours(
    corpus: Corpus, row: CorpusRow, *, component: str, clustering: Clustering, count: int = 10
) -> RowNeighbours | None:
    """The ``count`` rows nearest to ``row`` by cosine, without itself; None where no embedding is there.

    The embedder of ``clustering`` counts before the instant one, and ``component`` before the corpus's others. Exact:
    looked up where the graph of all rows is stored with so many neighbours, else O(rows · d).
    """
    for vectors, asked, embedder in _stored(corpus, component, clustering):
        usual = clustering.max_tokens is None and clustering.precision == "auto"
        graph = load_graph(CorpusText(corpus, asked), embedder) if usual else None
        if graph is not None and count <= graph[0].shape[1]:
            return RowNeighbours(CorpusRows(graph[0][row, :count]), graph[1][row, :count], asked, embedder)
        rows, cosines = nearest_to(vectors, np.asarray(vectors[row]), count=count + 1)
        others = rows != row
        return RowNeighbours(CorpusRows(rows[others][:count]), cosines[others][:count], asked, embedder)
    return None


def _stored(corpus: Corpus, component: str, clustering: Clustering) -> Iterator[tuple[NDArray[np.float32], str, str]]:
    """The embeddings that are there, the most wanted first: vectors (rows, d), component, embedder."""
    for embedder in dict.fromkeys((clustering.embedder or default_embedder(), INSTANT)):
        for asked in dict.fromkeys((component, *corpus.components)):
            try:
                vectors = load_embeddings(
                    CorpusText(corpus, asked), embedder, max_tokens=clustering.max_tokens,
                    precision=clustering.precision,
                )  # fmt: skip
            except DiverscopeError:  # the embedder is not on this machine
                continue
            if vectors is not None:
                yield vectors, asked, embedder
