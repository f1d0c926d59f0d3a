"""Rows whose vectors nearly agree: the blocked search equals the slow one, whatever the blocks and threads."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from core import device
from core.corpus.row_ids import show_id
from core.curation.near_copies import cosine
from core.curation.near_copies.cosine import similar_vectors
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.store import find_copies, load_copies
from core.errors import FeatureMissing
from core.features.own_vectors import attach_vectors
from core.features.vector_files import VectorFile
from tests.corpora import corpus_of, records
from tests.curation.near_copies import groups_of_pairs


def vectors_of(rows: int, *, seed: int = 1) -> np.ndarray:
    """Unit vectors of which many lie close to another; two of length 0."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(rows // 4, 24))
    made = centres[draw.integers(0, len(centres), rows)] + draw.normal(size=(rows, 24)) * draw.choice(
        [0.0, 0.1, 0.3, 1.0], size=(rows, 1)
    )
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    made[[3, 5]] = 0
    return made.astype(np.float32)


@pytest.mark.parametrize("block", [1, 37, 4_096])
def test_groups_are_those_of_all_pairs(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = vectors_of(150)
    monkeypatch.setattr(cosine, "ACROSS", 2 * block + 3)
    with device.blocks_of(block), device.threads_of(1 if block == 37 else 2):
        forest = similar_vectors(vectors, least=0.8)
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    for threshold in (0.8, 0.9, 0.97, 1.0):
        every = combinations(range(len(vectors)), 2)
        near = [pair for pair in every if np.float32(exact[pair]) >= np.float32(threshold)]
        groups = forest.groups(threshold)
        assert groups.tolist() == groups_of_pairs(near, len(vectors)).tolist()
        assert groups[3] == groups[5] == -1
    assert len(forest.first) < len(vectors)


def test_the_rung_reads_the_vectors_of_its_embedder_and_component(tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records(80))
    asked = NearCopies(rung="cosine", component="response", embedder="own:mine")
    with pytest.raises(FeatureMissing, match="embed"):
        find_copies(corpus, asked)
    vectors = vectors_of(len(corpus))
    vectors[[3, 5]] = vectors[[7, 9]]
    own = VectorFile(vectors=vectors, ids=list(map(show_id, corpus.ids.tolist())), broken=np.empty(0, dtype=np.int64))
    attach_vectors(workspace, corpus, "response", own, label="mine")
    with pytest.raises(FeatureMissing, match="--rung cosine --component response --embedder own:mine"):
        load_copies(corpus, asked)
    find_copies(corpus, asked)
    groups = load_copies(corpus, asked).groups(0.999)
    assert groups[3] == groups[7] and groups[5] == groups[9]
    with pytest.raises(FeatureMissing):
        load_copies(corpus, NearCopies(rung="cosine", component="instruction", embedder="own:mine"))
