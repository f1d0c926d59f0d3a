"""What each row adds to a metric of its corpus, as colours of the map: for metrics that add up over rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.bands import Band
from core.corpus.corpus_text import CorpusText
from core.features.bands import mid_types_per_row
from core.features.embedding import load_embeddings
from core.features.projection import Projection, load_neighbours
from core.features.tokens import load_tokens
from core.figures.colouring import Colouring, by_number
from core.view import TokenRows

ADDS = "Adds to "  # how the names of these colourings begin
BLOCK = 65_536  # vectors read at a time


def contribution_colours(
    text: CorpusText, *, tokenizer: str, band: Band, projection: Projection
) -> dict[str, Callable[[], Colouring]]:
    """{name in a selector: function that makes the colours} for each metric whose features are stored.

    Token entropy is the mean of −log₂ p over all tokens, so a row adds that of its own; micro diversity counts types,
    so a row brings its mid-band types; the distance to the centre and to the nearest other row are means over rows.
    """
    colours: dict[str, Callable[[], Colouring]] = {}
    tokens = load_tokens(text, tokenizer)
    if tokens is not None:
        colours[f"{ADDS}token entropy"] = partial(_entropy, tokens)
        colours[f"{ADDS}micro diversity"] = partial(_micro, tokens, band)
    vectors = load_embeddings(
        text, projection.embedder, max_tokens=projection.max_tokens, precision=projection.precision
    )
    if vectors is not None:
        colours[f"{ADDS}distance from the centre"] = partial(_centre, vectors)
    neighbours = load_neighbours(text, projection)
    if neighbours is not None:
        colours[f"{ADDS}nearest-neighbour distance"] = partial(_nearest, neighbours[1])
    return colours


def surprisal(tokens: TokenRows) -> NDArray[np.float64]:
    """(rows,) the mean of −log₂ p over a row's tokens, p a token's share of all tokens of the corpus; NaN without any.

    Weighted by the rows' lengths, the mean over all rows is the entropy of the corpus's tokens, in bits.
    """
    frequency = np.asarray(tokens.frequency, dtype=np.float64)
    total = max(frequency.sum(), 1.0)
    bits = np.zeros(len(frequency))
    occurs = frequency > 0
    bits[occurs] = -np.log2(frequency[occurs] / total)
    sums = np.concatenate(([0.0], np.cumsum(bits[np.asarray(tokens.ids)])))[np.asarray(tokens.indptr)]
    lengths = tokens.lengths
    means = np.full(len(lengths), np.nan)
    means[lengths > 0] = np.diff(sums)[lengths > 0] / lengths[lengths > 0]
    return means


def from_the_centre(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """(rows,) distance of each of the ``vectors`` (rows, d) from their mean; read in blocks."""
    blocks = range(0, len(vectors), BLOCK)
    parts = [np.asarray(vectors[start : start + BLOCK]).sum(axis=0, dtype=np.float64) for start in blocks]
    centre = np.sum(parts, axis=0) / max(len(vectors), 1)
    away = [np.linalg.norm(np.asarray(vectors[start : start + BLOCK]) - centre, axis=1) for start in blocks]
    return np.concatenate(away) if away else np.empty(0)


def _entropy(tokens: TokenRows) -> Colouring:
    return by_number(surprisal(tokens), title="bits a token, by the corpus's frequencies")


def _micro(tokens: TokenRows, band: Band) -> Colouring:
    return by_number(mid_types_per_row(band, tokens), title="mid-band token types")


def _centre(vectors: NDArray[np.float32]) -> Colouring:
    return by_number(from_the_centre(vectors), title="distance from the mean of all embeddings")


def _nearest(distances: NDArray[np.float32]) -> Colouring:
    return by_number(distances[:, 1], title="cosine distance to the nearest other row")
