"""A second look by embeddings: of each row the question of a benchmark that is nearest to it in meaning."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import Benchmark
from core.errors import FeatureMissing
from core.features.embedding import embeddings_key, encode_texts, load_embeddings
from core.progress import Progress, part_of, silent
from core.workspace.digests import digest

VERSION = 1
COMPONENT = "instruction"  # a question is compared with questions
BLOCK = 4_096  # rows compared with all questions at once
DIGITS = 4  # cosines are rounded, so that the block and the number of threads do not show


@dataclass(frozen=True, eq=False)
class NearestQuestions:
    """``cosine`` (rows,) float32 of each row with its nearest question, nan in the holdout; ``question`` (rows,)."""

    cosine: NDArray[np.float32]
    question: NDArray[np.int64]

    def nearest(self, least: float, *, most: int = 100_000) -> NDArray[np.int64]:
        """Rows whose cosine is at least ``least``, the nearest first. A higher one gives fewer and surer candidates."""
        rows = np.flatnonzero(self.cosine >= np.float32(round(least, DIGITS)))
        return rows[np.lexsort((rows, -self.cosine[rows]))][:most]


def neighbours_key(corpus: Corpus, benchmark_key: str, embedder: str) -> str:
    """The artefact's key: the corpus's vectors of questions, which name their embedder, and the benchmark's content."""
    return digest(["leak-neighbours", VERSION, embeddings_key(corpus.id, COMPONENT, embedder or None), benchmark_key])


def load_neighbours(corpus: Corpus, benchmark_key: str, embedder: str) -> NearestQuestions:
    """The stored neighbours. Raises :class:`FeatureMissing` where they have to be found first."""
    key = neighbours_key(corpus, benchmark_key, embedder)
    if not corpus.workspace.has("features", key):
        raise FeatureMissing(
            "leaks by meaning",
            remedy="Open Leaks on the Corpus page, or run: python -m core leaks CORPUS --against FILE --cosine 0.9",
        )
    stored = corpus.workspace.open("features", key)
    return NearestQuestions(np.asarray(stored.array("cosine")), np.asarray(stored.array("question")))


def find_neighbours(
    corpus: Corpus, benchmark: Benchmark, embedder: str, *, progress: Progress = silent
) -> NearestQuestions:
    """Find and store the nearest question of each row outside the holdout: exact, by products of blocks.

    The questions are read by the embedder of the stored vectors of the instructions; raises :class:`FeatureMissing`
    where these are not there. O(rows · questions · d).
    """
    key = neighbours_key(corpus, benchmark.key, embedder)
    if corpus.workspace.has("features", key):
        return load_neighbours(corpus, benchmark.key, embedder)
    started = time.time()
    vectors = load_embeddings(CorpusText(corpus, COMPONENT), embedder or None)
    if vectors is None:
        command = "python -m core embed CORPUS --component instruction"
        remedy = f"Embed the instructions on the Clusters page, or run: {command}"
        raise FeatureMissing("embeddings", remedy=remedy, component=COMPONENT)
    asked = [question.question for question in benchmark.questions]
    reading = part_of(progress, done=0, total=2, note="questions embedded")
    questions = encode_texts(asked, embedder=embedder or None, progress=reading)
    nearest = nearest_questions(vectors, questions, rows=np.flatnonzero(~corpus.holdout), progress=progress)
    keep_neighbours(corpus, benchmark, embedder, nearest, seconds=time.time() - started)
    return nearest


def keep_neighbours(
    corpus: Corpus, benchmark: Benchmark, embedder: str, nearest: NearestQuestions, *, seconds: float = 0.0
) -> None:
    """Store the nearest questions of the rows by the vectors of ``embedder``."""
    manifest: dict[str, Any] = {
        "feature": "leak-neighbours",
        "version": VERSION,
        "corpus": corpus.id,
        "benchmark": benchmark.key,
        "embedder": embedder,
        "seconds": round(seconds, 3),
    }
    with corpus.workspace.create("features", neighbours_key(corpus, benchmark.key, embedder), manifest) as folder:
        np.save(folder / "cosine.npy", nearest.cosine)
        np.save(folder / "question.npy", nearest.question)


def nearest_questions(
    vectors: NDArray[np.float32],
    questions: NDArray[np.float32],
    *,
    rows: NDArray[np.int64],
    progress: Progress = silent,
) -> NearestQuestions:
    """Of each of ``rows`` the nearest of the unit vectors ``questions`` (questions, d); ties by the first question."""
    cosine = np.full(len(vectors), np.nan, dtype=np.float32)
    nearest = np.full(len(vectors), -1, dtype=np.int64)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        products = np.round(np.asarray(vectors[block]) @ questions.T, DIGITS)  # (block, questions)
        best = products.argmax(axis=1)
        cosine[block], nearest[block] = products[np.arange(len(block)), best], best
        progress(len(rows) + min(start + BLOCK, len(rows)), 2 * len(rows), "rows compared with the questions")
    return NearestQuestions(cosine, nearest)
