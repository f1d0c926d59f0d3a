"""Gradients of several checkpoints of one model: joined into one vector a row, and how much they vary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.corpus.joining import plain_label
from core.errors import InputError
from core.features.embedders import MODEL
from core.features.embedding import VERSION, embeddings_key
from core.features.gradients.of_examples import EXAMPLES
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest


def rate_shares(rates: Sequence[float], *, checkpoints: int) -> NDArray[np.float64]:
    """(checkpoints,) the share of each: in proportion to its learning rate, equal where none is given.

    Raises :class:`InputError` for another number of rates, and for one that is not above 0.
    """
    if not rates:
        return np.full(checkpoints, 1 / checkpoints)
    given = np.asarray(rates, dtype=np.float64)
    if len(given) != checkpoints:
        raise InputError(
            f"There are {checkpoints} checkpoints and {len(given)} learning rates.",
            remedy="Give a rate for each checkpoint, in their order, or none.",
        )
    if not np.isfinite(given).all() or (given <= 0).any():
        raise InputError("A learning rate is a number above 0.", remedy="Leave checkpoints of rate 0 out.")
    return given / given.sum()


def joined_vectors(text: CorpusText, parts: Sequence[Artefact], shares: NDArray[np.float64]) -> Artefact:
    """Store √share · vector of every checkpoint beside each other, (rows, checkpoints · d) float16 at length 1.

    The cosine of two such vectors is the mean over checkpoints, weighted by ``shares`` (checkpoints,), of the cosines
    of their gradients: the sum of LESS (arXiv 2402.04333), weighted there by each epoch's mean learning rate.
    """
    names = [str(part.manifest["embedder"]["name"]) for part in parts]
    of_examples = [str(part.manifest.get(EXAMPLES) or name) for part, name in zip(parts, names, strict=True)]
    name = _joined_name(names, shares)
    key = embeddings_key(text.corpus_id, text.component, name)
    if text.workspace.has("features", key):
        return text.workspace.open("features", key)
    arrays = [part.array("embeddings") for part in parts]
    widths = [array.shape[1] for array in arrays]
    vectors = np.empty((len(text), sum(widths)), dtype=np.float16)
    for place, (array, share) in enumerate(zip(arrays, shares.tolist(), strict=True)):
        start = sum(widths[:place])
        vectors[:, start : start + widths[place]] = array * np.float16(share**0.5)
    manifest: dict[str, Any] = {
        "feature": "embeddings",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "embedder": {"name": name, "digest": name, "max_tokens": 0, "dtype": "float16"},
        "joined": names,
        **({EXAMPLES: _joined_name(of_examples, shares)} if of_examples != names else {}),
        "shares": shares.tolist(),
        "rows": len(vectors),
        "dimensions": int(vectors.shape[1]),
        "rows_without": int((~vectors.any(axis=1)).sum()),
        "distinct_texts": int(parts[0].manifest["distinct_texts"]),
    }
    with text.workspace.create("features", key, manifest) as folder:
        np.save(folder / "embeddings.npy", vectors, allow_pickle=False)
    return text.workspace.open("features", key)


def _joined_name(names: Sequence[str], shares: NDArray[np.float64]) -> str:
    kind, _, first = names[0].removeprefix(MODEL).partition("@")
    content = digest(["joined gradients", list(names), [round(float(share), 9) for share in shares]])[:8]
    label = plain_label(first.rpartition("-")[0], otherwise="model")
    return f"{MODEL}{kind}@{label}-x{len(names)}-{content}"


def variance_of_gradients(parts: Sequence[Artefact]) -> NDArray[np.float64]:
    """(rows,) Σ over dimensions of the variance over checkpoints of a row's projected gradient; nan without one.

    Source: VoG (arXiv 2008.11600), from recollection, which takes the gradient of the input's pixels and averages over
    them; taking that of the weights, projected, is ours. More checkpoints give a steadier number.
    """
    first = parts[0].array("embeddings")
    mean_of_squares, mean = np.zeros(len(first)), np.zeros(first.shape)
    for part in parts:
        own = part.array("embeddings").astype(np.float64) * part.array("norms").astype(np.float64)[:, None]
        mean_of_squares = mean_of_squares + np.square(own).sum(axis=1) / len(parts)
        mean = mean + own / len(parts)
    return np.maximum(mean_of_squares - np.square(mean).sum(axis=1), 0.0)
