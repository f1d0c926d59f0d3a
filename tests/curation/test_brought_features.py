"""What a model or a person gave the rows of an older version goes with them: losses, vectors and tags from files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import orjson
import pytest

from core.__main__ import main
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import Holdout, ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.curation.append import append_files
from core.errors import InputError
from core.features.embedding import compute_embeddings, load_embeddings
from core.features.models import losses
from core.features.models.files import find_model
from core.features.models.losses import LossReading, compute_losses, losses_key
from core.features.own_vectors import attach_vectors, given_embedders
from core.features.tags.own import TagFile, attach_tags
from core.features.tags.store import compute_decisions, compute_tags, load_tags
from core.features.tags.tagging import Tagging
from core.features.vector_files import VectorFile
from core.row_positions import places_of
from core.workbench.renewals import renewals
from core.workspace.artefacts import Workspace
from tests.corpora import records
from tests.tiny_models import tiny_model

ROWS = records(50, seed=11)
OWN = "own:mine"
OWN_TAGS = Tagging(tagger="own", model="mine", min_rows=1, synonyms="none", support=0)


def jsonl(name: str, rows: list[dict[str, object]]) -> object:
    return from_bytes(name, b"\n".join(map(orjson.dumps, rows)))


@pytest.fixture
def versions(workspace: Workspace) -> tuple[Corpus, Corpus]:
    """A corpus of 40 rows and the version that ten more made of it."""
    first = ingest(workspace, [jsonl("a.jsonl", ROWS[:40])], name="grown", holdout=Holdout(fraction=0))  # type: ignore[list-item]
    return first, append_files(first, [jsonl("b.jsonl", ROWS[40:])]).corpus  # type: ignore[list-item]


def bring_vectors(corpus: Corpus) -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(len(corpus), 6)).astype(np.float32)
    file = VectorFile(vectors=vectors, ids=corpus.ids.tolist(), broken=np.empty(0, dtype=np.int64))
    attach_vectors(corpus.workspace, corpus, "response", file, label="mine")
    return np.asarray(load_embeddings(CorpusText(corpus, "response"), OWN))


def test_losses_of_old_rows_are_taken_over_and_new_rows_get_those_they_have_alone(
    versions: tuple[Corpus, Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = versions
    files, reading = find_model(tiny_model(tmp_path / "model")), LossReading(given=True, max_tokens=48)
    old = np.array(compute_losses(first, files, reading))
    read: list[int] = []
    score = losses.score_rows
    monkeypatch.setattr(losses, "score_rows", lambda causal, inputs, starts: read.append(len(inputs)) or score(
        causal, inputs, starts))  # fmt: skip
    made = np.array(compute_losses(second, files, reading))
    assert sum(read) == len(second) - len(first)
    assert np.array_equal(made[places_of(first.ids, among=second.ids)], old, equal_nan=True)
    key = losses_key(second.id, files, reading)
    assert second.workspace.open("features", key).manifest["rows_taken_over"] == len(first)
    shutil.rmtree(second.workspace.home / "features")
    np.testing.assert_allclose(compute_losses(second, files, reading), made, rtol=1e-4)  # from nothing


def test_where_no_row_is_new_the_model_is_not_loaded(
    versions: tuple[Corpus, Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = versions
    files, reading = find_model(tiny_model(tmp_path / "model")), LossReading(given=False, max_tokens=48)
    whole = np.array(compute_losses(second, files, reading))
    monkeypatch.setattr(losses, "load_causal", lambda *given, **options: pytest.fail("the model was loaded"))
    assert np.array_equal(
        compute_losses(first, files, reading), whole[places_of(first.ids, among=second.ids)], equal_nan=True
    )


def test_own_vectors_go_with_the_old_rows_and_new_rows_have_none(versions: tuple[Corpus, Corpus]) -> None:
    first, second = versions
    old = bring_vectors(first)
    assert given_embedders(CorpusText(second, "response")) == []
    made = np.asarray(compute_embeddings(CorpusText(second, "response"), OWN))
    places = places_of(first.ids, among=second.ids)
    assert np.array_equal(made[places], old)
    assert not made[np.setdiff1d(np.arange(len(second)), places)].any()
    assert given_embedders(CorpusText(second, "response")) == [OWN]


def test_vectors_of_a_corpus_that_is_no_older_version_are_not_taken(workspace: Workspace) -> None:
    one = ingest(workspace, [jsonl("a.jsonl", ROWS[:40])], name="one")  # type: ignore[list-item]
    other = ingest(workspace, [jsonl("b.jsonl", ROWS[30:])], name="other")  # type: ignore[list-item]
    bring_vectors(one)
    attach_tags(CorpusText(one, "response"), TagFile(tags=[["x"]] * len(one), ids=one.ids.tolist()), label="mine")
    with pytest.raises(InputError, match="has none for these texts"):
        compute_embeddings(CorpusText(other, "response"), OWN)
    with pytest.raises(InputError, match="no tags named mine"):
        compute_tags(CorpusText(other, "response"), OWN_TAGS)


def test_own_tags_go_with_the_old_rows_and_new_rows_have_none(versions: tuple[Corpus, Corpus]) -> None:
    first, second = versions
    tags = [[f"t{row % 3}", f"u{row % 5}"] for row in range(len(first))]
    attach_tags(CorpusText(first, "response"), TagFile(tags=tags, ids=first.ids.tolist()), label="mine")
    made = compute_tags(CorpusText(second, "response"), OWN_TAGS)
    places = places_of(first.ids, among=second.ids)
    assert [made.of(place) for place in places.tolist()] == tags
    assert all(made.of(row) == [] for row in np.setdiff1d(np.arange(len(second)), places).tolist())


def test_what_was_brought_is_renewed_by_the_command_that_renews(
    versions: tuple[Corpus, Corpus], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = versions
    bring_vectors(first)
    attach_tags(CorpusText(first, "response"), TagFile(tags=[["x"]] * len(first), ids=first.ids.tolist()), label="mine")
    compute_decisions(CorpusText(first, "response"), OWN_TAGS)
    assert {line.feature for line in renewals(second) if line.task} == {"embeddings", "tags"}
    assert main(["versions", second.id, "--renew"]) == 0
    assert capsys.readouterr().out.count("computed: ") == 2
    assert renewals(second) == []
    assert load_tags(CorpusText(second, "response"), OWN_TAGS) is not None
