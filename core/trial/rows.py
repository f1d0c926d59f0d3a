"""A small pool that has every feature that a strategy or a metric can read, with the cases in which they often fail."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.view import TokenRows, TypeRows, View

WORDS = re.findall(
    r"\w+",
    "the a river mountain copper quietly walks under seven old engine violet and harbour sings near every small "
    "walnut carries she often green ledger over canyon quickly lantern with marble never they bright orbit builds "
    "pigeon from saffron he tundra writes velvet slowly willow between ten beacon finds cactus it dagger warm "
    "ember without falcon holds garnet or hazel again",
)  # of several parts of speech
PHRASES = ("as a matter of fact", "on the other hand", "for the sake of clarity", "in the long run")
SCORE, OTHER_SCORE, CATEGORY, SOURCE = "score", "other_score", "category", "source"


def trial_view(rows: int = 150, *, seed: int = 0) -> View:
    """A pool of ``rows`` rows with text, tokens, embeddings, clusters, tags, two scores, a category and a source.

    Among them are equal texts with equal vectors and equal scores, rows of one word, rows in no cluster, without a tag,
    without a category, and a vector of zeros. The same arguments give the same pool. The number of such cases grows in
    proportion to ``rows``.
    """
    generator = np.random.default_rng(seed)
    texts = _texts(rows, generator)
    vectors = _vectors(rows, generator)
    score = generator.integers(1, 40, rows) / 40.0  # ties among them
    for row in range(20, rows, 25):
        texts[row], vectors[row], score[row] = texts[row - 1], vectors[row - 1], score[row - 1]
    vectors[7::90] = 0.0
    source = np.array(["web", "book", "code"], dtype=object)[generator.integers(0, 3, rows)]
    category = np.array(["poem", "note", "list", None], dtype=object)[generator.integers(0, 4, rows)]
    ids = np.sort(generator.choice(np.arange(1, 97 * rows, dtype=np.uint64), rows, replace=False))
    features = {
        "text": texts,
        "tokens": tokens_of(texts),
        "embeddings": vectors,
        "clusters": generator.integers(-1, 6, rows).astype(np.int32),
        "tags": _tags(rows, generator),
        f"column:{SCORE}": score,
        f"column:{OTHER_SCORE}": generator.random(rows),
        f"column:{SOURCE}": source,
        f"column:{CATEGORY}": category,
    }
    other = np.random.default_rng(seed + 1)  # another component of the same rows
    instructions = _texts(rows, other)
    features |= {
        "instruction.text": instructions,
        "instruction.tokens": tokens_of(instructions),
        "instruction.embeddings": _vectors(rows, other),
        "instruction.clusters": other.integers(-1, 9, rows).astype(np.int32),
        "instruction.tags": _tags(rows, other),
        "both.tokens": tokens_of([f"{one} {two}" for one, two in zip(instructions, texts, strict=True)]),
        "both.clusters": other.integers(-1, 9, rows).astype(np.int32),
    }
    return View(ids, "response", {}, features)


def _texts(rows: int, generator: np.random.Generator) -> list[str]:
    """Texts of made-up words with Zipf-like frequencies, many with a set phrase; every 40th row is a single word."""
    weights = 1.0 / np.arange(1, len(WORDS) + 1)
    texts = []
    for row in range(rows):
        length = 1 if row % 40 == 13 else int(generator.integers(6, 90))
        words = generator.choice(WORDS, size=length, p=weights / weights.sum()).tolist()
        if length > 1 and generator.random() < 0.6:
            words[length // 2 : length // 2] = PHRASES[int(generator.integers(len(PHRASES)))].split()
        texts.append(" ".join(words))
    return texts


def _vectors(rows: int, generator: np.random.Generator, *, width: int = 12, centres: int = 6) -> NDArray[np.float32]:
    """(rows, width) unit vectors around a few centres, distributed like sentence embeddings."""
    middle = generator.normal(size=(centres, width))
    vectors = middle[generator.integers(0, centres, rows)] + 0.5 * generator.normal(size=(rows, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def tokens_of(texts: list[str]) -> TokenRows:
    """The words of ``texts`` as tokens, numbered in order of appearance, as if these rows were the whole corpus."""
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(word, len(numbers)) for word in text.split()] for text in texts]
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    vocabulary = len(numbers) + 40  # some types never occur, as in a real tokenizer
    return TokenRows(indptr, ids, vocabulary, np.bincount(ids, minlength=vocabulary).astype(np.int64), "words")


def _tags(rows: int, generator: np.random.Generator, *, tags: int = 12) -> TypeRows:
    """About four tags for each row; every 30th row has no tag."""
    carried = generator.random((rows, tags)) < 0.33
    carried[11::30] = False
    names = [f"tag {tag:02}" for tag in range(tags)]
    return TypeRows(sparse.csr_matrix(carried.astype(np.int8)), names)
