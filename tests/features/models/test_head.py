"""The head on scored positions, in blocks: equal to the model's own logits, and never more of them than a block."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from transformers import CohereConfig, CohereForCausalLM, Gemma2Config, Gemma2ForCausalLM

from core.device import blocks_of
from core.features.models import head as heads
from core.features.models.causal import load_causal
from core.features.models.files import find_model
from core.features.models.head import head_of, log_probabilities, loss_gradient
from core.features.models.losses import LossReading, compute_losses
from tests.devices import DEVICES


def test_probabilities_and_their_gradient_equal_those_of_the_whole_model(models) -> None:
    causal = load_causal(find_model(models["first"]))
    ids = torch.arange(3, 40)[None]
    states = causal.model.base_model(input_ids=ids).last_hidden_state[0].detach()
    head = head_of(causal)
    assert head is not None
    weights = torch.linspace(0.1, 1.0, len(states) - 1)
    whole = states[:-1].clone().requires_grad_(True)
    told = torch.log_softmax(causal.model.lm_head(whole).float(), dim=1)[torch.arange(len(whole)), ids[0, 1:]]
    (-(weights * told).sum()).backward()
    for rows in (None, 1, 5):
        with blocks_of(rows or 1_000):
            ours = log_probabilities(causal, head, states[:-1], ids[0, 1:])
            gradient = loss_gradient(causal, head, states[:-1], ids[0, 1:], weights)
        torch.testing.assert_close(ours.float(), told.detach(), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(gradient, whole.grad, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["capped", "scaled"])
def test_a_cap_or_a_scale_of_the_logits_is_kept(kind: str, models, made, tmp_path) -> None:
    shape = {"vocab_size": 400, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    shape |= {"num_attention_heads": 2, "num_key_value_heads": 1, "initializer_range": 0.5, "bos_token_id": 0}
    torch.manual_seed(0)
    if kind == "capped":
        config = Gemma2Config(**shape, head_dim=8, final_logit_softcapping=2.0)
        Gemma2ForCausalLM(config).save_pretrained(tmp_path / "model")
    else:
        CohereForCausalLM(CohereConfig(**shape, logit_scale=0.25)).save_pretrained(tmp_path / "model")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "model" / name).write_bytes((find_model(models["first"]).folder / name).read_bytes())
    causal = load_causal(find_model(str(tmp_path / "model")))
    ids = torch.arange(5, 30)[None]
    with torch.no_grad():
        own = causal.model(input_ids=ids).logits[0]
        head = head_of(causal)
        assert head is not None
        torch.testing.assert_close(head(causal.model.base_model(input_ids=ids).last_hidden_state[0]), own)


@pytest.mark.parametrize("device", DEVICES)
def test_a_model_whose_logits_are_made_in_another_way_is_read_whole(models, made, monkeypatch, device) -> None:
    workspace, corpus = made
    files, reading = find_model(models["first"]), LossReading(given=True, max_tokens=96, precision="float32")
    quick = np.array(compute_losses(corpus, files, reading, device=device))
    monkeypatch.setattr(heads, "_configured", lambda causal: lambda states: states.new_zeros(len(states), 3))
    monkeypatch.setattr(heads, "_HEADS", {})
    manifest = next(a for a in corpus.workspace.list("features") if a.manifest.get("feature") == "losses").manifest
    assert (
        manifest["operations_a_scored_token"] == 2 * load_causal(files).vocabulary * 16
        and manifest["scored_tokens"] == quick[:, 0].sum()
    )
    shutil.rmtree(workspace.home / "features")
    whole = np.array(compute_losses(corpus, files, reading, device=device))
    np.testing.assert_allclose(whole, quick, atol=1e-4)
