"""Features by shards equal those of one process: tokens, copies and neighbours to the bit, vectors to rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.store import find_copies, pairs_key
from core.features import neighbour_graph
from core.features.by_shards import neighbour_shards
from core.features.by_shards.neighbour_shards import nearest_of
from core.features.clusters import Clustering
from core.features.embedders import INSTANT
from core.features.embedding import compute_embeddings, embeddings_key
from core.features.gradients.settings import VectorSettings
from core.features.gradients.store import compute_vectors, stored_vectors
from core.features.models.files import find_model
from core.features.neighbour_graph import compute_graph, graph_key, load_graph, self_first
from core.features.projection import Projection, compute_layout, load_neighbours, uses_graph
from core.features.row_neighbours import row_neighbours
from core.features.tokens import compute_tokens, tokens_key
from core.row_positions import CorpusRow
from core.shards.engine import Engine, engine_of
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.devices import DEVICES
from tests.selection.pools import blobs

ONE = Engine(kind="one")


def here(shards: int) -> Engine:
    """Shards one after another in this process, which the tests of runners say is the same as anywhere."""
    return Engine(kind="one", shards=shards)


@pytest.fixture
def near(tmp_path: Path) -> Corpus:
    """A corpus in which some rows are copies of others with a word changed, in other shards than theirs."""
    rows = records(120)
    for place in range(40):
        rows[80 + place]["output"] = str(rows[place]["output"]) + (" again" if place % 2 else "")
    return corpus_of(tmp_path / "near", rows)[1]


def files_of(workspace: Workspace, key: str) -> dict[str, bytes]:
    """The bytes of an artefact's files but for its manifest, which says when it was made."""
    folder = workspace.folder("features", key)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def forget_map(workspace: Workspace, layout: str) -> None:
    """Remove a layout, and the neighbours that it was made from."""
    forget(workspace, layout)
    for key in workspace.keys("features"):
        if workspace.has("features", key) and workspace.open("features", key).manifest["feature"] == "neighbours":
            forget(workspace, key)


def forget(workspace: Workspace, key: str) -> None:
    """Remove an artefact as nobody does while the program runs."""
    for path in workspace.folder("features", key).iterdir():
        path.unlink()


@pytest.mark.parametrize("tokenizer", ["mistral-32k", "words"])
def test_tokens_are_the_same_to_the_byte(near: Corpus, tokenizer: str) -> None:
    text = CorpusText(near, "both")
    key = tokens_key(text.corpus_id, text.component, tokenizer)
    with engine_of(ONE):
        compute_tokens(text, tokenizer)
    expected = files_of(near.workspace, key)
    forget(near.workspace, key)
    with engine_of(Engine(kind="pool", processes=2, shards=5)):
        compute_tokens(text, tokenizer)
    assert files_of(near.workspace, key) == expected
    assert near.workspace.open("features", key).manifest["shards"] == 5
    assert not (near.workspace.home / "partial" / key).exists()


def test_vectors_agree_and_their_distinct_texts_are_counted_over_all_shards(near: Corpus) -> None:
    text = CorpusText(near, "response")
    key = embeddings_key(text.corpus_id, text.component, "instant")
    with engine_of(ONE):
        expected = np.array(compute_embeddings(text, "instant"))
    distinct = near.workspace.open("features", key).manifest["distinct_texts"]
    forget(near.workspace, key)
    with engine_of(here(3)):
        made = compute_embeddings(text, "instant")
    assert ((made * expected).sum(axis=1) >= 0.9999).all()
    manifest = near.workspace.open("features", key).manifest
    assert manifest["distinct_texts"] == distinct == len(set(text.texts)) < len(near)
    assert manifest["shards"] == 3


@pytest.mark.parametrize("rung", ["exact", "normalised", "same_instruction", "minhash", "cosine"])
@pytest.mark.parametrize("shards", [1, 4])
def test_near_copies_are_the_same_to_the_byte(near: Corpus, shards: int, rung: str) -> None:
    settings = NearCopies(rung=rung, component="response", embedder="instant" if rung == "cosine" else "")
    key = pairs_key(near, settings)
    with engine_of(ONE):
        if rung == "cosine":
            compute_embeddings(CorpusText(near, "response"), "instant")
        copies = find_copies(near, settings)
        assert len(copies.first) >= (0 if rung == "same_instruction" else 10)
    expected = files_of(near.workspace, key)
    forget(near.workspace, key)
    with engine_of(here(shards)):
        find_copies(near, settings)
    assert files_of(near.workspace, key) == expected
    assert not (near.workspace.home / "partial" / key).exists()


def test_a_worker_process_names_and_compares_as_this_one_does(near: Corpus) -> None:
    compute_embeddings(CorpusText(near, "response"), "instant")
    for settings in (
        NearCopies(component="response"),
        NearCopies(rung="cosine", component="response", embedder=INSTANT),
    ):
        key = pairs_key(near, settings)
        find_copies(near, settings)
        expected = files_of(near.workspace, key)
        forget(near.workspace, key)
        with engine_of(Engine(kind="pool", processes=1, shards=2)):
            find_copies(near, settings)
        assert files_of(near.workspace, key) == expected


