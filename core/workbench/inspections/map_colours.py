"""The ways to colour the rows of a corpus on its map: source, category, length, a saved subset, any column."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.tokens import load_tokens
from core.figures.colouring import Colouring, by_category, by_membership, by_number
from core.figures.theme import level_colour
from core.selection.registry import strategy
from core.workbench.subsets import Subset, list_subsets

FIRST = ("source", "category")  # the columns that are offered before all others


def map_colours(text: CorpusText, *, tokenizer: str) -> dict[str, Callable[[], Colouring]]:
    """{name in a selector: function that makes the colours} for each way to colour the rows.

    Lengths are in tokens of ``tokenizer`` where ``text`` is counted with it, else in characters.
    """
    corpus, columns = text.corpus, text.corpus.columns
    first = [name for name in FIRST if name in columns]
    colours: dict[str, Callable[[], Colouring]] = {
        name.capitalize(): partial(by_column, corpus, name) for name in first
    }
    colours["Length"] = partial(by_length, text, tokenizer=tokenizer)
    for subset in list_subsets(corpus.workspace, corpus.id):
        colours[f"Subset: {subset.name}"] = partial(by_subset, corpus, subset)
    return colours | {f"Column: {name}": partial(by_column, corpus, name) for name in columns if name not in first}


def by_subset(corpus: Corpus, subset: Subset) -> Colouring:
    """The rows of ``subset`` in the colour of its strategy's level, in front of all other rows."""
    inside = np.zeros(len(corpus), dtype=bool)
    inside[corpus.positions_of(subset.ids)] = True
    return by_membership(inside, colour=level_colour(strategy(subset.recipe.strategy).level))


def by_length(text: CorpusText, *, tokenizer: str) -> Colouring:
    """A logarithmic scale over the lengths, in tokens where they are counted, else in characters."""
    tokens = load_tokens(text, tokenizer)
    if tokens is not None:
        return by_number(tokens.lengths, title=f"tokens ({tokenizer})", logarithmic=True)
    lengths = np.array([len(row) for row in text.texts])
    return by_number(lengths, title="characters", logarithmic=True)


def by_column(corpus: Corpus, name: str) -> Colouring:
    """A colour scale over a column of numbers, a hue for each of the commonest values of another column."""
    values = corpus.column(name)
    return by_number(values, title=name) if values.dtype.kind == "f" else by_category(values, title=name)
