"""The subset on the map of its corpus, recoloured at every move of the slider."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.figures.colouring import by_membership
from core.figures.theme import level_colour
from core.row_positions import CorpusRow, CorpusRows, PoolRows, places_of
from core.selection.registry import strategy
from core.workbench.build import Built
from core.workbench.row_selection import facts_of
from pages.parts.frame.corpus_map import MapContents, draw_map
from pages.parts.frame.map_data import MapData, stored_map
from pages.parts.frame.page import Context
from pages.parts.frame.selection import SelectionState
from pages.parts.frame.selection_bar import selection_bar

HEIGHT = "clamp(270px, calc(100vh - 500px), 640px)"


def subset_map(ctx: Context, built: Built) -> MapData | None:
    """Draw the corpus in grey and the subset in its level's colour; None where the component has no map."""
    seen = stored_map(ctx.corpus_text, ctx.choice.clustering, noise="outside")
    if seen is None:
        return None
    view = built.corpus_view
    chosen, pool = _in_subset(built), np.zeros(len(view.corpus), dtype=bool)
    pool[view.positions] = True
    colour = level_colour(strategy(built.recipe.strategy).level)
    contents = MapContents(
        layout=seen.layout,
        embedder=seen.embedder,
        colours={"Subset": partial(by_membership, chosen, colour=colour)},
        named=built.recipe.ids_digest + colour + seen.name_key,
        columns={"in_subset": chosen},
        note=partial(_note, seen, chosen),
    )
    draw_map(ctx, contents, "Subset", name="subset-on-map", pool=pool, height=HEIGHT)
    return seen


def selected_rows(ctx: Context, built: Built, seen: MapData | None) -> PoolRows | None:
    """Draw what is selected and what can be done with it; returns its pool positions, None when none is selected."""
    selection_bar(ctx, facts=partial(_facts, ctx, seen, _in_subset(built)), key="subset")
    picked = SelectionState(ctx.corpus).rows
    if not len(picked):
        return None
    places = places_of(picked, among=built.corpus_view.positions)
    inside = PoolRows(places[places >= 0])
    return inside if len(inside) else None


def _in_subset(built: Built) -> NDArray[np.bool_]:
    """(corpus rows,) whether each is in the subset."""
    chosen = np.zeros(len(built.corpus_view.corpus), dtype=bool)
    chosen[built.corpus_view.positions[built.chosen]] = True
    return chosen


def _note(seen: MapData, chosen: NDArray[np.bool_], row: CorpusRow) -> str:
    return " · ".join(filter(None, [seen.note(row), "in the subset" if chosen[row] else "not in the subset"]))


def _facts(ctx: Context, seen: MapData | None, chosen: NDArray[np.bool_], picked: CorpusRows) -> list[str]:
    labels, name_of = (None, str) if seen is None else (seen.labels, seen.name)
    return facts_of(ctx.corpus_text, picked, tokenizer=ctx.tokenizer, labels=labels, name_of=name_of, subset=chosen)
