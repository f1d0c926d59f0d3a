"""Tags that stand together in rows, as a picture beside a list, and the tags of a subset against the pool's."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.tag_pairs import pair_heat
from core.figures.tags import against_bars
from core.row_positions import CorpusRows
from core.view import TypeRows
from core.workbench.inspections.tag_relations import tag_grid, tags_against, tags_together
from core.workbench.subsets import list_subsets
from pages.parts.frame import address, session_keys, view_cache
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.selection import SelectionState
from pages.parts.frame.session_keys import Key
from pages.parts.tags.tag_rows import pick_in_table, turn_to_tag

SELECTED = "selection"
COUNT = st.column_config.NumberColumn(format="localized")


def together(ctx: Context, types: TypeRows, tag: str) -> None:
    """Draw the pairs of tags that share rows, as a heat map beside a list; with a chosen tag, only its pairs.

    A square or a line selects the rows with both tags.
    """
    named = f"{ctx.corpus.id}/{ctx.component}/{ctx.choice.tagging}/{ctx.choice.tag_edits}"
    table, grid = _together(named, tag, _types=types)
    left, right = st.columns([12, 1], vertical_alignment="center")
    left.caption(
        plain(f"Tags that stand beside “{tag}”" if tag else "Pairs of tags in the same rows")
        + ". Lift: how many times as often as by chance; the pairs that tell most of each other come first. A press on "
        "a square or a line selects the rows with both."
    )
    with right:
        explain(
            "Tags together",
            formula="lift = rows with both · all rows / (rows with one · rows with the other)\n"
            "order: rows with both · ln(lift), their part of the mutual information",
            source="Church and Hanks (1990), word association norms",
            notes="Pairs in fewer than three rows, and pairs rarer than chance, are left out.",
            key="tags-together-explain",
        )
    if table.empty:
        st.info("No two tags share three rows more often than by chance.")
        return
    key, pairs = session_keys.TAG_PAIRS.of(tag), list(zip(table["tag"], table["with"], strict=True))
    picture, listed = st.columns([1.35, 1], gap="medium")
    with picture:
        show(
            pair_heat(grid, mode=ctx.mode), key=session_keys.TAG_HEAT.name, data=grid, name="tags-together",
            on_select=partial(_press, ctx, types), selection_mode=("points",),
            caption=f"The {grid['tag'].nunique()} tags of the first pairs, those of one theme side by side. The number "
            "counts the rows with both tags.",
        )  # fmt: skip
    with listed:
        st.dataframe(
            table, hide_index=True, height=470, key=key.name, selection_mode="single-row",
            on_select=partial(_pick_pair, ctx, types, key, pairs),
            column_config={
                "rows": COUNT,
                "lift": st.column_config.NumberColumn(format="%.1f"),
                "share": st.column_config.NumberColumn(format="%.0f %%", help="Of the first tag's rows."),
            },
        )  # fmt: skip


def _press(ctx: Context, types: TypeRows) -> None:
    """The callback of the heat map: the rows with both tags of the pressed square are selected."""
    points = (session_keys.TAG_HEAT.get(None) or {}).get("selection", {}).get("points", [])
    pressed = [point["customdata"] for point in points if point.get("customdata")]
    if pressed:
        _select_both(ctx, types, str(pressed[0][0]), str(pressed[0][1]))


def _pick_pair(ctx: Context, types: TypeRows, key: Key[Any], pairs: list[tuple[str, str]]) -> None:
    """The callback of the list: the rows with both tags of the picked line are selected."""
    picked = key.value.selection.rows
    if picked and picked[0] < len(pairs):
        _select_both(ctx, types, *pairs[picked[0]])


def _select_both(ctx: Context, types: TypeRows, first: str, other: str) -> None:
    SelectionState(ctx.corpus).select(CorpusRows(types.rows_with_all((first, other))), f"tags {first} and {other}")


def against(ctx: Context, types: TypeRows) -> None:
    """Draw which tags a saved subset, or the selection, holds more or less often than the pool."""
    subsets = {subset.key: subset for subset in list_subsets(ctx.workspace, ctx.corpus.id)}
    selected = SelectionState(ctx.corpus).now
    options = ([SELECTED] if selected is not None and len(selected.rows) else []) + list(subsets)
    if not options:
        st.info("**No rows to compare yet.** Choose a tag or draw on the map, or save a subset on the Subsets page.")
        return
    chosen = bound_select(
        st, "Tags of", options, parameter=address.TAGS_OF, default=options[-1] if subsets else options[0],
        format_func=lambda key: "the selected rows" if key == SELECTED else subsets[key].name,
    )  # fmt: skip
    if chosen == SELECTED and selected is not None:
        picked = np.asarray(selected.rows, dtype=np.int64)
    else:
        picked = np.asarray(ctx.corpus.positions_of(np.asarray(subsets[chosen].ids)), dtype=np.int64)
    pool = np.asarray(view_cache.corpus_view(ctx).positions, dtype=np.int64)
    table = tags_against(types, picked, np.union1d(pool, picked))
    st.caption(
        f"{rows(len(picked))} rows against the pool's {rows(len(pool))}. “Expected” is a random draw of as many rows; "
        "z counts its standard deviations: by chance about one tag in 370 lies beyond ±3."
    )
    show(
        against_bars(table, mode=ctx.mode), key=session_keys.TAG_AGAINST_BARS.name, data=table,
        name="tags-against-pool", on_select=_press_against, selection_mode=("points",),
        caption="Click a bar, or a line below, to select the tag's rows.",
    )  # fmt: skip
    key = session_keys.TAG_AGAINST.of(chosen)
    st.dataframe(
        table, hide_index=True, height=300, key=key.name, selection_mode="single-row",
        on_select=partial(pick_in_table, key, table["tag"].tolist()),
        column_config={
            "rows": COUNT,
            "pool rows": COUNT,
            "expected": st.column_config.NumberColumn(format="%.1f"),
            "ratio": st.column_config.NumberColumn(format="%.2f"),
            "z": st.column_config.NumberColumn(format="%.1f"),
        },
    )  # fmt: skip


def _press_against() -> None:
    """The callback of the bars: the pressed bar's tag is chosen."""
    points = (session_keys.TAG_AGAINST_BARS.get(None) or {}).get("selection", {}).get("points", [])
    if points and points[0].get("customdata"):
        turn_to_tag(str(points[0]["customdata"][3]))


@st.cache_data(max_entries=32, show_spinner=False)
def _together(key: str, tag: str, *, _types: TypeRows) -> tuple[pd.DataFrame, pd.DataFrame]:
    return tags_together(_types, tag=tag), tag_grid(_types, tag=tag)
