"""A selection of rows of a corpus, on whatever page it was made, and what it says it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.counted import counted, figure3
from core.features.tokens import load_tokens
from core.row_positions import CorpusRows
from core.several import word_entries

NAMED = 3  # clusters and sources that a selection names


@dataclass(frozen=True, eq=False)
class RowSelection:
    """Rows of the corpus with the id ``corpus``, ascending; ``said`` is how they were chosen, in a few words.

    ``shape`` is the line that was drawn around them, on the layout with the key ``layout``.
    """

    corpus: str
    rows: CorpusRows
    said: str
    shape: Mapping[str, Any] = field(default_factory=dict)
    layout: str = ""


def facts_of(
    text: CorpusText,
    rows: CorpusRows,
    *,
    tokenizer: str,
    labels: NDArray[np.int32] | None = None,
    name_of: Callable[[int], str] = str,
    subset: NDArray[np.bool_] | None = None,
) -> list[str]:
    """What the ``rows`` are, a phrase each: their clusters, sources, median length and share of a subset.

    ``labels`` (rows of the corpus,) are clusters, −1 for noise, with names from ``name_of``; ``subset`` (rows of the
    corpus,) says which rows are in the subset. Phrases whose data is missing are left out.
    """
    if not len(rows):
        return []
    told = []
    if labels is not None:
        kinds, counts = np.unique(labels[rows], return_counts=True)
        told.append(_commonest([(name_of(int(kind)), int(count)) for kind, count in zip(kinds, counts)], "cluster"))
    if "source" in text.corpus.columns:
        names, _, words = word_entries(text.corpus.column("source")[rows])
        counts = np.bincount(words, minlength=len(names))
        if len(names):
            told.append(_commonest(list(zip(names, counts.tolist())), "source"))
    lengths, unit = lengths_of(text, tokenizer=tokenizer)
    here, everywhere = float(np.median(lengths[rows])), float(np.median(lengths))
    told.append(f"median length {figure3(here)} {unit} ({figure3(everywhere)} in the corpus)")
    if subset is not None and subset.any():
        inside = int(subset[rows].sum())
        told.append(f"{100 * inside / int(subset.sum()):.1f} % of the subset ({counted(inside, 'row')})")
    return told


def lengths_of(text: CorpusText, *, tokenizer: str) -> tuple[NDArray[np.integer], str]:
    """(rows,) the length of each row and its unit: tokens where they are counted, else characters."""
    tokens = load_tokens(text, tokenizer)
    if tokens is not None:
        return tokens.lengths, "tokens"
    return text.corpus.characters(text.component), "characters"


def _commonest(counted_names: list[tuple[str, int]], noun: str) -> str:
    """ "clusters a (40 %), b (12 %) and 5 more", commonest first, ties by name."""
    total = max(1, sum(count for _, count in counted_names))
    ordered = sorted(counted_names, key=lambda entry: (-entry[1], entry[0]))
    named = ", ".join(f"{name} ({100 * count / total:.0f} %)" for name, count in ordered[:NAMED])
    more = f" and {len(ordered) - NAMED:,} more" if len(ordered) > NAMED else ""
    return f"{noun if len(ordered) == 1 else f'{noun}s'} {named}{more}"
