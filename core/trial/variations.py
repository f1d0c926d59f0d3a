"""Variations of the same rows: loaded again, with fewer features, all similar, each twice, each twice as long."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.trial.rows import CATEGORY, SOURCE
from core.view import TokenRows, TypeRows, View


def loaded_again(view: View, *, seed: int = 1) -> View:
    """The same rows, read in another order and sorted by id, as in every pool, in read-only arrays."""
    order = np.random.default_rng(seed).permutation(len(view))
    mixed = view.take(order)
    again = mixed.take(np.argsort(mixed.ids))
    features = {name: again.get(name) for name in view.features}
    for data in features.values():
        for array in _arrays(data):
            array.setflags(write=False)
    return View(again.ids, view.component, {}, features)


def only(view: View, features: Collection[str]) -> View:
    """``view`` with only these of its features."""
    return View(view.ids, view.component, {}, {name: view.get(name) for name in features if view.has(name)})


def shuffled(view: View, *, seed: int = 1) -> View:
    """The same rows, with their ids, in another order."""
    return view.take(np.random.default_rng(seed).permutation(len(view)))


def with_direction(view: View) -> View:
    """The rows whose vector is not all zero."""
    return view.take(np.flatnonzero(np.linalg.norm(view.embeddings, axis=1) > 0))


def alike(view: View) -> View:
    """As many rows of the same length that hardly differ: three words repeated, vectors close together, and nine rows
    in ten of one cluster, tag, category and source."""
    words = " ".join(view.text).split()[:3]
    lengths = view.tokens.lengths
    texts = [" ".join(words[place % 3] for place in range(length)) for length in lengths.tolist()]
    common = np.argsort(-view.tokens.frequency, kind="stable")[:3].astype(np.int32)
    ids = np.concatenate([common[np.arange(length) % 3] for length in lengths.tolist()])
    middle = view.embeddings[0] + 0.01 * np.random.default_rng(5).normal(size=view.embeddings.shape)
    few = np.arange(len(view)) % 10 == 0
    tags = np.zeros((len(view), len(view.tags.names)), dtype=np.int8)
    tags[:, 0], tags[few, 1] = 1, 1
    return _with(
        view,
        {
            "text": texts,
            "tokens": replace(view.tokens, ids=ids, taken_from=None),
            "embeddings": (middle / np.linalg.norm(middle, axis=1, keepdims=True)).astype(np.float32),
            "clusters": few.astype(np.int32),
            "tags": TypeRows(sparse.csr_matrix(tags), view.tags.names),
            f"column:{CATEGORY}": np.where(few, "note", "poem").astype(object),
            f"column:{SOURCE}": np.where(few, "book", "web").astype(object),
        },
    )


def twice(view: View) -> View:
    """The rows with every row twice, under two ids."""
    rows = view.take(np.repeat(np.arange(len(view)), 2))
    ids = np.arange(1, len(rows) + 1, dtype=np.uint64)
    return View(ids, view.component, {}, {name: rows.get(name) for name in view.features})


def twice_as_long(view: View) -> View:
    """The rows with every text doubled."""
    tokens = view.tokens
    parts = np.split(tokens.ids, tokens.indptr[1:-1])
    doubled = TokenRows(
        tokens.indptr * 2,
        np.concatenate([np.concatenate((part, part)) for part in parts]),
        tokens.vocabulary_size,
        tokens.frequency,
        tokens.tokenizer,
    )
    return _with(view, {"text": [f"{text} {text}" for text in view.text], "tokens": doubled})


def _with(view: View, features: dict[str, Any]) -> View:
    return View(view.ids, view.component, {}, {**{name: view.get(name) for name in view.features}, **features})


def _arrays(data: Any) -> list[NDArray[Any]]:
    if isinstance(data, TokenRows):
        return [data.indptr, data.ids, data.frequency]
    if isinstance(data, TypeRows):
        return [data.matrix.data, data.matrix.indices, data.matrix.indptr]
    return [data] if isinstance(data, np.ndarray) else []
