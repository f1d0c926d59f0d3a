"""Notes on the slider: the pool holds too few rows for the request, or moving the slider changes almost nothing."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.budgets.units import ROWS, unit_named
from core.counted import counted
from core.errors import Infeasible
from core.selection.plan import Plan
from core.workbench.build import Built, answer_of, given_rows
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from pages.parts.frame import address
from pages.parts.frame.plain_text import plain, rows

LITTLE = 0.02  # a slider that moves less than this share of the most types that can be reached means little
WIDER = {
    "macro": "Ask for fewer rows, or make smaller clusters on the Clusters page.",
    "meso": "Ask for fewer rows, or take finer tags on the Tags page.",
    "micro": "Ask for fewer rows, or widen the band in the settings.",
}


def feasible(corpus_view: CorpusView, recipe: Recipe, plan: Plan) -> bool:
    """Whether the most diverse subset of this size exists; if not, draw why and offer the largest possible size."""
    try:
        answer_of(corpus_view, replace(recipe, position=1.0), plan)
    except Infeasible as error:
        st.error(f"**{plain(error.what)}** {plain(error.remedy or '')}")
        most = _most(corpus_view, recipe, plan)
        if most:
            st.button(
                f"Use all {rows(most)}",
                key="use-all",
                type="primary",
                on_click=_ask_for,
                args=(most,),
                help=f"Asks for {counted(most, 'row')}: every row that the strategy and the rules leave.",
            )
        return False
    return True


def room_note(built: Built) -> None:
    """Draw a line if the slider changes nothing, or next to nothing."""
    reached = built.answer.type_range
    if reached is None or reached.most - reached.least > LITTLE * reached.most:
        return
    size = counted(built.recipe.size, unit_named(built.recipe.unit).title.removesuffix("s"))
    stands_still = reached.least == reached.most
    types = f"{reached.most:,}" if stands_still else f"{reached.least:,} to {reached.most:,}"
    room = "no room" if stands_still else "next to no room"
    wider = WIDER.get(built.recipe.strategy, "Ask for fewer rows.")
    st.info(f"**At {size} the slider has {room}:** every position reaches {types} types. {wider}")


def _most(corpus_view: CorpusView, recipe: Recipe, plan: Plan) -> int:
    """The largest possible number of rows, if the size is why the request was refused; else 0."""
    if recipe.unit != "rows":
        return 0
    inside = len(corpus_view.pool) - sum(plan.outside.values())
    ruled = len(recipe.excluded) + len(given_rows(corpus_view, recipe.given))
    for most in dict.fromkeys((inside, inside - ruled)):  # a row may be in both, so the larger first
        if 0 < most < recipe.size:
            try:
                answer_of(corpus_view, replace(recipe, size=most, position=1.0), plan)
            except Infeasible:
                continue
            return most
    return 0


def _ask_for(most: int) -> None:
    address.SIZE_WANTED[ROWS].key.set(most)
