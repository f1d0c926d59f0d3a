"""Corpora whose diversity is known because it was made: one knob at a time is turned."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.view import TokenRows, TypeRows, View

MOST_CLUSTERS = 32
DIMENSIONS = 16
SPREAD = 0.8  # length of a row's deviation from its cluster's centre at full width
OWN_WORDS, COMMON_WORDS = 40, 80  # words of a cluster, and of all
COMMON_SHARE = 0.4  # of a row's words
LONGEST = 240  # words of a row that are drawn, of which a row takes its first
NEVER = 50  # words of the vocabulary that no row has, as in a real tokenizer
VOCABULARY = COMMON_WORDS + MOST_CLUSTERS * OWN_WORDS + NEVER
TAGS_OF_CLUSTER = 4
CLUSTERS_OF_SOURCE = 4


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A corpus of ``rows``, spread evenly over ``clusters`` topics. ``width``: how far rows and words of a cluster lie
    apart, as a share of its full width. ``distinct``: the share of rows that are no copies. ``length``: words a row."""

    rows: int = 240
    clusters: int = 8
    width: float = 0.5
    distinct: float = 1.0
    length: int = 60


@dataclass(frozen=True, kw_only=True)
class Turned:
    """A knob: ``title`` on figures, the ``values`` that it takes, whether more of it is more diverse or only more."""

    knob: str
    title: str
    values: tuple[float, ...]
    diverse: bool

    def setting(self, value: float, *, base: Setting) -> Setting:
        """The ``base`` with this knob at ``value``; "rows" multiplies those of the base."""
        if self.knob == "rows":
            return replace(base, rows=round(base.rows * value))
        if self.knob == "clusters":
            return replace(base, clusters=int(value))
        if self.knob == "width":
            return replace(base, width=value)
        if self.knob == "distinct":
            return replace(base, distinct=value)
        return replace(base, length=int(value))


KNOBS = (
    Turned(knob="clusters", title="clusters", values=(1, 2, 4, 8, 16, 32), diverse=True),
    Turned(knob="width", title="width of a cluster", values=(0.05, 0.1, 0.25, 0.5, 0.75, 1.0), diverse=True),
    Turned(knob="distinct", title="share of distinct rows", values=(0.1, 0.2, 0.4, 0.6, 0.8, 1.0),
           diverse=True),
    Turned(knob="rows", title="rows, times the base", values=(0.25, 0.5, 1.0, 2.0, 4.0), diverse=False),
    Turned(knob="length", title="words a row", values=(15, 30, 60, 120, 240), diverse=False),
)  # fmt: skip


def simulated_view(setting: Setting, *, seed: int, frequency: NDArray[np.int64] | None = None) -> View:
    """The corpus of ``setting``: text, tokens, embeddings, clusters, tags, a source and a category for each row.

    The same ``seed`` gives the same rows as far as settings agree: a larger corpus begins with a smaller one, a longer
    row with a shorter one, and a wider cluster moves each row further the same way. ``frequency`` (:data:`VOCABULARY`,)
    are the counts of a reference; without it they are those of these rows. Words are made up; a text is its words
    joined by spaces.
    """
    rows = setting.rows
    originals = max(1, round(rows * setting.distinct))
    source = np.arange(rows) % originals  # a copy repeats an earlier row
    cluster = (source % setting.clusters).astype(np.int64)
    vectors = _vectors(cluster, width=setting.width, seed=seed, rows=source)
    words = _words(cluster, width=setting.width, seed=seed, rows=source)[:, : setting.length]
    names = np.array([f"word{number:04}" for number in range(VOCABULARY)])
    ids = words.astype(np.int32).ravel()
    own = np.bincount(ids, minlength=VOCABULARY).astype(np.int64)
    indptr = np.arange(rows + 1, dtype=np.int64) * words.shape[1]
    features = {
        "text": [" ".join(row) for row in names[words]],
        "tokens": TokenRows(indptr, ids, VOCABULARY, own if frequency is None else frequency, "made-up words"),
        "embeddings": vectors,
        "clusters": cluster.astype(np.int32),
        "tags": _tags(cluster, seed=seed, rows=source),
        "column:source": np.array([f"source {number // CLUSTERS_OF_SOURCE}" for number in cluster], dtype=object),
        "column:category": np.array([f"topic {number:02}" for number in cluster], dtype=object),
    }
    return View(np.arange(1, rows + 1, dtype=np.uint64), "response", {}, features)


def reference_view(base: Setting, *, seed: int) -> View:
    """The pool to which metrics compare: all clusters at full width, no copies, four times the ``base``'s rows."""
    whole = replace(base, rows=4 * base.rows, clusters=MOST_CLUSTERS, width=1.0, distinct=1.0)
    return simulated_view(whole, seed=seed + 1_000_003)  # rows of its own


def _vectors(cluster: NDArray[np.int64], *, width: float, seed: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(rows, DIMENSIONS) unit vectors: the cluster's centre, the same for every seed, and the row's own deviation."""
    centres = np.random.default_rng(7).normal(size=(MOST_CLUSTERS, DIMENSIONS))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    deviation = np.random.default_rng([seed, 1]).normal(size=(int(rows.max()) + 1, DIMENSIONS))[rows]
    vectors = centres[cluster] + width * SPREAD * deviation / np.sqrt(DIMENSIONS)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _words(cluster: NDArray[np.int64], *, width: float, seed: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows, LONGEST) word numbers, Zipf-like: common words, and as many of the cluster's own as its width allows."""
    drawn = np.random.default_rng([seed, 2]).random((int(rows.max()) + 1, LONGEST, 2))[rows]
    own = _zipf(max(1, round(width * OWN_WORDS)))
    common = _zipf(max(1, round(width * COMMON_WORDS)))
    of_cluster = COMMON_WORDS + cluster[:, None] * OWN_WORDS + np.searchsorted(own, drawn[:, :, 1])
    return np.where(drawn[:, :, 0] < COMMON_SHARE, np.searchsorted(common, drawn[:, :, 1]), of_cluster)


def _zipf(words: int) -> NDArray[np.float64]:
    """(words,) the cumulative shares of words whose frequency falls as 1 / rank."""
    shares = 1.0 / np.arange(1, words + 1)
    ends = np.cumsum(shares / shares.sum())
    ends[-1] = 1.0
    return ends


def _tags(cluster: NDArray[np.int64], *, seed: int, rows: NDArray[np.int64]) -> TypeRows:
    """Each row carries some of its cluster's tags, at least the first."""
    carried = np.random.default_rng([seed, 3]).random((int(rows.max()) + 1, TAGS_OF_CLUSTER))[rows] < 0.5
    carried[:, 0] = True
    at, place = np.nonzero(carried)
    matrix = sparse.csr_matrix(
        (np.ones(len(at), dtype=np.int8), (at, cluster[at] * TAGS_OF_CLUSTER + place)),
        shape=(len(cluster), MOST_CLUSTERS * TAGS_OF_CLUSTER),
    )
    return TypeRows(matrix, [f"tag {number:03}" for number in range(matrix.shape[1])])
