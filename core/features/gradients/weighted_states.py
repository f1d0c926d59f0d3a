"""Hidden states of a row, averaged with weights that grow with the position: what RDS+ compares rows by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.features.models.causal import Causal, padded


def weighted_states(causal: Causal, inputs: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
    """(rows, d) Σ t · h_t / Σ t at length 1: h_t the last layer's state, after its norm, of the t-th token from 1.

    A begin token, where the model has one, is read before the text and is not counted. A later state has read more of
    the text, so it weighs more. Source: RDS+ (arXiv 2503.01807), whose code weights all tokens of a conversation so;
    leaving the begin token out is ours: its state is the same in every row.
    """
    import torch

    head = [] if causal.begin is None else [causal.begin]
    tokens, seen = padded(
        [np.concatenate((np.array(head, dtype=np.int32), row)) for row in inputs], device=causal.device
    )
    with torch.inference_mode():
        states = causal.model.base_model(input_ids=tokens, attention_mask=seen, use_cache=False).last_hidden_state
        weights = seen.cumsum(dim=1) * seen - len(head) * seen  # (batch, width): 1, 2, … of the text, 0 of padding
        means = torch.einsum("bw,bwd->bd", weights.float(), states.float()) / weights.sum(dim=1, keepdim=True)
        means = means / torch.linalg.vector_norm(means, dim=1, keepdim=True).clamp(min=1e-30)
    return means.cpu().numpy()
