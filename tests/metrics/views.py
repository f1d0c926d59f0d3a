"""Views for the metric tests: small random ones, and vectors of rows that people wrote."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import sparse

from core.metrics.units import words_of
from core.view import TokenRows, TypeRows, View
from tests.prose import prose


def token_rows(rows: list[list[int]], *, vocabulary: int, frequency: np.ndarray | None = None) -> TokenRows:
    """Token ids as given; the corpus's frequencies are those of these rows unless given."""
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    if frequency is None:
        frequency = np.bincount(ids, minlength=vocabulary).astype(np.int64)
    return TokenRows(indptr, ids, vocabulary, frequency, "test")


def view_of(texts: list[str], *, dimensions: int = 16, vocabulary: int = 4096, seed: int = 0, **features) -> View:
    """A view of ``texts`` with every feature: hashed words as tokens, random unit embeddings, five clusters."""
    rng = np.random.default_rng(seed)
    rows = len(texts)
    known: dict[str, int] = {}
    tokens = [[known.setdefault(word, len(known)) % vocabulary for word in words_of(text)] for text in texts]
    vectors = rng.standard_normal((rows, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    carried = sparse.csr_matrix((rng.random((rows, 6)) < 0.4).astype(np.int32))
    by_name = {
        "text": texts,
        "tokens": token_rows(tokens, vocabulary=vocabulary),
        "embeddings": vectors,
        "clusters": rng.integers(-1, 5, rows).astype(np.int32),
        "tags": TypeRows(carried, tuple("abcdef")),
        "column:source": np.array([("web", "book", "code")[i % 3] for i in range(rows)], dtype=object),
        "column:category": np.array([("ask", None)[i % 2] for i in range(rows)], dtype=object),
        **features,
    }
    ids = np.sort(rng.choice(np.arange(1, 50 * rows + 50, dtype=np.uint64), rows, replace=False))
    return View(ids, "response", {}, by_name)


def view_with(vectors: np.ndarray, ids: np.ndarray | None = None) -> View:
    """A view of embeddings alone."""
    ids = np.arange(1, len(vectors) + 1, dtype=np.uint64) if ids is None else ids
    return View(ids, "response", {}, {"embeddings": vectors.astype(np.float32)})


def blobs(rows: int, *, seed: int = 0, dimensions: int = 12) -> np.ndarray:
    """Unit rows around four centres, as sentence embeddings are."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((rows, dimensions)) * 0.5 + rng.standard_normal((4, dimensions))[np.arange(rows) % 4]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def random_texts(rows: int, *, seed: int = 0, words: int = 40, longest: int = 60) -> list[str]:
    """Rows of Zipf-like made-up words; some rows repeat a stretch of an earlier one."""
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    for row in range(rows):
        drawn = [f"w{min(int(rank), words)}" for rank in rng.zipf(1.4, int(rng.integers(1, longest)))]
        if row and rng.random() < 0.3:
            drawn += texts[int(rng.integers(row))].split()[:8]
        texts.append(" ".join(drawn))
    return texts


@lru_cache(maxsize=1)
def prose_vectors(rows: int = 501, *, dimensions: int = 32) -> np.ndarray:
    """Unit vectors of rows of prose: their tf-idf characters, reduced; some rows lie close together."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), max_features=5000).fit_transform(prose(rows))
    vectors = TruncatedSVD(dimensions, random_state=0).fit_transform(table)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def shuffled(view: View, *, seed: int = 1) -> View:
    """The same rows standing in another order."""
    return view.take(np.random.default_rng(seed).permutation(len(view)))
