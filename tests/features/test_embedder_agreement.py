"""How far two embedders agree: counted pair by pair, kept, and absent where one is not there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.corpus.corpus_text import CorpusText
from core.features.embedder_agreement import distance_ranks, embedder_agreement, map_trust, nearest
from core.features.embedding import embeddings_key
from core.features.own_vectors import OWN
from core.features.projection import Projection
from core.workspace.artefacts import Workspace
from tests.features.conftest import SmallCorpus

FIRST, SECOND = Projection(embedder=f"{OWN}first"), Projection(embedder=f"{OWN}second")


def keep(workspace: Workspace, name: str, vectors: np.ndarray) -> None:
    manifest = {"feature": "embeddings", "distinct_texts": len(vectors)}
    with workspace.create("features", embeddings_key("c0ffee", "response", f"{OWN}{name}"), manifest) as folder:
        np.save(folder / "embeddings.npy", vectors)


def test_agreement_is_that_of_a_slow_count(workspace: Workspace, blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors = blobs[0]
    random = np.random.default_rng(3)
    other = vectors + 0.1 * random.normal(size=vectors.shape).astype(np.float32)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    text = CorpusText(SmallCorpus(workspace, "c0ffee", ("a",) * len(vectors)), "response")
    keep(workspace, "first", vectors)
    assert embedder_agreement(text, FIRST, SECOND) is None
    keep(workspace, "second", other)
    told = embedder_agreement(text, FIRST, SECOND)
    assert told is not None and told.rows == len(vectors) and told.trusted == (None, None)
    shared = 0
    for row in range(len(vectors)):
        lists = []
        for these in (vectors, other):
            apart = sorted((1 - float(these[row] @ these[at]), at) for at in range(len(these)) if at != row)
            lists.append({at for _, at in apart[:10]})
        shared += len(lists[0] & lists[1])
    assert told.overlap == pytest.approx(shared / (10 * len(vectors)), abs=0.002)
    assert told.chance == pytest.approx(10 / (len(vectors) - 1))
    every = [(at, to) for at in range(len(vectors)) for to in range(at)]
    whole = spearmanr([vectors[a] @ vectors[b] for a, b in every], [other[a] @ other[b] for a, b in every]).statistic
    assert told.spearman == pytest.approx(whole, abs=0.03)
    assert embedder_agreement(text, FIRST, SECOND) == told  # as it was kept
    assert embedder_agreement(text, FIRST, FIRST).overlap == 1


def test_neighbours_leave_out_the_row_itself_and_end_with_the_rows(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors = np.concatenate([blobs[0][:5], blobs[0][:1]])  # the last is a copy of the first
    near = nearest(vectors, np.arange(6))
    assert near.shape == (6, 5) and near[0, 0] == 5 and near[5, 0] == 0
    assert all(row not in near[row] for row in range(6))
    assert np.isnan(distance_ranks(vectors, vectors, np.zeros((4, 2), dtype=np.int64)))


def test_a_map_that_is_the_vectors_is_trusted_and_a_drawn_one_is_not(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors = blobs[0]
    whole, drawn = map_trust(vectors, vectors), map_trust(vectors, np.random.default_rng(0).random((len(vectors), 2)))
    assert whole is not None and drawn is not None and whole > 0.99 and drawn < 0.6
    assert map_trust(vectors[:12], vectors[:12]) is None
