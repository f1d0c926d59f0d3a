"""The rows that are nearest in meaning to a typed text, by the embeddings that are there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.errors import FeatureMissing
from core.features.clusters import Clustering
from core.features.embedding import encode_texts, load_embeddings
from core.features.nearest_rows import nearest_to
from core.row_positions import CorpusRows

SHARE, LEAST, MOST = 0.01, 20, 500  # of the rows that are nearest in meaning


def nearest_in_meaning(
    text: CorpusText, typed: str, *, clustering: Clustering
) -> tuple[CorpusRows, NDArray[np.floating]]:
    """The 1 % of the rows nearest to ``typed``, 20 to 500 of them, the nearest first, and their cosines.

    ``clustering`` names the embedder, which also reads ``typed``: its model is loaded at the first call, which takes
    seconds. Raises :class:`FeatureMissing` without embeddings.
    """
    vectors = load_embeddings(
        text, clustering.embedder, max_tokens=clustering.max_tokens, precision=clustering.precision
    )
    if vectors is None:
        raise FeatureMissing("embeddings", remedy="Press Embed on the Clusters page first, or search by words.")
    (query,) = encode_texts(
        [typed],
        embedder=clustering.embedder,
        max_tokens=clustering.max_tokens,
        precision=clustering.precision,
    )
    rows, cosines = nearest_to(vectors, query, count=int(np.clip(SHARE * len(vectors), LEAST, MOST)))
    return CorpusRows(rows), cosines
