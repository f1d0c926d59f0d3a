"""Tiny bases and rows for them: models of several architectures with drawn weights, and rows of drawn tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from core.features.models.files import find_model
from core.training.base import Base, open_base
from core.training.encoding import ANSWER, CONTEXT, END, EncodedRows
from tests.tiny_models import tiny_model

SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
HEADS = {"num_key_value_heads": 1, "head_dim": 8}
# Architectures whose packed rows are kept apart by transformers' masks, sliding windows among them.
PACKING: dict[str, dict[str, Any]] = {
    "llama": {**SIZES, **HEADS},
    "qwen3": {**SIZES, **HEADS},
    "gemma3_text": {**SIZES, **HEADS, "sliding_window": 4, "sliding_window_pattern": 2},
    "gpt2": {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64},
}
# One whose layers carry a state from token to token.
STATEFUL: dict[str, dict[str, Any]] = {"mamba": {"hidden_size": 16, "num_hidden_layers": 2, "state_size": 4}}


def tiny_base(folder: Path, *, seed: int = 0, positions: int = 256) -> Base:
    """A Llama of width 16 with a tokenizer of its own."""
    return open_base(find_model(tiny_model(folder, seed=seed, positions=positions)))


def drawn_model(kind: str, settings: dict[str, Any], *, vocabulary: int = 50) -> Any:
    """A model of this kind with drawn weights, large enough that rows matter to each other."""
    torch.manual_seed(1)
    config = CONFIG_MAPPING[kind](vocab_size=vocabulary, initializer_range=0.5, pad_token_id=0, **settings)
    return AutoModelForCausalLM.from_config(config).eval()


def drawn_rows(lengths: Sequence[int], *, vocabulary: int = 50, prompts: float = 0.4, seed: int = 0) -> EncodedRows:
    """Rows of these lengths: a prompt of a share ``prompts``, an answer, and an end token."""
    random = np.random.default_rng(seed)
    ids = [random.integers(0, vocabulary, size=length).astype(np.int32) for length in lengths]
    kinds = []
    for length in lengths:
        kind = np.full(length, ANSWER, dtype=np.uint8)
        kind[: max(1, int(length * prompts))] = CONTEXT
        kind[-1] = END
        kinds.append(kind)
    return EncodedRows(ids, kinds, np.array(lengths, dtype=np.float64), np.zeros(len(lengths), dtype=np.bool_))
