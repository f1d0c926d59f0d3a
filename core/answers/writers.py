"""What tells one writer's responses from another's: the original's and a model's, or those of two paired corpora."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.answers.reconstruct import paired
from core.corpus.store import Corpus

PEEK = 2_000  # responses whose pairs of words are counted
SCORED = "ppl_given@"  # how the column of a model's perplexity given the prompt begins; the model's name follows


@dataclass(frozen=True, kw_only=True)
class WriterFacts:
    """What tells one writer's responses from another's.

    ``words``: mean words of a response; ``distinct_pairs``: distinct pairs of neighbouring words / pairs, of the first
    :data:`PEEK` responses; ``own_perplexity``: exp of minus the mean log-probability of a token, as the writer gave it;
    ``perplexity``: {model: mean perplexity of the responses under it}. NaN and absent where nothing is known.
    """

    rows: int
    words: float
    distinct_pairs: float
    own_perplexity: float = float("nan")
    perplexity: Mapping[str, float] = field(default_factory=dict)


def writer_facts(
    texts: Sequence[str],
    log_probabilities: NDArray[np.float64] | None = None,
    *,
    perplexity: Mapping[str, float] | None = None,
) -> WriterFacts:
    """The facts of the writer of ``texts``; ``log_probabilities`` (texts,): of a token, by the writer itself."""
    words = [text.split() for text in texts]
    pairs = [pair for row in words[:PEEK] for pair in pairwise(row)]
    known = None if log_probabilities is None else log_probabilities[np.isfinite(log_probabilities)]
    return WriterFacts(
        rows=len(texts),
        words=float(np.mean([len(row) for row in words])) if words else float("nan"),
        distinct_pairs=len(set(pairs)) / len(pairs) if pairs else float("nan"),
        own_perplexity=float(np.exp(-known.mean())) if known is not None and len(known) else float("nan"),
        perplexity=perplexity or {},
    )


def paired_writers(original: Corpus, made: Corpus) -> tuple[WriterFacts, WriterFacts]:
    """The facts of the two writers over the pairs of :func:`paired`, original first.

    ``perplexity`` names each model that has scored both corpora ("Language model" on Scores), so that one target model
    reads both writers. Rows without a score in either corpus are left out of its two means. Raises
    :class:`InputError` as :func:`paired` does.
    """
    before, after = paired(original, made)
    under: tuple[dict[str, float], dict[str, float]] = ({}, {})
    shared = [name for name in original.columns if name.startswith(SCORED) and name in set(made.columns)]
    for name in shared:
        values = (original.column(name)[before].astype(float), made.column(name)[after].astype(float))
        known = np.isfinite(values[0]) & np.isfinite(values[1])
        if known.any():
            for means, column in zip(under, values, strict=True):
                means[name.removeprefix(SCORED)] = float(column[known].mean())
    said = (original.text("response"), made.text("response"))
    return (
        writer_facts([said[0][row] for row in before], perplexity=under[0]),
        writer_facts([said[1][row] for row in after], perplexity=under[1]),
    )
