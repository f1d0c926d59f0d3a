"""Vectors from a user's file become the embeddings that strategies and metrics read."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.joining import join_lines
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError
from core.features.clusters import compute_clusters
from core.features.embedding import compute_embeddings, load_embeddings
from core.features.own_vectors import attach_vectors, given_embedders
from core.features.vector_files import VectorFile, read_vectors
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace

WIDTH = 6

pytestmark = pytest.mark.usefixtures("no_worker", "carried_embedder")


def vectors_of(count: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32)


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def test_every_kind_of_file_gives_the_same_vectors() -> None:
    wanted = vectors_of(5)
    lists = wanted.tolist()
    jsonl = b"\n".join(json.dumps({"id": f"{at:016x}", "embedding": row}).encode() for at, row in enumerate(lists))
    head = "id," + ",".join(f"d{at}" for at in range(WIDTH))
    csv = "\n".join([head, *(f"{at:016x}," + ",".join(map(repr, row)) for at, row in enumerate(lists))]).encode()
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(wanted.ravel()), WIDTH)
    for name, data in (
        ("v.npy", npy(wanted.astype(np.float64))),
        ("v.jsonl", jsonl),
        ("v.csv", csv),
        ("v.parquet", parquet(id=[f"{at:016x}" for at in range(5)], vector=lists)),
        ("v.parquet", parquet(vector=fixed)),
    ):
        vectors = read_vectors(data, name=name)
        assert vectors.vectors.dtype == np.float32, name
        assert np.allclose(vectors.vectors, wanted, rtol=1e-6), name
        assert not len(vectors.broken), name
        assert vectors.ids is None or vectors.ids == [f"{at:016x}" for at in range(5)], name


def test_lines_without_a_usable_vector_are_numbered() -> None:
    rows = [[1.0, 2.0], None, [1.0], [float("nan"), 1.0], [3.0, None], [0.0, 1.0]]
    vectors = read_vectors(parquet(embedding=pa.array(rows, type=pa.list_(pa.float32()))), name="v.parquet")
    assert vectors.broken.tolist() == [2, 3, 4, 5]
    assert vectors.vectors.tolist() == [[1, 2], [0, 0], [0, 0], [0, 0], [0, 0], [0, 1]]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("v.txt", b"1 2 3", "none of"),
        ("v.npy", b"nothing", "cannot be read"),
        ("v.npy", npy(np.arange(4.0)), "not hold an array of numbers"),
        ("v.npy", npy(np.array([["a", "b"]])), "not hold an array of numbers"),
        ("v.npy", npy(np.empty((0, 4))), "holds no vector"),
        ("v.parquet", parquet(id=["1"], text=["a"]), "holds no vectors"),
        ("v.parquet", parquet(one=[[1.0]], two=[[2.0]]), "several columns of lists"),
    ],
)
def test_a_file_that_cannot_serve_says_why(name: str, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_vectors(data, name=name)


def test_a_usual_name_says_more_than_the_form_of_another_column() -> None:
    texts = [json.dumps(row) for row in vectors_of(3).tolist()]
    data = parquet(embedding=texts, spans=[[1, 2], [3, 4], [5, 6]])
    assert np.array_equal(read_vectors(data, name="v.parquet").vectors, vectors_of(3))


def test_an_array_of_objects_is_never_unpickled() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}, {"b": 2}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="cannot be read"):
        read_vectors(buffer.getvalue(), name="v.npy")


def test_rows_get_their_own_line_at_unit_length(workspace: Workspace, corpus: Corpus) -> None:
    given = vectors_of(60)
    made = attach_vectors(workspace, corpus, "response", read_vectors(npy(given), name="v.npy"), label="my model!")
    assert made.embedder == "own:my-model"
    assert (made.matched, made.missing, made.broken) == (len(corpus), 0, 0)
    assert made.conflict == 1  # record 1 is the same row as record 0, and has another vector
    stored = load_embeddings(CorpusText(corpus, "response"), made.embedder)
    assert stored is not None
    first = join_lines(corpus, join="position", lines=60).first(len(corpus))
    for row, line in enumerate(first.tolist()):
        assert np.allclose(stored[row], given[line] / np.linalg.norm(given[line]), atol=1e-6)
    assert given_embedders(CorpusText(corpus, "response")) == [made.embedder]
    assert given_embedders(CorpusText(corpus, "instruction")) == []


def test_the_same_file_again_is_the_same_embedder_and_another_needs_a_name(
    workspace: Workspace, corpus: Corpus
) -> None:
    file = read_vectors(npy(vectors_of(60)), name="v.npy")
    once = attach_vectors(workspace, corpus, "response", file, label="mine")
    assert attach_vectors(workspace, corpus, "response", file, label="mine") == once
    with pytest.raises(InputError, match="other vectors named mine"):
        attach_vectors(
            workspace, corpus, "response", read_vectors(npy(vectors_of(60, seed=1)), name="v.npy"), label="mine"
        )


def test_rows_that_are_missing_or_broken_are_left_out_by_strategies_and_counted(
    workspace: Workspace, corpus: Corpus
) -> None:
    ids = [show_id(int(row)) for row in corpus.ids[:40]]
    vectors = vectors_of(40)
    vectors[7] = np.inf
    file = VectorFile(vectors=np.where(np.isfinite(vectors), vectors, 0), ids=ids, broken=np.array([8]))
    made = attach_vectors(workspace, corpus, "response", file, label="part", join="id")
    assert (made.matched, made.missing, made.lines) == (39, len(corpus) - 39, (8,))
    choice = FeatureSettings(embedder=made.embedder)
    recipe = Recipe(corpus=corpus.id, strategy="kcenter", size=10, choice=choice.as_dict())
    built = build(workspace, recipe)
    assert len(built.ids) == 10
    assert set(built.ids.tolist()) <= set(corpus.ids[:40].tolist()) - {int(corpus.ids[7])}
    assert built.plan.outside["all-zero vector"] == len(corpus) - 39
    assert built.recipe.features["embeddings"]


def test_texts_without_vectors_in_the_file_are_not_embedded_by_guess(workspace: Workspace, corpus: Corpus) -> None:
    attach_vectors(workspace, corpus, "response", read_vectors(npy(vectors_of(60)), name="v.npy"), label="mine")
    with pytest.raises(InputError, match="came from a file"):
        compute_embeddings(CorpusText(corpus, "instruction"), "own:mine")


def test_a_file_of_zeros_is_refused(workspace: Workspace, corpus: Corpus) -> None:
    with pytest.raises(InputError, match="all zero or broken"):
        attach_vectors(workspace, corpus, "response", read_vectors(npy(np.zeros((60, 3))), name="v.npy"), label="none")


def test_tags_are_still_read_by_a_model_of_this_machine() -> None:
    assert FeatureSettings(embedder="own:mine").tagging.embedder is None


def test_own_vectors_are_projected_and_clustered_like_any(workspace: Workspace, corpus: Corpus) -> None:
    centres = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    given = centres + 0.05 * np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    made = attach_vectors(workspace, corpus, "response", read_vectors(npy(given), name="v.npy"), label="mine")
    choice = FeatureSettings(embedder=made.embedder, min_cluster_size=8, neighbors=5)
    clusters = compute_clusters(CorpusText(corpus, "response"), choice.clustering)
    line = join_lines(corpus, join="position", lines=60).first(len(corpus))
    clustered = clusters.labels >= 0
    assert clustered.sum() > 40
    pairs = {(int(label), int(at) // 20) for label, at in zip(clusters.labels[clustered], line[clustered], strict=True)}
    assert len(pairs) == len(clusters.sizes) == 3