@pytest.mark.parametrize("kept", [2, 32])
def test_copies_by_meaning_are_read_from_the_graph_to_the_byte(
    near: Corpus, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two neighbours kept, rows with more copies are compared with one another once more."""
    monkeypatch.setattr(neighbour_graph, "NEAR", kept)
    text, settings = CorpusText(near, "response"), NearCopies(rung="cosine", component="response", embedder=INSTANT)
    compute_embeddings(text, INSTANT)
    key = pairs_key(near, settings)
    copies = find_copies(near, settings)
    assert np.bincount(np.concatenate((copies.first, copies.second))).max() > 2
    expected = files_of(near.workspace, key)
    forget(near.workspace, key)
    compute_graph(text, INSTANT)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("all pairs were compared")

    monkeypatch.setattr("core.curation.near_copies.cosine.similar_vectors", refuse)
    if kept == 32:
        monkeypatch.setattr("core.curation.near_copies.cosine._near", refuse)
    find_copies(near, settings)
    assert files_of(near.workspace, key) == expected


def test_a_map_begins_with_the_neighbours_that_shards_found(near: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    text, projection = CorpusText(near, "response"), Projection(embedder=INSTANT, neighbors=6)
    compute_embeddings(text, INSTANT)
    plain = compute_layout(text, projection, dimensions=2)
    searched = [np.array(part) for part in load_neighbours(text, projection) or ()]
    assert not uses_graph(text, projection)
    forget_map(near.workspace, plain.key)
    with engine_of(here(5)):
        compute_graph(text, INSTANT)
    monkeypatch.setattr("core.features.projection.nearest_neighbours", None)  # nothing is searched
    again = compute_layout(text, projection, dimensions=2)
    read = load_neighbours(text, projection) or ()
    assert uses_graph(text, projection)
    assert (read[0][:, 0] == np.arange(len(near))).all() and not read[1][:, 0].any()
    np.testing.assert_allclose(read[1], searched[1], atol=1e-6)
    assert (read[0] == searched[0]).mean() > 0.99 or (np.diff(searched[1], axis=1) < 1e-6).any()
    assert again.coordinates.shape == plain.coordinates.shape and again.method == "umap"


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("across", [13, 400])
def test_a_card_finds_the_neighbours_that_the_processor_finds(
    device: str, across: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbour_shards, "ACROSS", across)
    vectors = blobs(90, width=8)
    vectors[60:70] = vectors[:10]  # copies, whose order is that of their positions
    rows = np.arange(20, 75)
    expected = nearest_of(vectors, rows, count=9)
    exact = vectors[rows].astype(np.float64) @ vectors.T.astype(np.float64)
    exact[np.arange(len(rows)), rows] = -np.inf
    slow = np.argsort(-exact.astype(np.float32), axis=1, kind="stable")[:, :9]
    assert expected[0].tolist() == slow.tolist()
    made = nearest_of(vectors, rows, count=9, device=device)
    sent = neighbour_shards._sent(vectors, rows, vectors[rows], 17, device)
    assert made[0].tolist() == expected[0].tolist() and np.array_equal(made[1], expected[1])
    assert all(set(row) <= set(near) for row, near in zip(slow.tolist(), sent.tolist(), strict=True))


def test_a_graph_with_too_few_neighbours_is_passed_over() -> None:
    positions, cosines = np.array([[1, 2], [0, 2], [1, 0]]), np.ones((3, 2), dtype=np.float32)
    assert self_first((positions, cosines), 4) is None
    made = self_first((positions, cosines), 3)
    assert made is not None and made[0].tolist() == [[0, 1, 2], [1, 0, 2], [2, 1, 0]]


def test_neighbours_are_exact_in_any_number_of_shards_and_a_row_looks_them_up(
    near: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.features.by_shards.neighbour_shards.ACROSS", 50)  # of this process
    text = CorpusText(near, "response")
    vectors = np.array(compute_embeddings(text, "instant"), dtype=np.float64)
    cosine = vectors @ vectors.T
    np.fill_diagonal(cosine, -np.inf)
    exact = np.lexsort((np.broadcast_to(np.arange(len(near)), cosine.shape), -cosine.astype(np.float32)), axis=1)
    row, settings = CorpusRow(3), Clustering(embedder="instant")
    looked = row_neighbours(near, row, component="response", clustering=settings)
    for chosen in (here(1), here(7)):
        with engine_of(chosen):
            positions, cosines = compute_graph(text, "instant")
        assert positions.tolist() == exact[:, : neighbour_graph.NEAR].tolist()
        np.testing.assert_allclose(cosines, np.take_along_axis(cosine, np.asarray(positions), axis=1), atol=1e-6)
        stored = load_graph(text, "instant")
        assert stored is not None and stored[0].shape == (len(near), neighbour_graph.NEAR)
        by_graph = row_neighbours(near, row, component="response", clustering=settings)
        assert looked is not None and by_graph is not None
        assert by_graph.rows.tolist() == looked.rows.tolist()
        np.testing.assert_allclose(by_graph.cosines, looked.cosines, atol=1e-6)
        forget(near.workspace, graph_key(text, "instant"))


def test_gradients_agree(near: Corpus, models: dict[str, str]) -> None:
    text, files = CorpusText(near, "response"), find_model(models["first"])
    settings = VectorSettings(kind="adapters", dimensions=64, rank=2)
    with engine_of(ONE):
        expected = compute_vectors(text, files, settings)
    vectors, norms = (np.array(expected.array(name), dtype=np.float32) for name in ("embeddings", "norms"))
    tokens = expected.manifest["tokens"]
    forget(near.workspace, expected.key)
    with engine_of(here(2)):
        made = compute_vectors(text, files, settings)
    assert stored_vectors(text, str(made.manifest["embedder"]["name"])) is not None
    np.testing.assert_allclose(made.array("embeddings").astype(np.float32), vectors, atol=2e-3)
    np.testing.assert_allclose(made.array("norms"), norms, rtol=1e-3)
    assert made.manifest["tokens"] == tokens and made.manifest["shards"] == 2
