"""Weighted hidden states, and gradients of several checkpoints: each equal to the definition, row by row."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.features.embedders import embedder_title, fetch_embedder
from core.features.embedding import compute_embeddings, load_embeddings
from core.features.gradients.checkpoints import joined_vectors, rate_shares, variance_of_gradients
from core.features.gradients.settings import VectorSettings, vectors_name
from core.features.gradients.store import compute_vectors
from core.features.models.files import find_model
from core.features.own_vectors import given_embedders
from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.progress import silent
from core.view import View
from core.workbench.tasks.model_vectors import make_vectors, vectors_request
from tests.devices import DEVICES


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ["first", "bare"])
def test_states_equal_a_sum_over_tokens_of_one_row(models, made, name, device):
    _, corpus = made
    text = CorpusText(corpus, "both")
    settings = VectorSettings(kind="states", max_tokens=40, precision="float32")
    vectors = compute_vectors(text, find_model(models[name]), settings, device=device).array("embeddings")
    model = AutoModelForCausalLM.from_pretrained(models[name], dtype=torch.float32).eval().base_model
    tokenizer = AutoTokenizer.from_pretrained(models[name])
    for row in range(0, len(corpus), 3):
        ids = tokenizer(text.texts[row], add_special_tokens=False)["input_ids"][:40]
        begin = [0] if name == "first" else []
        with torch.no_grad():
            states = model(torch.tensor([begin + ids])).last_hidden_state[0][len(begin) :].numpy()
        wanted = sum((t + 1) * state for t, state in enumerate(states)) / sum(range(1, len(ids) + 1))
        np.testing.assert_allclose(vectors[row], wanted / np.linalg.norm(wanted), atol=2e-3)


def test_joined_checkpoints_have_the_weighted_mean_of_their_cosines(models, made):
    _, corpus = made
    text = CorpusText(corpus, "response")
    settings = VectorSettings(dimensions=64, rank=2, max_tokens=48, precision="float32")
    parts = [compute_vectors(text, find_model(models[name]), settings) for name in ("first", "second")]
    shares = rate_shares([3e-5, 1e-5], checkpoints=2)
    name = joined_vectors(text, parts, shares).manifest["embedder"]["name"]
    joined = load_embeddings(text, name)
    units = [load_embeddings(text, part.manifest["embedder"]["name"]) for part in parts]
    for one, other in ((0, 1), (3, 9), (20, 20)):
        wanted = sum(share * float(unit[one] @ unit[other]) for share, unit in zip((0.75, 0.25), units, strict=True))
        assert float(joined[one] @ joined[other]) == pytest.approx(wanted, abs=2e-3)
    assert name != joined_vectors(text, parts, rate_shares([], checkpoints=2)).manifest["embedder"]["name"]
    assert joined_vectors(text, parts, shares).manifest["embedder"]["name"] == name, "made once"
    raw = [part.array("embeddings").astype(float) * part.array("norms").astype(float)[:, None] for part in parts]
    np.testing.assert_allclose(variance_of_gradients(parts), np.var(np.stack(raw), axis=0).sum(axis=1), rtol=1e-6)
    for rates in ([1.0], [1.0, 0.0], [1.0, float("nan")]):
        with pytest.raises(InputError):
            rate_shares(rates, checkpoints=2)


def test_the_job_gives_an_embedder_and_columns_that_every_page_reads(models, made):
    workspace, corpus = made
    asked = {"dimensions": 32, "rank": 2, "max_tokens": 48, "precision": "float32"}
    request = vectors_request(
        corpus.id, model=models["first"], checkpoints=[models["second"]], rates=[2.0, 1.0], **asked
    )
    done = make_vectors(workspace, request, silent)
    text = CorpusText(corpus, "response")
    assert done["embedder"] in given_embedders(text) and done["dimensions"] == 64
    assert sorted(done["columns"].values()) == ["tracin_self@first", "tracin_self@second", "vog@first"]
    norms = compute_vectors(text, find_model(models["first"]), VectorSettings.of(request)).array("norms")
    np.testing.assert_allclose(corpus.column("tracin_self@first"), norms.astype(float) ** 2, rtol=1e-6)
    assert make_vectors(workspace, request, silent) == done
    alone = vectors_name(find_model(models["first"]), VectorSettings.of(request))
    assert compute_embeddings(text, alone).shape == (len(corpus), 32)
    assert embedder_title(alone).startswith("gradients (adapters) of first-")
    with pytest.raises(InputError, match="Compute them on the Scores page"):
        fetch_embedder(alone)
    with pytest.raises(InputError, match="Hidden states are of one model"):
        make_vectors(workspace, {**request, "kind": "states"}, silent)


def test_rows_that_another_corpus_has_keep_their_vectors(models, made):
    from tests.corpora import corpus_of, records

    workspace, corpus = made
    files, settings = find_model(models["first"]), VectorSettings(kind="block", dimensions=16, precision="float32")
    old = compute_vectors(CorpusText(corpus, "response"), files, settings)
    rows = records(40)
    rows[4]["output"], rows[5]["output"], rows[6]["instruction"] = "a", "river " * 400, "walnut " * 400
    grown = corpus_of(workspace.home, [*rows, {"instruction": "Name a tree.", "output": "The walnut."}], name="grown")[
        1
    ]
    new = compute_vectors(CorpusText(grown, "response"), files, settings)
    assert new.manifest["rows_taken_over"] == len(corpus) and new.manifest["rows"] == len(corpus) + 1
    places = np.searchsorted(grown.ids, corpus.ids)
    np.testing.assert_array_equal(new.array("embeddings")[places], old.array("embeddings"))
    np.testing.assert_array_equal(new.array("norms")[places], old.array("norms"))
    assert np.isfinite(new.array("norms")).all()


def test_g_vendi_is_the_exponential_of_the_entropy_of_the_gradients_eigenvalues(models, made):
    _, corpus = made
    settings = VectorSettings(dimensions=24, rank=2, max_tokens=48, precision="float32")
    text, files = CorpusText(corpus, "response"), find_model(models["first"])
    compute_vectors(text, files, settings)
    gradients = load_embeddings(text, vectors_name(files, settings)).astype(np.float64)
    total = sum(np.outer(gradient, gradient) for gradient in gradients) / len(gradients)
    values = np.linalg.eigvalsh(total)
    wanted = np.exp(-sum(value * np.log(value) for value in values if value > 1e-12))
    view = View(corpus.ids, "response", {"embeddings": lambda: gradients.astype(np.float32)})
    assert measure("g_vendi", Measuring(view=view)).value == pytest.approx(wanted, rel=1e-5)
    assert 1 < wanted < 24
