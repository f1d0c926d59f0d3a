"""The ways to colour the rows of a corpus on its map: source, category, length, a saved subset, any column."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.features.tags.store import load_type_rows
from core.features.tags.tagging import Tagging, tags_key
from core.features.tokens import load_tokens
from core.figures.colouring import Colouring, by_category, by_membership, by_number, by_sides
from core.figures.contrast import BOTH, SIDES
from core.figures.theme import level_colour
from core.selection.registry import strategy
from core.several import Several
from core.workbench.subsets import Subset, list_subsets

TAGS = 20  # commonest tags that are offered one by one
COLUMN, TAG, SUBSET = "Column: ", "Tag: ", "Subset: "  # how the names of these colourings begin
FIRST = ("source", "category")  # the columns that are offered before all others


def map_colours(
    text: CorpusText,
    *,
    tokenizer: str,
    tagging: Tagging | None = None,
    edits: str = "",
    sides: tuple[str, str] | None = None,
) -> dict[str, Callable[[], Colouring]]:
    """{name in a selector: function that makes the colours} for each way to colour the rows.

    The columns of the corpus come first, single tags last. Lengths are in tokens of ``tokenizer`` where ``text`` is
    counted with it, else in characters. Tags are those of ``tagging`` after the ``edits``, where they are there: all
    at once, and each of the commonest. ``sides`` are the keys of the saved subsets A and B, by default the last two.
    """
    corpus, columns = text.corpus, text.corpus.columns
    first = [name for name in FIRST if name in columns]
    colours: dict[str, Callable[[], Colouring]] = {
        name.capitalize(): partial(by_column, corpus, name) for name in first
    }
    colours["Length"] = partial(by_length, text, tokenizer=tokenizer)
    colours |= {f"{COLUMN}{name}": partial(by_column, corpus, name) for name in columns if name not in first}
    tags: dict[str, Callable[[], Colouring]] = {}
    if tagging is not None and text.workspace.has("features", tags_key(text.corpus_id, text.component, tagging)):
        colours["Tags"] = partial(by_tags, text, tagging, edits)
        commonest = _commonest(text, tagging, edits)
        tags = {f"{TAG}{name}": partial(by_tag, text, tagging, edits, name) for name in commonest}
    subsets = list_subsets(corpus.workspace, corpus.id)
    colours |= {f"{SUBSET}{subset.name}": partial(by_subset, corpus, subset) for subset in subsets}
    if len(subsets) > 1:
        a, b = sides or (subsets[1].key, subsets[0].key)
        by_key = {subset.key: subset for subset in subsets}
        colours["Subset A against B"] = partial(by_two_subsets, corpus, by_key[a], by_key[b])
    return colours | tags


def by_subset(corpus: Corpus, subset: Subset) -> Colouring:
    """The rows of ``subset`` in the colour of its strategy's level, in front of all other rows."""
    inside = np.zeros(len(corpus), dtype=bool)
    inside[corpus.positions_of(subset.ids)] = True
    return by_membership(inside, colour=level_colour(strategy(subset.recipe.strategy).level))


def by_two_subsets(corpus: Corpus, a: Subset, b: Subset) -> Colouring:
    """The rows that only ``a`` holds, only ``b``, both, in front of all other rows."""
    inside = [np.isin(corpus.ids, subset.ids) for subset in (a, b)]
    return by_sides(*inside, colours=(SIDES["a"], SIDES["b"], BOTH), names=(a.name, b.name))


def by_tag(text: CorpusText, tagging: Tagging, edits: str, name: str) -> Colouring:
    """The rows that carry one tag, in front of all other rows."""
    inside = np.zeros(len(text), dtype=bool)
    types = load_type_rows(text, tagging, edits=edits)
    if types is not None:
        inside[types.rows_with(name)] = True
    return by_membership(inside, colour=level_colour("meso"), inside=f"tagged {name}", outside="not tagged so")


@lru_cache(maxsize=8)
def _commonest(text: CorpusText, tagging: Tagging, edits: str) -> tuple[str, ...]:
    """The commonest tags, those of most rows first, ties by name."""
    types = load_type_rows(text, tagging, edits=edits)
    if types is None:
        return ()
    rows = np.bincount(types.matrix.indices, minlength=len(types.names))
    return tuple(str(types.names[place]) for place in np.argsort(-rows, kind="stable")[:TAGS])


def by_tags(text: CorpusText, tagging: Tagging, edits: str) -> Colouring:
    """A hue for each of the commonest tags; a row with several of them has that of the rarest."""
    types = load_type_rows(text, tagging, edits=edits)
    cells: list[object] = [None] * len(text)
    if types is not None:
        indptr, indices = types.matrix.indptr, types.matrix.indices
        names = [str(name) for name in types.names]
        for row in range(len(text)):
            carried = [names[place] for place in indices[indptr[row] : indptr[row + 1]]]
            cells[row] = Several(carried) if carried else None
    return by_category(cells, title="tag")


def by_length(text: CorpusText, *, tokenizer: str) -> Colouring:
    """A logarithmic scale over the lengths, in tokens where they are counted, else in characters."""
    tokens = load_tokens(text, tokenizer)
    if tokens is not None:
        return by_number(tokens.lengths, title=f"tokens ({tokenizer})", logarithmic=True)
    return by_number(text.corpus.characters(text.component), title="characters", logarithmic=True)


def by_column(corpus: Corpus, name: str) -> Colouring:
    """A colour scale over a column of numbers, a hue for each of the commonest values of another column."""
    values = corpus.column(name)
    return by_number(values, title=name) if values.dtype.kind == "f" else by_category(values, title=name)
