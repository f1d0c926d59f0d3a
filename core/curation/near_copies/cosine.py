"""The rung by meaning: rows whose stored vectors point in nearly the same direction, compared in blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.curation.near_copies.forest import CopyForest
from core.curation.near_copies.settings import RUNGS, NearCopies
from core.curation.near_copies.spanning import GrowingForest
from core.errors import FeatureMissing
from core.features.embedders import default_embedder
from core.features.embedding import embeddings_key, load_embeddings
from core.progress import Progress, silent

MARGIN = 1e-4  # how far a product in single precision may lie below the exact one
ACROSS = 8_192  # rows that a block is compared with at once
Array = NDArray[Any]


def embedder_of(settings: NearCopies) -> str:
    """The embedder whose vectors the rung reads: the named one, or the default of this machine."""
    return settings.embedder or default_embedder()


def vectors_key(corpus: Corpus, settings: NearCopies) -> str:
    """The key of the vectors that the rung reads."""
    return embeddings_key(corpus.id, settings.component, embedder_of(settings))


def cosine(corpus: Corpus, settings: NearCopies, progress: Progress) -> CopyForest:
    """The pairs of a component whose vectors' cosine reaches the rung's floor, as :func:`similar_vectors`.

    Raises :class:`FeatureMissing` where the component is not embedded with the embedder of the settings.
    """
    embedder = embedder_of(settings)
    vectors = load_embeddings(CorpusText(corpus, settings.component), embedder)
    if vectors is None:
        command = f"python -m core embed CORPUS --component {settings.component} --embedder {embedder}"
        raise FeatureMissing(
            "embeddings",
            remedy=f"Embed this component on the Clusters page, or run: {command}",
            component=settings.component,
        )
    return similar_vectors(vectors, least=RUNGS["cosine"].least, device=devices.pick(), progress=progress)


@devices.full_precision()
def similar_vectors(
    vectors: NDArray[np.float32], *, least: float, device: str = "cpu", progress: Progress = silent
) -> CopyForest:
    """The forest of pairs of unit ``vectors`` (rows, d) whose cosine is at least ``least``; exact.

    All pairs are compared in blocks, in single precision on the device; those near ``least`` and above are computed
    again in double precision, so that neither blocks nor threads decide. O(rows² · d): twice the rows take four times
    as long. Vectors of length 0 have no copies.
    """
    grown = GrowingForest(len(vectors))
    step = min(devices.block_rows(width=ACROSS, device=device), 4_096)
    for start in range(0, len(vectors), step):
        block = slice(start, min(start + step, len(vectors)))
        for left in range(start, len(vectors), ACROSS):
            other = slice(left, min(left + ACROSS, len(vectors)))
            first, second = _near(vectors, block, other, least - MARGIN, device)
            later = second > first
            _add_exact(vectors, first[later], second[later], least, grown)
        done = 1 - (1 - block.stop / len(vectors)) ** 2  # of all pairs
        progress(round(done * len(vectors)), len(vectors), "rows compared with all others")
    return grown.forest()


def _near(vectors: Array, block: slice, other: slice, floor: float, device: str) -> tuple[Array, Array]:
    """Positions of the pairs of two blocks whose product is at least ``floor``."""
    if device == "cpu":
        first, second = np.nonzero(np.asarray(vectors[block]) @ np.asarray(vectors[other]).T >= np.float32(floor))
    else:
        import torch

        pair = [torch.from_numpy(np.array(vectors[rows])).to(device) for rows in (block, other)]
        first, second = (where.cpu().numpy() for where in (pair[0] @ pair[1].T >= floor).nonzero(as_tuple=True))
    return first + block.start, second + other.start


def _add_exact(vectors: Array, first: Array, second: Array, least: float, grown: GrowingForest) -> None:
    """Add the pairs whose cosine in double precision is at least ``least``."""
    for at in range(0, len(first), 65_536):
        part = slice(at, at + 65_536)
        one, other = (np.asarray(vectors[rows[part]], dtype=np.float64) for rows in (first, second))
        exact = np.einsum("ij,ij->i", one, other).clip(max=1.0).astype(np.float32)
        near = exact >= np.float32(least)
        grown.add(first[part][near], second[part][near], exact[near])
