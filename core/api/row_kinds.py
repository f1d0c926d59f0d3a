"""What rows are like, for scripts: turns, calls, thinking and code, a context length, and words by language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.export.row_tokens import count_row_tokens, cut_by_context
from core.features.languages.language_words import compute_language_words
from core.features.languages.words_said import what_is_missing
from core.features.row_kinds import compute_kinds
from core.progress import Progress, silent
from core.workbench.feature_settings import FeatureSettings

LENGTHS = (512, 1024, 2048, 4096, 8192)


def row_kinds(corpus: Corpus, *, progress: Progress = silent) -> pd.DataFrame:
    """What each row is like, in the order of ``corpus.ids``: id, turns, tool_calls, thinking_words, code_share.

    Counted once, then columns of the corpus, by which a pool can be filtered; ``attrs["columns"]`` says under which
    names, as {kind: column}.

    >>> kinds = api.row_kinds(corpus)
    >>> kinds[["turns", "tool_calls", "code_share"]].max().tolist(), set(kinds.attrs["columns"]) < set(corpus.columns)
    ([1.0, 0.0, 0.0], True)
    """
    columns = compute_kinds(corpus, progress=progress)
    turns = corpus.column("turns") if "turns" in corpus.own_columns else np.ones(len(corpus))
    table = pd.DataFrame({"id": [show_id(row) for row in corpus.ids.tolist()], "turns": turns})
    for kind, column in columns.items():
        table[kind] = corpus.column(column)
    table.attrs["columns"] = columns
    return table


def context(
    corpus: Corpus, lengths: Sequence[int] = LENGTHS, *, tokenizer: str = "", progress: Progress = silent
) -> pd.DataFrame:
    """How much each context length leaves out: context, rows that are longer, of (all rows), lost tokens, of_tokens.

    Whole rows are counted as exports count them, outside the holdout; a longer context leaves out less.
    ``attrs["column"]`` is the column that holds each row's tokens: a pool takes the rows that fit by it. Raises
    :class:`core.errors.InputError` for a length below 1.

    >>> cut = api.context(corpus, [8, 4096])
    >>> cut["rows"].tolist() == [int(cut["of"][0]), 0]
    True
    >>> short = {"columns": [{"column": cut.attrs["column"], "maximum": 30}]}
    >>> 0 < len(api.view(corpus, pool=short).pool) < len(corpus)
    True
    """
    named = tokenizer or FeatureSettings().tokenizer
    column = count_row_tokens(corpus, named, progress=progress)
    cuts = [cut_by_context(corpus, length, named) for length in lengths]
    lines = [(cut.limit, cut.rows, cut.of, cut.lost, cut.tokens) for cut in cuts]
    table = pd.DataFrame(lines, columns=["context", "rows", "of", "lost", "of_tokens"])
    table.attrs["column"] = column
    return table


def language_words(corpus: Corpus, component: str = "response", *, progress: Progress = silent) -> pd.DataFrame:
    """Words, phrases and templates of each language of a component, the language with the most rows first.

    Columns: language, rows, words, median_words, words_are, phrases, rows_with_phrases, phrases_are, templates,
    rows_tagged, rows_with_templates, templates_are. Where a language has no way to be counted here, its numbers are
    missing and its ``…_are`` is ""; ``attrs["missing"]`` says so in sentences. ``attrs["commonest"]`` is {language:
    {"phrases": [(phrase, rows), …], "templates": […]}}.

    >>> api.language_words(corpus, "instruction")[["language", "rows", "words_are"]].values.tolist()
    [['English', 200, 'parted by spaces']]
    """
    counted = compute_language_words(corpus, component, progress=progress)
    lines = []
    for line in counted:
        can = line.countable
        lines.append(
            {
                "language": line.language,
                "rows": line.rows,
                "words": line.words if can.words else None,
                "median_words": line.median_words if can.words else None,
                "words_are": can.words,
                "phrases": line.phrases if can.phrases else None,
                "rows_with_phrases": line.rows_with_phrases if can.phrases else None,
                "phrases_are": can.phrases,
                "templates": line.templates if can.templates else None,
                "rows_tagged": line.rows_tagged if can.templates else None,
                "rows_with_templates": line.rows_with_templates if can.templates else None,
                "templates_are": can.templates,
            }
        )
    table = pd.DataFrame(lines)
    table.attrs["missing"] = what_is_missing(counted)
    table.attrs["commonest"] = {
        line.language: {"phrases": list(line.common_phrases), "templates": list(line.common_templates)}
        for line in counted
    }
    return table
