"""Estimates how long a model will take to read the rows, before it is started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.features.models.files import ModelFiles

if TYPE_CHECKING:
    from core.features.models.causal import Causal

CHARACTERS = 4  # characters of a token, roughly
# Operations per second of a forward pass: measured orders of magnitude.
PER_CORE = 15e9
PER_GPU = 6e13


@dataclass(frozen=True)
class ScoringEstimate:
    """``tokens`` to read and ``seconds`` it may take, within a factor of about three; None without a model size."""

    tokens: int
    seconds: float | None


def estimate(
    files: ModelFiles,
    *,
    asked: Sequence[str],
    answered: Sequence[str],
    readings: Sequence[str],
    max_tokens: int,
    device: str,
    passes: float = 1.0,
) -> ScoringEstimate:
    """Estimate with two operations per weight and token, four characters per token, and rows cut at ``max_tokens``.

    ``passes`` is how often the operations of a forward pass are done; a backward pass is one more.
    """
    own = np.array([len(text) for text in answered]) / CHARACTERS
    prompt = np.array([len(text) for text in asked]) / CHARACTERS
    lengths = {"alone": own, "response": own, "instruction": prompt}
    total = sum(float(np.minimum(lengths.get(name, own + prompt), max_tokens).sum()) for name in readings)
    rate = PER_GPU if device == "cuda" else PER_CORE * (os.cpu_count() or 1)
    return ScoringEstimate(int(total), 2 * passes * files.parameters * total / rate if files.parameters else None)


def pace(causal: Causal, *, tokens: int, scored: int, seconds: float, backward: float = 0.0) -> dict[str, Any]:
    """What a manifest says about the speed: tokens a second, and operations a second, with the operations a token.

    A token takes two operations for each weight of the model's blocks, a scored one two more for each of its head.
    ``backward`` is the share of the forward pass's operations that are done again, for gradients.
    """
    output = causal.model.get_output_embeddings()
    head = 0 if output is None else int(output.weight.numel())
    tied = output is None or output.weight is causal.model.get_input_embeddings().weight
    body = causal.weights - (0 if tied else head)
    operations = 2 * (1 + backward) * (body * tokens + head * scored)
    pace = max(seconds, 1e-6)
    return {
        "tokens": tokens,
        "scored_tokens": scored,
        "operations_a_token": 2 * body,
        "operations_a_scored_token": 2 * head,
        "tokens_per_second": round(tokens / pace, 1),
        "gigaoperations_per_second": round(operations / pace / 1e9, 2),
    }
