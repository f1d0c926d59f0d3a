"""Packed rows have the losses that they have alone, and nothing but learnt tokens is in the loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.training.encoding import CONTEXT
from core.training.fit import accelerated, optimizer_of, step_of
from core.training.packing import keeps_rows_apart, pack, token_losses
from core.training.plan import plan_training
from core.training.settings import ProxySettings
from tests.training.bases import PACKING, STATEFUL, drawn_model, drawn_rows, tiny_base


@pytest.mark.parametrize("kind", PACKING)
def test_packed_rows_have_the_losses_that_transformers_gives_each_alone(kind: str) -> None:
    model = drawn_model(kind, PACKING[kind])
    rows = drawn_rows([12, 5, 20, 3])
    marks = [kinds != CONTEXT for kinds in rows.kinds]
    with torch.inference_mode():
        packed = token_losses(model, rows.ids, marks, device="cpu").numpy()
        alone = []
        for ids, mark in zip(rows.ids, marks, strict=True):  # the slow twin: whole logits of one row, no packing
            logits = model(input_ids=torch.from_numpy(ids[None].astype(np.int64))).logits[0]
            told = torch.log_softmax(logits.float(), dim=-1)
            alone += [-float(told[place - 1, ids[place]]) for place in np.flatnonzero(mark)]
    np.testing.assert_allclose(packed, alone, rtol=1e-4, atol=1e-5)
    assert keeps_rows_apart(model, vocabulary=50, device="cpu")


@pytest.mark.parametrize("kind", STATEFUL)
def test_a_model_with_a_state_is_found_out_and_reads_rows_one_by_one(kind: str) -> None:
    assert not keeps_rows_apart(drawn_model(kind, STATEFUL[kind]), vocabulary=50, device="cpu")


def test_blocks_hold_every_row_once_and_no_more_than_fits() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, size=200)
    blocks = pack(lengths, capacity=64)
    assert sorted(np.concatenate(blocks).tolist()) == list(range(200))
    assert all(lengths[block].sum() <= 64 for block in blocks)
    assert sum(lengths) / (64 * len(blocks)) > 0.9, "first fit leaves less than a tenth empty"
    assert [len(block) for block in pack(lengths, capacity=0)] == [1] * 200
    assert pack(np.array([100, 3]), capacity=64)[0].tolist() == [0], "a row longer than a block is one of its own"


def test_a_step_follows_the_gradient_of_learnt_tokens_alone(tmp_path) -> None:
    """The twin: one row after the other through the whole model, labels -100 but for learnt tokens, summed by hand."""
    base = tiny_base(tmp_path)
    rows = drawn_rows([14, 9, 30, 6], vocabulary=base.causal.vocabulary)
    settings = ProxySettings(tokens=int(rows.learnt.sum()), learning_rate=1e-3, precision="float32", weight_decay=0.0)
    plan = plan_training(rows, settings, seed=0)
    assert len(plan.steps) == 1
    base.model.train()
    total = torch.zeros(())
    for ids, kinds in zip(rows.ids, rows.kinds, strict=True):
        tokens = torch.from_numpy(ids[None].astype(np.int64))
        labels = torch.where(torch.from_numpy(kinds != CONTEXT)[None], tokens, -100)
        total = total + base.model(input_ids=tokens, labels=labels).loss * int((kinds[1:] != CONTEXT).sum())
    (total / int(rows.learnt.sum())).backward()
    wanted = {name: weight.grad.clone() for name, weight in base.model.named_parameters()}
    base.restore()
    seen: dict[str, torch.Tensor] = {}
    optimizer = optimizer_of(base, settings)
    for name, weight in base.model.named_parameters():
        weight.register_post_accumulate_grad_hook(lambda leaf, name=name: seen.__setitem__(name, leaf.grad.clone()))
    loss = step_of(base, rows, plan.steps[0], accelerated(base, settings), optimizer)
    assert loss == pytest.approx(float(total.detach()) / int(rows.learnt.sum()), rel=1e-5)
    assert seen.keys() == wanted.keys()
    for name, gradient in wanted.items():
        torch.testing.assert_close(seen[name], gradient, rtol=1e-3, atol=1e-5)
