"""SelectIT's three levels: of the tokens of a rating, of several questions, of several models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.features.self_rating.words import RATINGS

ALPHA = 0.2


def token_level(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…,) base · mean of p_base − p_i over the other ratings i, of ``probabilities`` (…, 5) that sum to 1.

    ``base`` is the likeliest rating, 1 to 5, of equals the lowest. A model that is sure of its rating keeps the whole
    rating, one that is torn between all loses it: between 0 and 5. nan where a probability is. Source: SelectIT (arXiv
    2402.16705), token level, and its authors' code, read there.
    """
    known = np.where(np.isnan(probabilities), -1.0, probabilities)
    best = known.argmax(axis=-1)
    likeliest = np.take_along_axis(probabilities, best[..., None], axis=-1)  # (…, 1)
    lead = (likeliest - probabilities).sum(axis=-1) / (len(RATINGS) - 1)
    return np.asarray(np.array(RATINGS)[best] * lead)


def expected_rating(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """(rows,) Σ i · p_i, mean over the questions of ``probabilities`` (rows, questions, 5): between 1 and 5."""
    return np.asarray((probabilities @ np.array(RATINGS, dtype=np.float64)).mean(axis=1))


def sentence_level(tokens: NDArray[np.float64], *, alpha: float = ALPHA) -> NDArray[np.float64]:
    """(rows,) mean / (1 + α · standard deviation) over the questions of ``tokens`` (rows, questions).

    As ``alpha`` grows, rows that differently worded questions rate differently fall further. The deviation is that of
    all questions (division by their number), as in the authors' code. Source: SelectIT, sentence level.
    """
    return np.asarray(tokens.mean(axis=1) / (1 + alpha * tokens.std(axis=1)))


def model_level(scores: Sequence[NDArray[np.float64]], sizes: Sequence[float]) -> NDArray[np.float64]:
    """(rows,) Σ sizes_m · scores_m / Σ sizes of several models' sentence-level ``scores`` (rows,) each.

    Larger models count more, in proportion to their weights. nan where a model has no score. Source: SelectIT, model
    level; dividing by the sum of all sizes is the paper's formula, from memory.
    """
    weights = np.asarray(sizes, dtype=np.float64)
    return np.asarray((np.stack(scores, axis=1) * weights).sum(axis=1) / weights.sum())
