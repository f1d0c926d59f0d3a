"""The linear layers of a causal model's blocks, of whose weights gradients are taken."""

from __future__ import annotations

from typing import Any

from core.errors import InputError
from core.features.models.causal import Causal


def linear_layers(causal: Causal, *, last_only: bool) -> list[tuple[str, Any]]:
    """(name, layer) of every linear layer in the model's blocks, or in the last one, in the model's order.

    Raises :class:`InputError` where the model has no list of blocks.
    """
    import torch
    from transformers.pytorch_utils import Conv1D

    base, depth = causal.model.base_model, int(causal.model.config.num_hidden_layers)
    stacks = [
        (name, module)
        for name, module in base.named_modules()
        if isinstance(module, torch.nn.ModuleList) and len(module) == depth
    ]
    if not stacks:
        raise InputError(
            f"{causal.files.name} has no list of {depth} blocks.", remedy="Choose a decoder of the usual kind."
        )
    name, blocks = stacks[0]
    chosen = range(depth - 1, depth) if last_only else range(depth)
    return [
        (f"{name}.{number}.{inner}", layer)
        for number in chosen
        for inner, layer in blocks[number].named_modules()
        if isinstance(layer, (torch.nn.Linear, Conv1D))
    ]


def turned(layer: Any) -> bool:
    """Whether the layer holds its weights as (in, out) instead of (out, in), as GPT-2's do."""
    from transformers.pytorch_utils import Conv1D

    return isinstance(layer, Conv1D)
