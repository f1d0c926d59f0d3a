"""How long a model will read, said before it is started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.features.models.files import ModelFiles

CHARACTERS = 4  # a token, roughly
# Operations a second that a forward pass reaches: measured orders of magnitude, not promises.
PER_CORE = 15e9
PER_GPU = 6e13


@dataclass(frozen=True)
class ScoringEstimate:
    """``tokens`` to read and ``seconds`` it may take, right to a factor of about three; None without a size."""

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
) -> ScoringEstimate:
    """Two operations a weight and token; a token is about four characters, and no row is longer than ``max_tokens``."""
    own = np.array([len(text) for text in answered]) / CHARACTERS
    both = own + np.array([len(text) for text in asked]) / CHARACTERS
    total = sum(float(np.minimum(own if name == "alone" else both, max_tokens).sum()) for name in readings)
    rate = PER_GPU if device == "cuda" else PER_CORE * (os.cpu_count() or 1)
    return ScoringEstimate(int(total), 2 * files.parameters * total / rate if files.parameters else None)
