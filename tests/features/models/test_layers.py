"""Vectors from the bottom of a model: means over a row's own tokens, without padding, equal to a loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.features.models.files import find_model
from core.features.models.layers import compute_layer_vectors, embedding_matrix, load_layer_vectors
from tests.devices import DEVICES


def test_the_embedding_matrix_is_read_without_the_rest(models):
    model = AutoModelForCausalLM.from_pretrained(models["first"], dtype=torch.float32)
    np.testing.assert_array_equal(
        embedding_matrix(find_model(models["first"])), model.get_input_embeddings().weight.detach().numpy()
    )


@pytest.mark.parametrize("limit", [512, 7])
def test_embedding_means_equal_a_loop(models, made, limit):
    _, corpus = made
    files = find_model(models["first"])
    vectors = compute_layer_vectors(CorpusText(corpus, "response"), files, max_tokens=limit)
    tokenizer = AutoTokenizer.from_pretrained(models["first"])
    weight = AutoModelForCausalLM.from_pretrained(models["first"], dtype=torch.float32).get_input_embeddings().weight
    for row, text in enumerate(corpus.text("response")):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"][:limit]
        wanted = weight[ids].mean(0).detach().numpy() if ids else np.zeros(weight.shape[1])
        np.testing.assert_allclose(vectors[row], wanted, atol=1e-5)
    assert load_layer_vectors(CorpusText(corpus, "response"), files) is None or limit == 512


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("layers", [1, 3, 4])
def test_states_of_the_first_layers_equal_one_row_at_a_time(models, made, layers, device):
    _, corpus = made
    files = find_model(models["first"])
    vectors = compute_layer_vectors(CorpusText(corpus, "response"), files, layers=layers, max_tokens=100, device=device)
    model = AutoModelForCausalLM.from_pretrained(models["first"], dtype=torch.float32).eval().base_model
    model.layers = model.layers[:layers]
    tokenizer = AutoTokenizer.from_pretrained(models["first"])
    for row in range(0, len(corpus), 4):
        ids = tokenizer(corpus.text("response")[row], add_special_tokens=False)["input_ids"][:100]
        if not ids:
            assert not vectors[row].any()
            continue
        with torch.no_grad():
            wanted = model(torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
        np.testing.assert_allclose(vectors[row], wanted, atol=1e-3)


def test_more_layers_than_there_are_is_refused(models, made):
    _, corpus = made
    with pytest.raises(InputError, match="has 4 layers, not 9"):
        compute_layer_vectors(CorpusText(corpus, "response"), find_model(models["first"]), layers=9)
