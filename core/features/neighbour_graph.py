"""The nearest rows of every row by cosine, exact, computed by shards and stored: made once, read by all that needs it.

Reading cards look rows up in it; maps and clusters by UMAP take their neighbours from it; near-copies by cosine are the
pairs in it, so long as no row has more copies than it has neighbours here.
"""

from __future__ import annotations

import shutil

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.corpus.corpus_text import CorpusText
from core.errors import FeatureMissing
from core.features.array_file import concatenate_files
from core.features.embedders import default_embedder
from core.features.embedding import embeddings_key, load_embeddings
from core.progress import Progress, silent
from core.shards import registry
from core.shards.engine import Engine, engine
from core.shards.run import run_shards
from core.shards.shard import cut
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

VERSION = 1
NEAR = 32  # neighbours that are kept of each row: 400 bytes a row
SHARD = 8_192  # rows that look for their neighbours in one shard
Graph = tuple[NDArray[np.int64], NDArray[np.float32]]  # positions and cosines, (rows, k) each


def graph_key(text: CorpusText, embedder: str | None = None) -> str:
    """The artefact's key: the vectors."""
    return key_of_vectors(embeddings_key(text.corpus_id, text.component, embedder))


def key_of_vectors(vectors: str) -> str:
    """The key of the graph of the vectors whose own key is ``vectors``."""
    return digest(["neighbour-graph", VERSION, vectors])


def load_graph(text: CorpusText, embedder: str | None = None) -> Graph | None:
    """Positions and cosines, (rows, k) each, as :func:`compute_graph` gives them; None where it is not computed."""
    return graph_of_vectors(text.workspace, embeddings_key(text.corpus_id, text.component, embedder))


def graph_of_vectors(workspace: Workspace, vectors: str) -> Graph | None:
    """The same for the vectors whose key is ``vectors``, whatever their settings are."""
    key = key_of_vectors(vectors)
    return _arrays(workspace.open("features", key)) if workspace.has("features", key) else None


def self_first(graph: Graph, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
    """Positions and cosine distances, (rows, ``count``) each, as UMAP counts: each row first, at distance 0.

    None where the graph has fewer than ``count`` − 1 neighbours of a row.
    """
    positions, cosines = graph
    if count - 1 > positions.shape[1]:
        return None
    near = np.empty((len(positions), count), dtype=np.int32)
    near[:, 0] = np.arange(len(positions))
    near[:, 1:] = positions[:, : count - 1]
    distances = np.zeros((len(positions), count), dtype=np.float32)
    np.subtract(1, cosines[:, : count - 1], out=distances[:, 1:])
    return near, distances


def compute_graph(text: CorpusText, embedder: str | None = None, *, progress: Progress = silent) -> Graph:
    """Positions and cosines, (rows, k) each, of the :data:`NEAR` rows nearest to each row, without itself.

    Nearest first, ties by position; cosines are computed in double precision and rounded, so that neither shards nor
    threads decide. Exact: O(rows² · d), so twice the rows take four times as long. Every shard compares its own rows
    with all others, a block at a time, and keeps the nearest so far. Raises :class:`FeatureMissing` where the component
    is not embedded.
    """
    key = graph_key(text, embedder)
    if not text.workspace.has("features", key):
        _compute(text, embedder, key, progress)
    return _arrays(text.workspace.open("features", key))


def _compute(text: CorpusText, embedder: str | None, key: str, progress: Progress) -> None:
    vectors = load_embeddings(text, embedder)
    vectors_key = embeddings_key(text.corpus_id, text.component, embedder)
    if vectors is None:
        raise FeatureMissing(
            "embeddings",
            remedy=f"Embed this component first: python -m core embed CORPUS --component {text.component} "
            f"--embedder {embedder or default_embedder()}",
            component=text.component,
        )
    chosen, device = engine() if engine().takes(len(text)) else Engine(kind="one"), devices.pick()
    parts = chosen.shards or -(-len(text) // min(SHARD, chosen.most_rows))
    folders = run_shards(
        registry.NEIGHBOURS,
        cut(
            path=str(text.workspace.open("features", vectors_key).path("embeddings.npy")),
            content=vectors_key,
            length=len(text),
            count=parts,
        ),
        {"count": NEAR, **({} if device == "cpu" else {"device": device})},
        home=text.workspace.home / "partial" / key,
        engine=chosen,
        progress=progress,
        note="rows compared with all others",
        on_device=device != "cpu",
    )
    manifest = {
        "feature": "neighbour-graph", "version": VERSION, "corpus": text.corpus_id, "component": text.component,
        "rows": len(text), "embedder": embedder or default_embedder(), "count": NEAR, "shards": len(folders),
        "engine": str(chosen),
    }  # fmt: skip
    with text.workspace.create("features", key, manifest) as folder:
        for name in ("positions", "cosines"):
            concatenate_files(folder / f"{name}.npy", folders, name)
    shutil.rmtree(text.workspace.home / "partial" / key, ignore_errors=True)


def _arrays(artefact: Artefact) -> Graph:
    return artefact.array("positions"), artefact.array("cosines")
