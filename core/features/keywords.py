"""Keywords of clusters: the words that distinguish a cluster from the others, by c-TF-IDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy import sparse

from core.corpus.corpus_text import CorpusText
from core.features.clusters import Clusters
from core.progress import Progress, silent
from core.view import texts_at
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

VERSION = 1
ROWS_A_CLUSTER = 200  # rows read of one cluster; ids are hashes, so the first ones are a random sample
CHARACTERS = 2_000  # characters read of each row
CHUNK = 4_096  # rows counted at once
WORDS_KEPT = 400_000  # distinct words; when there are more, those seen only once so far are dropped
# A word of two or more letters, or a run of a script that is written without spaces.
RUNS = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]+|[^\W\d_]{2,}(?:['’][^\W\d_]+)?"
)
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")


@dataclass(frozen=True)
class Keyword:
    """A word of a cluster and its c-TF-IDF weight there."""

    word: str
    weight: float


def words(text: str) -> list[str]:
    """The lower-case words of a text without English stop words; Chinese, Japanese and Thai runs as character pairs."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    runs: list[str] = []
    for run in RUNS.findall(text[:CHARACTERS].lower()):
        if UNSPACED.match(run):
            runs.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        elif run not in ENGLISH_STOP_WORDS and run.partition("'")[0] not in ENGLISH_STOP_WORDS:
            runs.append(run)
    return runs


def cluster_keywords(
    texts: Sequence[str], labels: NDArray[np.int32], *, top: int = 10, progress: Progress = silent
) -> list[list[Keyword]]:
    """The ``top`` words of each cluster by c-TF-IDF, heaviest first, ties in alphabetical order.

    weight(word, cluster) = share of the word among the cluster's words × ln(1 + A / f), with A the mean number of
    words a cluster has and f the word's occurrences in all clusters (Grootendorst, BERTopic 2022). Noise rows
    (-1) are ignored. At most :data:`ROWS_A_CLUSTER` rows of a cluster and :data:`CHARACTERS` of each are read.
    """
    labels = np.asarray(labels)
    clusters = int(labels.max(initial=-1)) + 1
    counts, vocabulary = _counted(texts, labels, clusters=clusters, progress=progress)  # (clusters, words)
    if not vocabulary:
        return [[] for _ in range(clusters)]
    names = np.array(vocabulary, dtype=object)
    occurrences = np.asarray(counts.sum(axis=0)).ravel()
    in_cluster = np.asarray(counts.sum(axis=1)).ravel()
    idf = np.log1p(in_cluster.mean() / np.maximum(occurrences, 1))
    keywords = []
    for cluster in range(clusters):
        row = counts.getrow(cluster)
        weights = row.data / max(1, in_cluster[cluster]) * idf[row.indices]
        if len(weights) > 4 * top:  # only those that can still be among the first need an exact order
            least = np.partition(weights, -top)[-top]
            keep = np.flatnonzero(weights >= least)
        else:
            keep = np.arange(len(weights))
        order = sorted(keep, key=lambda at: (-weights[at], names[row.indices[at]]))[:top]
        keywords.append([Keyword(str(names[row.indices[at]]), float(weights[at])) for at in order])
    return keywords


def keywords_key(clusters: Clusters, *, top: int = 10) -> str:
    return digest(["keywords", VERSION, clusters.key, top])


def load_keywords(workspace: Workspace, clusters: Clusters, *, top: int = 10) -> list[list[Keyword]] | None:
    """The stored keywords of every cluster, or None when they are not computed yet."""
    key = keywords_key(clusters, top=top)
    if not workspace.has("features", key):
        return None
    stored = orjson.loads(workspace.open("features", key).path("keywords.json").read_bytes())
    return [[Keyword(word, weight) for word, weight in cluster] for cluster in stored]


def cluster_title(clusters: Clusters, words: Sequence[Sequence[Keyword]] | None, number: int) -> str:
    """What a cluster is called: its own name, else its number and its first three keywords."""
    if clusters.names:
        return clusters.names[number]
    keywords = words[number] if words and number < len(words) else []
    return " · ".join([str(number), *(keyword.word for keyword in keywords[:3])])


def compute_keywords(
    text: CorpusText,
    clusters: Clusters,
    *,
    top: int = 10,
    progress: Progress = silent,
) -> list[list[Keyword]]:
    """The keywords of every cluster, stored or counted now from the component's text."""
    stored = load_keywords(text.workspace, clusters, top=top)
    if stored is not None:
        return stored
    found = cluster_keywords(text.texts, clusters.labels, top=top, progress=progress)
    manifest = {
        "feature": "keywords",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "clusters": clusters.key,
        "top": top,
    }
    with text.workspace.create("features", keywords_key(clusters, top=top), manifest) as folder:
        atomic.write_json(folder / "keywords.json", [[(word.word, word.weight) for word in row] for row in found])
    return found


def _counted(
    texts: Sequence[str], labels: NDArray[np.int32], *, clusters: int, progress: Progress
) -> tuple[sparse.csr_matrix, list[str]]:
    """How often each word occurs in each cluster, counted a chunk of rows at a time."""
    from sklearn.feature_extraction.text import CountVectorizer

    rows = _sample(labels)
    position: dict[str, int] = {}
    total = sparse.csr_matrix((clusters, 0), dtype=np.int64)
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        vectorizer = CountVectorizer(analyzer=words, dtype=np.int64)
        try:
            counts = vectorizer.fit_transform(texts_at(texts, chunk))  # (chunk, chunk's words)
        except ValueError:  # scikit-learn raises it when no text of the chunk holds a word
            continue
        member = sparse.csr_matrix(
            (np.ones(len(chunk), dtype=np.int64), (labels[chunk], np.arange(len(chunk)))), shape=(clusters, len(chunk))
        )
        summed = (member @ counts).tocoo()
        column = np.array([position.setdefault(word, len(position)) for word in vectorizer.get_feature_names_out()])
        total.resize(clusters, len(position))
        total = total + sparse.csr_matrix((summed.data, (summed.row, column[summed.col])), shape=total.shape)
        if len(position) > WORDS_KEPT:
            keep = np.flatnonzero(np.asarray(total.sum(axis=0)).ravel() > 1)
            total, every = total[:, keep], list(position)
            position = {every[at]: place for place, at in enumerate(keep)}
        progress(min(start + CHUNK, len(rows)), len(rows), "rows read for keywords")
    return total.tocsr(), list(position)


def _sample(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Positions of the first rows of each cluster, ascending."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    return np.sort(order[(np.arange(len(order)) - starts < ROWS_A_CLUSTER) & (ordered >= 0)])
