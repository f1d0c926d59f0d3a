"""Gradients of single rows: equal to automatic differentiation of one row after another, whatever the batch."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel

from core.corpus.corpus_text import CorpusText
from core.errors import Cancelled, InputError
from core.features import chunks
from core.features.embedding import load_embeddings
from core.features.gradients import store
from core.features.gradients.projection import SparseProjection, drawn, places_and_signs
from core.features.gradients.row_gradients import RowGradients
from core.features.gradients.settings import VectorSettings, vectors_name
from core.features.gradients.store import compute_vectors, stored_vectors
from core.features.models import head as heads
from core.features.models.files import find_model
from tests.corpora import corpus_of, records
from tests.devices import DEVICES

LIMIT = 64
GOLDEN = [-0.521484, -0.153687, 0.50293, 0.125122, -0.168579, -0.405029, -0.225342, 0.438965]
LENGTHS = [0.928637, 1.436572, 0.732174, 0.702377, 3.488319]
SIGNS = [-1.0, 1.0, -1.0, 1.0, -1.0, 1.0]


def slow_gradient(folder: str, prompt: str, response: str, settings: VectorSettings) -> tuple[np.ndarray, float]:
    """One row, one backward pass, adapters as modules, and a dense projection made number by number."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    begin = [] if model.config.bos_token_id is None else [model.config.bos_token_id]
    answer = tokenizer(response, add_special_tokens=False)["input_ids"][: 3 * (LIMIT - len(begin)) // 4]
    room = LIMIT - len(begin) - len(answer)
    asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    ids = begin + (asked[-room:] if room else []) + answer
    first = max(1, len(ids) - len(answer))
    watched: dict[str, torch.nn.Parameter] = {}
    blocks = model.base_model.get_submodule("h" if model.config.model_type == "gpt2" else "layers")
    stem = "h" if model.config.model_type == "gpt2" else "layers"
    for number, block in enumerate(blocks):
        for inner, layer in block.named_modules():
            if not hasattr(layer, "weight") or layer.weight.dim() != 2:
                continue
            name = f"{stem}.{number}.{inner}"
            turned = type(layer).__name__ == "Conv1D"
            width, wide = layer.weight.shape if turned else layer.weight.shape[::-1]
            if settings.kind == "block":
                if number == len(blocks) - 1:
                    watched[name] = layer.weight
                continue
            bits = drawn(f"adapter {name}", settings.rank * width, seed=settings.seed)
            down = torch.tensor([1.0 if int(bit) % 2 else -1.0 for bit in bits]).reshape(settings.rank, width)
            up = torch.nn.Parameter(torch.zeros(wide, settings.rank))
            watched[name] = up

            def added(_, given, made, down=down / width**0.5, up=up):
                return made + given[0] @ down.T @ up.T

            layer.register_forward_hook(added)
    logits = model(torch.tensor([ids])).logits[0]
    told = torch.log_softmax(logits[first - 1 : -1], dim=1)[range(len(ids) - first), ids[first:]]
    gradients = dict(zip(watched, torch.autograd.grad(-told.mean(), list(watched.values())), strict=True))
    total = np.zeros(settings.dimensions)
    squared = 0.0
    for name, gradient in gradients.items():
        if model.config.model_type == "gpt2" and settings.kind == "block":
            gradient = gradient.T  # (out, in), as a linear layer has it
        places, signs = places_and_signs(name, gradient.numel(), dimensions=settings.dimensions, seed=settings.seed)
        dense = np.zeros((gradient.numel(), settings.dimensions))
        for weight, (place, sign) in enumerate(zip(places.tolist(), signs.tolist(), strict=True)):
            dense[weight, place] = sign
        flat = gradient.double().reshape(-1).numpy()
        total += flat @ dense
        squared += float(flat @ flat)
    return total / np.linalg.norm(total), squared**0.5


@pytest.fixture
def few(workspace, made):
    """Five of the rows: a very short response, two that are cut, two others."""
    rows = records(5)
    rows[1]["output"], rows[2]["output"], rows[3]["instruction"] = "a", "river " * 200, "walnut " * 200
    return corpus_of(workspace.home, rows, name="few")[1]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", ["adapters", "block"])
def test_each_row_equals_its_own_backward_pass(models, few, kind, device):
    settings = VectorSettings(kind=kind, dimensions=32, rank=3, seed=5, max_tokens=LIMIT, precision="float32")
    text = CorpusText(few, "response")
    made = compute_vectors(text, find_model(models["first"]), settings, device=device)
    vectors, norms = made.array("embeddings"), made.array("norms")
    assert vectors.dtype == np.float16 and vectors.shape == (5, 32)
    for row, (prompt, response) in enumerate(zip(few.text("instruction"), few.text("response"), strict=True)):
        wanted, size = slow_gradient(models["first"], prompt + "\n", response, settings)
        np.testing.assert_allclose(vectors[row], wanted, atol=2e-3)
        assert norms[row] == pytest.approx(size, rel=1e-3)
    loaded = load_embeddings(text, vectors_name(find_model(models["first"]), settings))
    assert loaded is not None and loaded.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(loaded, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("kind", ["adapters", "block"])
def test_a_model_whose_layers_hold_their_weights_turned_round_is_read_too(kind, models, few, tmp_path):
    torch.manual_seed(0)
    shape = {"vocab_size": 400, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 128, "bos_token_id": 0}
    GPT2LMHeadModel(GPT2Config(**shape, eos_token_id=None, initializer_range=0.3)).save_pretrained(tmp_path / "gpt")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "gpt" / name).write_bytes((find_model(models["first"]).folder / name).read_bytes())
    settings = VectorSettings(kind=kind, dimensions=16, rank=2, max_tokens=LIMIT, precision="float32")
    made = compute_vectors(CorpusText(few, "response"), find_model(str(tmp_path / "gpt")), settings, device="cpu")
    prompt, response = few.text("instruction")[0] + "\n", few.text("response")[0]
    wanted, _ = slow_gradient(str(tmp_path / "gpt"), prompt, response, settings)
    np.testing.assert_allclose(made.array("embeddings")[0], wanted, atol=2e-3)


def test_batches_pieces_and_a_model_read_whole_give_the_same_vectors(models, made, monkeypatch):
    workspace, corpus = made
    text, files = CorpusText(corpus, "response"), find_model(models["first"])
    settings = VectorSettings(dimensions=64, rank=4, max_tokens=48, precision="float32")
    first = compute_vectors(text, files, settings)
    vectors, norms = np.array(first.array("embeddings")), np.array(first.array("norms"))
    monkeypatch.setattr(chunks, "CHUNK_TOKENS", 300)
    for changed in ({"block_rows": lambda **_: 1}, {"block_rows": lambda **_: 4_000}):
        shutil.rmtree(workspace.home / "features")
        monkeypatch.setattr(chunks, "block_rows", changed["block_rows"])
        again = compute_vectors(text, files, settings)
        np.testing.assert_allclose(again.array("embeddings"), vectors, atol=2e-3)
        np.testing.assert_allclose(again.array("norms"), norms, rtol=1e-3)
    shutil.rmtree(workspace.home / "features")
    monkeypatch.setattr(heads, "_configured", lambda causal: None)
    monkeypatch.setattr(heads, "_HEADS", {})
    np.testing.assert_allclose(compute_vectors(text, files, settings).array("embeddings"), vectors, atol=2e-3)


def test_stopped_work_goes_on_and_the_model_is_as_it_was(models, made, monkeypatch):
    _, corpus = made
    text, files = CorpusText(corpus, "response"), find_model(models["first"])
    settings = VectorSettings(kind="block", dimensions=16, max_tokens=48, precision="float32")
    monkeypatch.setattr(chunks, "CHUNK_TOKENS", 200)
    read: list[int] = []
    original = RowGradients.of

    def counted(self, inputs, starts):
        read.append(len(inputs))
        return original(self, inputs, starts)

    monkeypatch.setattr(RowGradients, "of", counted)

    def stop(done, total, note=""):
        if sum(read) > 10:
            raise Cancelled

    with pytest.raises(Cancelled):
        compute_vectors(text, files, settings, progress=stop)
    before = sum(read)
    made_vectors = compute_vectors(text, files, settings)
    assert 10 < before < 40 and sum(read) == len(corpus)
    assert all(weight.requires_grad for weight in store.load_causal(files, precision="float32").model.parameters())
    assert np.isfinite(made_vectors.array("norms")).all() and made_vectors.manifest["tokens_per_second"] > 0


def test_a_projection_keeps_inner_products_on_average():
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 3_000)).astype(np.float32)
    other = 0.6 * one + 0.8 * other
    told = []
    for seed in range(200):
        projection = SparseProjection(dimensions=64, seed=seed, device="cpu")
        sketches = torch.zeros(2, 64)
        for sketch, vector in zip(sketches, (one, other), strict=True):
            projection.add(sketch, torch.from_numpy(vector[:1_000]), name="a")
            projection.add(sketch, torch.from_numpy(vector[1_000:]), name="b")
        told.append(float(sketches[0] @ sketches[1]))
    sizes = float(np.linalg.norm(one) * np.linalg.norm(other))
    assert abs(np.mean(told) - one @ other) < 0.05 * sizes
    assert np.std(told) < sizes * (2 / 64) ** 0.5 * 1.1


