"""Estimates how long a model will take to read the rows, before it is started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.features.models.files import ModelFiles

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
) -> ScoringEstimate:
    """Estimate with two operations per weight and token, four characters per token, and rows cut at ``max_tokens``."""
    own = np.array([len(text) for text in answered]) / CHARACTERS
    both = own + np.array([len(text) for text in asked]) / CHARACTERS
    total = sum(float(np.minimum(own if name == "alone" else both, max_tokens).sum()) for name in readings)
    rate = PER_GPU if device == "cuda" else PER_CORE * (os.cpu_count() or 1)
    return ScoringEstimate(int(total), 2 * files.parameters * total / rate if files.parameters else None)
