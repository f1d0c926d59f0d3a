"""The shape of the token distribution over the tokenizer's whole vocabulary: entropy, kurtosis, Gini."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.metrics.metric import Measuring, Metric
from core.metrics.mtld_mattr import type_counts
from core.metrics.reading import Reading, undefined
from core.view import View

_COUNTS: WeakKeyDictionary[View, NDArray[np.int64]] = WeakKeyDictionary()
_SHARES: WeakKeyDictionary[View, NDArray[np.float64]] = WeakKeyDictionary()


def token_counts(view: View) -> NDArray[np.int64]:
    """(vocabulary_size,) occurrences of each token type in these rows; counted once for each view."""
    if view not in _COUNTS:
        tokens = view.tokens
        _COUNTS[view] = type_counts(tokens.ids, vocabulary_size=tokens.vocabulary_size)
    return _COUNTS[view]


def descending_shares(view: View) -> NDArray[np.float64]:
    """(vocabulary_size,) share of each type among all occurrences, largest first, zeros included."""
    if view not in _SHARES:
        counts = np.sort(token_counts(view))[::-1]
        _SHARES[view] = counts / counts.sum()
    return _SHARES[view]


def shannon(shares: NDArray[np.float64]) -> float:
    """−Σ p ln p over the positive shares, in nats."""
    positive = shares[shares > 0]
    return float(max(0.0, -(positive * np.log(positive)).sum()))


def rank_kurtosis(shares: NDArray[np.float64]) -> float:
    """Σ_i p_i ((r_i − μ) / σ)⁴ over descending shares; μ, σ² of the ranks 1 … n unweighted.

    With the share-weighted μ and σ instead, the value rises with diversity; the paper's falls.
    """
    n = len(shares)
    scaled = (np.arange(1, n + 1) - (n + 1) / 2) / np.sqrt((n * n - 1) / 12)
    return float((shares * (scaled * scaled) ** 2).sum())


def gini(shares: NDArray[np.float64]) -> float:
    """Σ_i (2 r'_i − n − 1) p_i / n over descending shares, r' the ascending rank, n the whole vocabulary."""
    n = len(shares)
    return float((shares * (n + 1.0 - 2.0 * np.arange(1, n + 1))).sum() / n)


def _entropy(measuring: Measuring) -> Reading:
    if not len(measuring.view.tokens.ids):
        return undefined("these rows have no tokens")
    counts = token_counts(measuring.view)
    different = int(np.count_nonzero(counts))
    return Reading(
        value=shannon(descending_shares(measuring.view)),
        detail={
            "different tokens": different,
            "tokens": int(counts.sum()),
            "highest possible": float(np.log(len(counts))),
        },
    )


def _kurtosis(measuring: Measuring) -> Reading:
    if not len(measuring.view.tokens.ids):
        return undefined("these rows have no tokens")
    if measuring.view.tokens.vocabulary_size < 2:
        return undefined("a vocabulary of one token has no spread of ranks")
    return Reading(value=rank_kurtosis(descending_shares(measuring.view)))


def _gini(measuring: Measuring) -> Reading:
    if not len(measuring.view.tokens.ids):
        return undefined("these rows have no tokens")
    return Reading(value=gini(descending_shares(measuring.view)))


METRICS = (
    Metric(
        name="ie",
        title="Information entropy (IE)",
        family="token distribution",
        direction=1,
        formula="−Σ_t p(t) ln p(t) over the vocabulary, p(t) the share of token t among all occurrences.",
        source="From Macro to Micro (2505.24768) Table 1 and App. E, Eq. 1.",
        measure=_entropy,
        needs=lambda parameters: ("tokens",),
        instant=True,
        shown_by_default=True,
        size_dependent=True,
        length_dependent=True,
        unit="nats",
        cost="O(tokens + vocabulary)",
    ),
    Metric(
        name="kurtosis",
        title="Kurtosis of the token ranks",
        family="token distribution",
        direction=-1,
        formula="Σ_i p_i ((r_i − μ) / σ)⁴, r_i the rank of token i by falling share, μ = (n + 1) / 2, "
        "σ² = (n² − 1) / 12, n the tokenizer's vocabulary size (tokens that never occur included).",
        source="From Macro to Micro (2505.24768) App. E, Eq. 2. The unweighted μ and σ are a reconstruction that "
        "gives the paper's sign.",
        measure=_kurtosis,
        needs=lambda parameters: ("tokens",),
        instant=True,
        shown_by_default=True,
        size_dependent=True,
        length_dependent=True,
        cost="O(tokens + vocabulary log vocabulary)",
    ),
    Metric(
        name="gini",
        title="Gini of the token shares",
        family="token distribution",
        direction=-1,
        formula="Σ_i (2 r'_i − n − 1) p_i / n, r'_i the rank of token i by rising share, n the tokenizer's "
        "vocabulary size (tokens that never occur included).",
        source="From Macro to Micro (2505.24768) App. E, Eq. 3. The fixed n is a reconstruction that gives the "
        "paper's sign.",
        measure=_gini,
        needs=lambda parameters: ("tokens",),
        instant=True,
        shown_by_default=True,
        size_dependent=True,
        length_dependent=True,
        cost="O(tokens + vocabulary log vocabulary)",
    ),
)