def test_the_drawn_numbers_never_change():
    places, signs = places_and_signs("layers.0.mlp.up_proj", 6, dimensions=1_024, seed=0)
    assert places.tolist() == [343, 744, 547, 409, 754, 119] and signs.tolist() == SIGNS


def test_gradients_of_an_instruction_and_settings_out_of_range_are_refused(models, made):
    _, corpus = made
    with pytest.raises(InputError, match="not of its instruction"):
        compute_vectors(CorpusText(corpus, "instruction"), find_model(models["first"]), VectorSettings())
    for bad in ({"kind": "whole"}, {"dimensions": 4}, {"rank": 0}, {"max_tokens": 3}, {"precision": "half"}):
        with pytest.raises(InputError):
            VectorSettings.of(bad)
    assert stored_vectors(CorpusText(corpus, "response"), "model:block@none-0") is None


def test_golden_values_of_the_tiny_model(models, few):
    settings = VectorSettings(kind="block", dimensions=8, max_tokens=LIMIT, precision="float32")
    made = compute_vectors(CorpusText(few, "response"), find_model(models["first"]), settings, device="cpu")
    assert made.manifest["embedder"]["name"].startswith("model:block@first-")
    np.testing.assert_allclose(made.array("embeddings")[0].astype(float), GOLDEN, atol=2e-3)
    np.testing.assert_allclose(made.array("norms"), LENGTHS, rtol=1e-3)
