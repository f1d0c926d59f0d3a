"""Any number of strategies at equal size: which rows they agree on."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.budgets.sizing import default_size
from core.counted import counted
from core.figures.overlap import jaccard_heat, upset
from core.figures.theme import level_colour
from core.selection.registry import strategies, strategy
from core.workbench import plans
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.overlap import (
    Ids,
    build_each,
    chance_between,
    intersections,
    jaccard_matrix,
    ready,
    recipe_at,
)
from core.workbench.recipe import Recipe
from pages.parts.choosing.on_slider import on_slider
from pages.parts.choosing.prepare_all import offer_preparing_all
from pages.parts.choosing.strategy_form import titled
from pages.parts.frame import address, view_cache
from pages.parts.frame.bound_select import bound_multiselect
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.inspect.pick import saved

FIRST = ("micro", "macro", "meso", "length", "random")  # the initial choice


def overlap_view(ctx: Context) -> None:
    """Draw the choice of strategies, a size and a position, their UpSet plot and their Jaccard matrix."""
    corpus_view = view_cache.corpus_view(ctx)
    if not len(corpus_view.pool):
        st.info("**The pool is empty.** Loosen its filters on the Subsets page.")
        return
    able, unable = ready(corpus_view)
    subsets, known = saved(ctx), strategies()
    titles = {name: titled(thing, ctx.choice) for name, thing in able.items()}
    titles |= {key: f"saved: {thing.name}" for key, thing in subsets.items()}
    at = on_slider(ctx)
    columns = st.columns([5, 1.3, 2, 1], vertical_alignment="bottom")
    chosen = bound_multiselect(
        columns[0], "Strategies, and saved subsets", titles, parameter=address.OVERLAP_OF, known=list(known),
        default=[name for name in dict.fromkeys((at.strategy, *FIRST)) if name in able],
    )  # fmt: skip
    most = len(corpus_view.pool)
    size = columns[1].number_input(
        "Rows each", min_value=1, max_value=most, persist_state="session", **address.OVERLAP_ROWS.widget,
        value=min(at.size, most) if at.unit == "rows" else default_size(most),
    )  # fmt: skip
    moved = columns[2].slider(
        "Slider position", 0.0, 100.0, round(100 * at.position, 1), step=0.1, format="%.1f %%",
        persist_state="session", **address.OVERLAP_POSITION.widget,
    )  # fmt: skip
    position = moved / 100
    seed = columns[3].number_input(
        "Seed", min_value=0, value=at.seed, step=1, persist_state="session", **address.OVERLAP_SEED.widget
    )
    if unable:
        with st.popover(f"{counted(len(unable), 'strategy', 'strategies')} cannot answer yet", type="tertiary"):
            for name, why in unable.items():
                st.text(f"{titled(known[name], ctx.choice)}: {why}")
    if len(chosen) < 2:
        st.info("Choose two strategies or more.")
        return
    recipes = {
        name: recipe_at(corpus_view, name, size=int(size), position=position, seed=int(seed))
        for name in chosen
        if name in able
    }
    waiting = [
        recipe for name, recipe in recipes.items() if plans.waits(corpus_view, plans.completed(recipe, corpus_view))
    ]
    if waiting:
        offer_preparing_all(ctx, corpus_view, waiting, key="overlap-prepare")
        recipes = {name: recipe for name, recipe in recipes.items() if recipe not in waiting}
    sets, refused = _sets(
        [(name, recipe.series, position) for name, recipe in recipes.items()], corpus_view.keys, corpus_view, recipes
    )
    for name, why in refused.items():
        st.warning(f"**{plain(titles[name])}** {plain(why)}")
    ids_by_key = {**{key: thing.ids for key, thing in subsets.items()}, **sets}
    sets = {titles[name]: ids_by_key[name] for name in chosen if name in ids_by_key}
    if len(sets) < 2:
        st.info("Fewer than two of these gave rows.")
        return
    _draw(ctx, corpus_view, sets, {titles[name]: strategy(recipe.strategy).level for name, recipe in recipes.items()})


@st.cache_data(max_entries=16, show_spinner="Building the subsets …")
def _sets(
    named: list[tuple[str, str, float]], keys: dict[str, str], _looked: CorpusView, _recipes: Mapping[str, Recipe]
) -> tuple[dict[str, Ids], dict[str, str]]:
    return build_each(_looked, _recipes)


def _draw(ctx: Context, corpus_view: CorpusView, sets: dict[str, Ids], levels: dict[str, str]) -> None:
    table, matrix = intersections(sets), jaccard_matrix(list(sets.values()))
    sizes = {name: len(ids) for name, ids in sets.items()}
    if len(set(sizes.values())) > 1:
        st.warning("These sets are not of equal size: a larger one meets the others more often by size alone.")
    ranked = [name for name in sets if levels.get(name) == "ranked"]
    colours = {
        name: level_colour(level, index=ranked.index(name) if name in ranked else 0) for name, level in levels.items()
    }
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        alone = int(table.loc[table["sets"] == 1, "rows"].sum())
        st.markdown("**Who shares which rows**")
        show(
            upset(table, sizes=sizes, colours=colours, mode=ctx.mode, height=190 + 46 * min(len(sets), 12)),
            key="upset-figure", data=table, name="overlap",
            caption=f"{counted(table['rows'].sum(), 'row')} in all, {rows(alone)} chosen once. Beside a name: its rows",
        )  # fmt: skip
    with right, st.container(border=True):
        st.markdown("**Jaccard of every two**")
        chance = chance_between(sets.values(), len(corpus_view.pool))
        data = pd.DataFrame(matrix, columns=list(sets)).assign(subset=list(sets))
        show(
            jaccard_heat(matrix, list(sets), mode=ctx.mode), key="jaccard-figure", data=data, name="jaccard",
            caption=f"Two random subsets of this size: {figure3(chance)}.",
        )  # fmt: skip
