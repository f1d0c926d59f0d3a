"""The rung by meaning: rows whose stored vectors point in nearly the same direction, compared in blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.curation.near_copies.forest import CopyForest
from core.curation.near_copies.settings import RUNGS, NearCopies
from core.curation.near_copies.spanning import GrowingForest, read_forest, save_forest
from core.errors import FeatureMissing
from core.features.embedders import default_embedder
from core.features.embedding import embeddings_key, load_embeddings
from core.features.neighbour_graph import Graph, graph_of_vectors
from core.progress import Progress, silent
from core.shards import registry
from core.shards.engine import engine
from core.shards.run import run_shards
from core.shards.shard import cut
from core.shards.work import ShardWork

MARGIN = 1e-4  # how far a product in single precision may lie below the exact one
ACROSS = 8_192  # rows that a block is compared with at once
SHARD = 8_192  # rows of a shard
READ = 65_536  # rows of the graph that are read at once
Array = NDArray[Any]


def embedder_of(settings: NearCopies) -> str:
    """The embedder whose vectors the rung reads: the named one, or the default of this machine."""
    return settings.embedder or default_embedder()


def vectors_key(corpus: Corpus, settings: NearCopies) -> str:
    """The key of the vectors that the rung reads."""
    return embeddings_key(corpus.id, settings.component, embedder_of(settings))


def cosine(corpus: Corpus, settings: NearCopies, home: Path, progress: Progress) -> CopyForest:
    """The pairs of a component whose vectors' cosine reaches the rung's floor, as :func:`similar_vectors`.

    Where the exact graph of all rows is stored, most pairs are read from it (:func:`pairs_of_graph`); otherwise those
    of a large corpus are found by shards (:func:`core.shards.engine.engine`). All ways give the same to the bit. Raises
    :class:`FeatureMissing` where the component is not embedded with the embedder of the settings.
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
    least, device, chosen = RUNGS["cosine"].least, devices.pick(), engine()
    key = vectors_key(corpus, settings)
    graph = graph_of_vectors(corpus.workspace, key)
    if graph is not None and vectors.dtype == np.float32:
        return pairs_of_graph(vectors, graph, least=least, device=device, progress=progress)
    if not chosen.takes(len(corpus)):
        return similar_vectors(vectors, least=least, device=device, progress=progress)
    path = str(corpus.workspace.open("features", key).path("embeddings.npy"))
    most = min(SHARD, chosen.most_rows)
    grown = GrowingForest(len(vectors))
    for folder in run_shards(
        registry.COMPARE_VECTORS,
        cut(path=path, content=key, length=len(vectors), count=chosen.shards or -(-len(vectors) // most)),
        {"least": least, "device": device},
        home=home,
        engine=chosen,
        progress=progress,
        note="rows compared with all others",
        on_device=device != "cpu",
    ):
        grown.add(*read_forest(folder))
    return grown.forest()


def compare_rows(work: ShardWork) -> None:
    """The forest of the pairs of a shard's rows with all rows after them; settings: least, device.

    The shard's path is a ``.npy`` of unit vectors (all rows, d), which is mapped. Writes first, second, similarity.
    """
    vectors = np.load(work.shard.path, mmap_mode="r", allow_pickle=False)
    grown = GrowingForest(len(vectors))
    _compare(
        vectors, range(work.shard.start, work.shard.stop), grown,
        least=float(work.settings["least"]), device=str(work.settings["device"]), progress=work.progress,
    )  # fmt: skip
    save_forest(work, grown.forest())


def pairs_of_graph(
    vectors: NDArray[np.float32],
    graph: Graph,
    *,
    least: float,
    device: str = "cpu",
    progress: Progress = silent,
) -> CopyForest:
    """The forest of :func:`similar_vectors`, the same to the bit, mostly read from the nearest rows of every row.

    A pair is in the graph unless both of its rows have as many copies as the graph keeps neighbours; only such rows
    are compared with one another. O(rows · neighbours), and O(crowded rows² · d).
    """
    positions, cosines = graph
    grown = GrowingForest(len(vectors))
    rows, near = len(vectors), positions.shape[1]
    crowded = np.zeros(rows, dtype=bool)
    for start in range(0, rows, READ):
        block = slice(start, min(start + READ, rows))
        close = np.asarray(cosines[block]) >= least - MARGIN  # (block, near)
        crowded[block] = close.all(axis=1) & (near < rows - 1)
        one, place = np.nonzero(close)
        other = np.asarray(positions[block])[one, place]
        one = one + start
        _add_exact(vectors, np.minimum(one, other), np.maximum(one, other), least, grown)
        progress(block.stop, rows, "rows' neighbours read")
    among = np.flatnonzero(crowded)
    if len(among) > 1:
        some = GrowingForest(len(among))
        _compare(np.asarray(vectors[among]), range(len(among)), some, least=least, device=device, progress=progress)
        forest = some.forest()
        grown.add(among[forest.first], among[forest.second], forest.similarity)
    return grown.forest()


def similar_vectors(
    vectors: NDArray[np.float32], *, least: float, device: str = "cpu", progress: Progress = silent
) -> CopyForest:
    """The forest of pairs of unit ``vectors`` (rows, d) whose cosine is at least ``least``; exact.

    All pairs are compared in blocks, in single precision on the device; those near ``least`` and above are computed
    again in double precision, so that neither blocks nor threads decide. O(rows² · d): twice the rows take four times
    as long. Vectors of length 0 have no copies.
    """
    grown = GrowingForest(len(vectors))
    _compare(vectors, range(len(vectors)), grown, least=least, device=device, progress=progress)
    return grown.forest()


@devices.full_precision()
def _compare(
    vectors: Array, rows: range, grown: GrowingForest, *, least: float, device: str, progress: Progress
) -> None:
    """Add the pairs of ``rows`` with all rows after them."""
    step = min(devices.block_rows(width=ACROSS, device=device), 4_096)
    pairs, done = sum(len(vectors) - row for row in (rows.start, rows.stop - 1)) * len(rows) / 2, 0.0
    for start in range(rows.start, rows.stop, step):
        block = slice(start, min(start + step, rows.stop))
        for left in range(start, len(vectors), ACROSS):
            other = slice(left, min(left + ACROSS, len(vectors)))
            first, second = _near(vectors, block, other, least - MARGIN, device)
            later = second > first
            _add_exact(vectors, first[later], second[later], least, grown)
        done += (block.stop - start) * (len(vectors) - (start + block.stop - 1) / 2)
        progress(round(min(1.0, done / max(pairs, 1.0)) * len(rows)), len(rows), "rows compared with all others")


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
