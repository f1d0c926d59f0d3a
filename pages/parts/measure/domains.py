"""How different the token distributions of a pool's sources are, for every two of them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.component_words import component_title
from core.corpus.column_facts import worded_columns
from core.counted import counted
from core.figures.domains import divergence_frame, divergence_map
from core.metrics.domains import mean_of_pairs, renyi_divergence
from core.workbench.readings import Measurer
from pages.parts.frame import address, view_cache
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.figures import show
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.measure.weighing import weighing

LARGEST = 40


def domains(ctx: Context) -> None:
    """Draw the heat-map over the values of a column."""
    corpus_view = view_cache.corpus_view(ctx)
    left, middle, right, order_at, _ = st.columns([1.6, 1.4, 1, 1.4, 0.6])
    column = bound_select(
        left, "Domains are the values of", worded_columns(ctx.corpus), parameter=address.DOMAIN_COLUMN, default="source"
    )
    component = bound_select(
        middle,
        "Tokens of the",
        ctx.corpus.components,
        parameter=address.MEASURED,
        default=ctx.component,
        format_func=component_title,
    )
    most = int(right.number_input("At most", 2, 300, LARGEST, key="domains-most", persist_state="session",
                                  help="Those with the most tokens; the others are listed below."))  # fmt: skip
    order = float(order_at.number_input(
        "Order α", 0.05, 20.0, 1.0, 0.1, key="domains-order", persist_state="session",
        help="1: Jensen–Shannon. Below 1 the Rényi divergence lets rare tokens say more, above 1 the frequent.",
    ))  # fmt: skip
    _divergence(ctx, view_cache.measurer(corpus_view, component), column, component, most, order)
    weighing(ctx, column)


def _divergence(ctx: Context, measurer: Measurer, column: str, component: str, most: int, order: float) -> None:
    """Draw the map of divergences, or what it needs."""
    if not measurer.reference.has("tokens"):
        offer(ctx, "tokens", component=component)
        return
    key = f"{ctx.corpus.id}/{measurer.pool_digest}/{component}/{ctx.tokenizer}/{column}/{most}/{order}"
    table, left_out = _divergences(key, measurer, column, most, order)
    if len(table) < 2:
        st.info(
            f"**The tokens of this pool come from {len(table)} {plain(column)}, and a divergence needs two.** "
            "Choose another column, or open a corpus of several sources."
        )
        return
    named = "Jensen–Shannon" if order == 1 else f"Rényi (α = {order:g})"
    pairs = len(table) * (len(table) - 1) // 2
    show(
        divergence_map(table, mode=ctx.mode),
        key="measure-domains",
        data=table.rename_axis(column).reset_index(),
        name=f"divergence-{column}",
        caption=plain(
            f"{named} divergence of the tokens, in bits: 0 same distribution, 1 no shared token. Mean of "
            f"{counted(pairs, 'pair')}: {mean_of_pairs(table.to_numpy()):.3f}. "
            "Domains with few tokens differ more by chance."
        ),
    )
    if left_out:
        names = ", ".join(left_out[:30]) + (" …" if len(left_out) > 30 else "")
        st.caption(plain(f"Left out, {rows(len(left_out))}: {names}"))


@st.cache_data(max_entries=16, show_spinner="Counting the tokens of each domain …")
def _divergences(key: str, _measurer: Measurer, column: str, most: int, order: float) -> tuple[pd.DataFrame, list[str]]:
    names, matrix, left_out = renyi_divergence(_measurer.reference, column=column, order=order, largest=most)
    return divergence_frame(names, matrix), left_out
