"""The tokens of whole rows as a trainer counts them against its context length, and which rows do not fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.corpus.verbatim import verbatim
from core.errors import FeatureMissing, InputError
from core.export.trainers.cutoff import counted_texts
from core.features.models.columns import keep_score, score_columns
from core.features.tokenizers import token_counts
from core.progress import Progress, silent
from core.row_positions import CorpusRows

VERSION = 1
ROWS_AT_ONCE = 2_000
LONGEST = 1 << 40  # of a context, in tokens


@dataclass(frozen=True, kw_only=True)
class ContextCut:
    """What a context of ``limit`` tokens leaves out.

    ``rows`` of ``of`` rows are longer, and ``lost`` of ``tokens`` tokens lie beyond it. ``longest`` is the longest row;
    ``column`` holds each row's tokens, by which the rows can be filtered.
    """

    limit: int
    tokenizer: str
    column: str
    rows: int
    of: int
    lost: int
    tokens: int
    longest: int


def row_token_column(corpus: Corpus, tokenizer: str) -> str:
    """The column with each row's tokens by this tokenizer, "" before they are counted."""
    return next(
        (
            column.column
            for column in score_columns(corpus)
            if column.settings.get("row_tokens_by") == tokenizer and column.settings.get("version") == VERSION
        ),
        "",
    )


def count_row_tokens(corpus: Corpus, tokenizer: str, *, progress: Progress = silent) -> str:
    """Count every row as :mod:`core.export.trainers.cutoff` counts it, and return the column that holds the numbers.

    System prompt, tools, turns and thinking count, marks of a chat template do not. About 10,000 rows a second.
    """
    if there := row_token_column(corpus, tokenizer):
        return there
    counts = np.empty(len(corpus), dtype=np.float64)
    for first in range(0, len(corpus), ROWS_AT_ONCE):
        positions = CorpusRows(np.arange(first, min(first + ROWS_AT_ONCE, len(corpus)), dtype=np.int64))
        counts[positions] = row_tokens(corpus, positions, tokenizer)
        progress(int(positions[-1]) + 1, len(corpus), "rows counted")
    return keep_score(
        corpus,
        counts,
        name=f"row_tokens@{tokenizer}",
        title=f"Tokens of the whole row ({tokenizer})",
        formula="tokens of system prompt, tools, turns and thinking, without the marks of a chat template",
        source="counted as the exports count against a cutoff",
        meaning="High: a trainer with a shorter context cuts the row, splits it or leaves it out.",
        settings={"row_tokens_by": tokenizer, "version": VERSION},
    )


def row_tokens(corpus: Corpus, positions: CorpusRows, tokenizer: str) -> NDArray[np.int64]:
    """(positions,) the tokens of each row."""
    parts = [counted_texts(verbatim(row)) for row in corpus.rows(positions)]
    counts = np.array(token_counts(tokenizer, [text for row in parts for text in row]), dtype=np.int64)
    ends = np.cumsum([len(row) for row in parts])
    before = np.concatenate(([0], np.cumsum(counts)))
    return np.diff(before[np.concatenate(([0], ends))])


def cut_by_context(corpus: Corpus, limit: int, tokenizer: str) -> ContextCut:
    """What a context of ``limit`` tokens leaves out of the rows outside the holdout; a larger one leaves out less.

    Raises :class:`FeatureMissing` before the rows are counted, :class:`InputError` for a length that is none.
    """
    if isinstance(limit, bool) or not 1 <= limit <= LONGEST:
        raise InputError(f"A context holds at least 1 token, not {limit}.")
    column = row_token_column(corpus, tokenizer)
    if not column:
        raise FeatureMissing(
            "tokens of whole rows", remedy=f"Run: python -m core context CORPUS --tokenizer {tokenizer}"
        )
    counts = corpus.column(column)[~corpus.holdout]
    beyond = np.maximum(counts - limit, 0)
    return ContextCut(
        limit=limit,
        tokenizer=tokenizer,
        column=column,
        rows=int((beyond > 0).sum()),
        of=len(counts),
        lost=int(beyond.sum()),
        tokens=int(counts.sum()),
        longest=int(counts.max()) if len(counts) else 0,
    )
