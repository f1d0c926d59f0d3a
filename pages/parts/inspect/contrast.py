"""A against B: two subsets side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.budgets.units import ALL_TOKENS, UNITS
from core.corpus.columns import columns_digest
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.counted import counted, spoken_unit
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.figures.contrast import gap_bars, shift_bars
from core.row_positions import CorpusRow, CorpusRows
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections import contrast
from core.workbench.inspections.side_by_side import (
    at_equal_tokens,
    chance_of_two,
    gaps_between,
    random_beside,
    random_recipe,
    shifts_between,
)
from core.workbench.recipe import Recipe
from core.workspace.digests import digest, digest_ids
from pages.parts.choosing.on_slider import on_slider, slider_title
from pages.parts.frame import address, view_cache
from pages.parts.frame.bound_select import bound_segments, bound_select, follow_default
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import reading_on
from pages.parts.inspect.contrast_map import sides_map
from pages.parts.inspect.pick import EQUAL, RANDOM, SLIDER, Picked, built_here, opened_for, picked, saved

LISTED = 200  # rows listed for reading
SIDE_TITLES = {"only_a": "only in A", "only_b": "only in B", "both": "in both"}


def contrast_view(ctx: Context) -> None:
    """Draw the choice of A and B, how much they share, what shifts, their metrics, and the rows of each side.

    A starts as what stands on the slider, B as the last saved subset that holds other rows, else as random rows.
    """
    subsets, recipe = saved(ctx), on_slider(ctx)
    columns = st.columns([4, 4, 1.2, 1.5], vertical_alignment="bottom")
    titles = {SLIDER: slider_title(recipe), **{key: subset.name for key, subset in subsets.items()}}
    first = bound_select(
        columns[0], "A", list(titles), parameter=address.CONTRAST_A, default=SLIDER, format_func=titles.__getitem__
    )
    a = picked(ctx, recipe) if first == SLIDER else subsets[first]
    if a is None:
        return
    of_a = digest_ids(a.ids)
    others = {RANDOM: "random rows of A's pool, as many as A", **titles}
    other = next((key for key, kept in subsets.items() if kept.recipe.ids_digest != of_a), RANDOM)
    follow_default(address.CONTRAST_B, other)
    second = bound_select(
        columns[1], "B", list(others), parameter=address.CONTRAST_B, default=other, format_func=others.__getitem__
    )
    seed = columns[2].number_input(
        "Its seed", min_value=0, value=0, step=1, disabled=second != RANDOM, persist_state="session",
        **address.CONTRAST_SEED.widget,
    )  # fmt: skip
    equal = columns[3].toggle(
        "Equal tokens", **address.CONTRAST_EQUAL.widget, persist_state="session",
        help="B is built anew with as many tokens of instruction and response as A has, in however many rows.",
    )  # fmt: skip
    if second == RANDOM:
        b = None if equal else _random(ctx, a, int(seed))
        recipe_b = random_recipe(replace(a.recipe, given=""), size=len(a.ids), seed=int(seed))
        title = f"random, seed {int(seed)}"
    else:
        b = None if second == SLIDER else subsets.get(second)
        recipe_b, title = b.recipe if b is not None else recipe, titles[second]
    if equal:
        b = a if second == first else _equal(ctx, a, recipe_b, f"{title}, at A's tokens")
    elif b is None:
        b = a if second == first else picked(ctx, recipe)
    if b is None:
        return
    if of_a == digest_ids(b.ids):
        st.info("**A and B hold the same rows.** Choose another subset for one of them to see what differs.")
        return
    corpus_view = view_cache.corpus_view(replace(ctx, pool=PoolSpec()))
    sides = contrast.sides(a.ids, b.ids)
    _counts(a, b, sides, corpus_view)
    left, right = st.columns(2, gap="medium")
    with left:
        _shifts(ctx, corpus_view, a, b)
    with right:
        _gaps(ctx, corpus_view, a, b)
    sides_map(ctx, a, b)
    _rows(ctx, corpus_view, a, b, sides)


def _equal(ctx: Context, a: Picked, recipe: Recipe, name: str) -> Picked | None:
    """B with as many tokens as A has; None after drawing what has to be computed first."""
    uncounted = opened_for(ctx, a.recipe).not_counted(ALL_TOKENS)
    if uncounted:
        offer(ctx, "tokens", component=uncounted)
        return None
    built = built_here(ctx, at_equal_tokens(ctx.workspace, a.recipe, a.ids, recipe))
    return None if built is None else Picked(EQUAL, name, built.recipe, built.ids)


def _random(ctx: Context, a: Picked, seed: int) -> Picked:
    shared = opened_for(ctx, replace(a.recipe, given=""))
    return _random_rows(a.recipe.as_json(), _named(shared), len(a.ids), seed, shared, a.recipe)


@st.cache_resource(max_entries=16, show_spinner="Drawing random rows …")
def _random_rows(asked: bytes, named: str, size: int, seed: int, _shared: CorpusView, _recipe: Recipe) -> Picked:
    built = random_beside(_shared.workspace, _recipe, size=size, seed=seed, corpus_view=_shared)
    return Picked(RANDOM, f"random, seed {seed}", built.recipe, built.ids)


def _counts(a: Picked, b: Picked, sides: contrast.Sides, corpus_view: CorpusView) -> None:
    chance = chance_of_two(a.ids, b.ids, pool=len(corpus_view.pool))
    cells = [
        *(
            (side, counted(len(shown.ids), "row"), _with_tokens(shown, corpus_view))
            for side, shown in zip("AB", (a, b))
        ),
        ("In both", counted(len(sides.both), "row"), f"{len(sides.both) / len(a.ids):.1%} of A"),
        ("Only in A", counted(len(sides.only_a), "row"), ""),
        ("Only in B", counted(len(sides.only_b), "row"), ""),
        ("Jaccard", figure3(sides.jaccard), f"two random draws of A's size: {figure3(chance)}"),
    ]
    for column, (label, value, note) in zip(st.columns([2, 2, 1.4, 1.4, 1.4, 2]), cells, strict=True):
        with column.container(border=True, height="stretch"):
            st.caption(label)
            st.markdown(f"#### {plain(value)}")
            st.caption(plain(note))


def _with_tokens(shown: Picked, corpus_view: CorpusView) -> str:
    """The name of a side, and its tokens of instruction and response where they are counted."""
    if corpus_view.not_counted(ALL_TOKENS):
        return shown.name
    costs = corpus_view.costs(ALL_TOKENS)
    assert costs is not None
    tokens = int(costs[corpus_view.pool_positions_of(np.sort(shown.ids))].sum())
    return f"{shown.name} · {tokens:,} {UNITS[ALL_TOKENS].title}"


def _shifts(ctx: Context, corpus_view: CorpusView, a: Picked, b: Picked) -> None:
    table = _shift_table(digest_ids(a.ids), digest_ids(b.ids), _named(corpus_view), corpus_view, a.ids, b.ids)
    with st.container(border=True):
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.markdown("**What shifts, by surprise**")
        with right:
            explain(
                "surprise",
                meaning="How much more often a kind of row stands on one side than it would by chance. From 2 on, "
                "chance alone does it less than once in 20 times.",
                formula="surprise: the square root of G² = 2 Σ observed · ln(observed / expected) over the 2×2 table "
                "(rows of the kind or not, A or B); z = (share A − share B) / √(p(1 − p)(1/A + 1/B)), p the share in "
                "both together; q: p after Benjamini and Hochberg over all lines.",
                source="Dunning 1993",
                notes="Faint bars are shifts that chance explains (q above 0.05). Rows in both subsets count on both "
                "sides, which makes the test conservative.",
                key="help-shifts",
            )
        kinds = list(dict.fromkeys(table["kind"]))
        wanted = st.pills(
            "Kinds", kinds, selection_mode="multi", default=kinds, key="shift-kinds", label_visibility="collapsed"
        )
        shown = table[table["kind"].isin(wanted)]
        if not len(shown):
            st.info("Choose a kind of group to compare by.")
            return
        beyond = int((shown["q"] <= 0.05).sum())
        show(
            shift_bars(shown, a=a.name, b=b.name, mode=ctx.mode), key="shift-figure", data=shown, name="shifts",
            caption=f"{rows(beyond)} of {counted(len(shown), 'group')} shift beyond chance; the CSV has all.",
        )  # fmt: skip


@st.cache_data(max_entries=16, show_spinner="Comparing the groups …")
def _shift_table(
    a: str, b: str, named: str, _corpus_view: CorpusView, _a: NDArray[np.uint64], _b: NDArray[np.uint64]
) -> pd.DataFrame:
    return shifts_between(_corpus_view, _a, _b)


def _named(corpus_view: CorpusView) -> str:
    corpus, features = corpus_view.corpus, sorted(corpus_view.keys.items())
    return f"{corpus.id}/{features}/{corpus_view.choice.as_dict()}/{columns_digest(corpus)}"


def _gaps(ctx: Context, corpus_view: CorpusView, a: Picked, b: Picked) -> None:
    table = _gap_table(
        digest_ids(a.ids), digest_ids(b.ids), _named(corpus_view), corpus_view, ctx.component, a.ids, b.ids
    )
    with st.container(border=True):
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.markdown(f"**What they measure** :small[on {plain(ctx.component)}]")
        with right:
            explain(
                "the interval",
                formula="gap = B − A; 95 % interval = gap ± t₁₉ · s, s the standard deviation of the gap over 20 "
                "random halves of the rows (delete-half jackknife)",
                notes="A half drawn without repeats is used because a bootstrap repeats rows, and repeated rows make "
                "any subset look less diverse. Size-dependent metrics are read at equal size.",
                key="help-gaps",
            )
        show(gap_bars(table, mode=ctx.mode, height=280), key="gap-figure", data=table, name="metric-gaps")
        said = table[["title", "a", "b", "gap", "low", "high", "unit", "note"]].rename(
            columns={"title": "metric", "a": "A", "b": "B", "gap": "B − A", "low": "95 % from", "high": "to"}
        )
        said["unit"] = said["unit"].map(spoken_unit)
        numbers = ["A", "B", "B − A", "95 % from", "to"]
        said[numbers] = said[numbers].astype("float64")
        words: dict[Any, Callable[[Any], str]] = dict.fromkeys(numbers, figure3)
        drawn = said.style.format(words)  # type: ignore[arg-type]  # the stubs want object to str
        st.dataframe(drawn, hide_index=True, height=230, key="gap-table")


@st.cache_data(max_entries=16, show_spinner="Measuring both …")
def _gap_table(
    a: str, b: str, named: str, _corpus_view: CorpusView, component: str, _a: NDArray[np.uint64], _b: NDArray[np.uint64]
) -> pd.DataFrame:
    return gaps_between(_corpus_view, component, _a, _b)


def _rows(ctx: Context, corpus_view: CorpusView, a: Picked, b: Picked, sides: contrast.Sides) -> None:
    st.subheader("The rows", anchor=False)
    first, *buttons = st.columns([3, 2, 2], vertical_alignment="bottom")
    side = bound_segments(first, "Show", SIDE_TITLES, parameter=address.CONTRAST_ROWS, default="only_a")
    for place, (name, side_picked) in zip(buttons, (("only_a", a), ("only_b", b)), strict=True):
        ids = getattr(sides, name)
        place.download_button(
            f"Rows {SIDE_TITLES[name]} (JSONL)",
            data=partial(_jsonl, corpus_view, ids, side_picked),
            file_name=f"{name.replace('_', '-')}-{digest_ids(ids)[:8]}.jsonl",
            mime="application/x-ndjson",
            on_click="ignore",
            disabled=not len(ids),
            width="stretch",
            key=f"download-{name}",
            help=f"{counted(len(ids), 'row')}, every field as it came.",
        )
    ids = getattr(sides, str(side))
    if not len(ids):
        st.caption("No rows.")
        return
    left, right = st.columns([3, 2], gap="medium")
    positions = corpus_view.corpus.positions_of(ids[:LISTED])
    with left:
        if len(ids) > LISTED:
            st.caption(f"The first {LISTED} of {rows(len(ids))}, in the order chosen; the download has all.")
        table = _lines(corpus_view.corpus.id, digest(positions.tolist()), corpus_view.corpus, positions)
        event = st.dataframe(
            table, hide_index=True, height=420, key=f"side-{side}", on_select="rerun", selection_mode="single-row"
        )
    picked_row = (event.selection.rows if event else None) or [0]
    with right:
        position = CorpusRow(int(positions[min(picked_row[0], len(positions) - 1)]))
        reading = reading_on(positions, position, key="side-card")
        reading_card(ctx.corpus, reading.row, key="side-card", height=460, reading=reading)


@st.cache_data(max_entries=32, show_spinner=False)
def _lines(corpus_id: str, listed: str, _corpus: Corpus, _positions: CorpusRows) -> pd.DataFrame:
    columns = ("instruction", "response", "source")
    fields = _corpus.fields_at(_positions, *columns)
    table = pd.DataFrame({name: [str(cell or "")[:200] for cell in fields[name]] for name in columns})
    return table.assign(id=[show_id(row_id) for row_id in _corpus.ids[_positions].tolist()])


def _jsonl(corpus_view: CorpusView, ids: NDArray[np.uint64], picked: Picked) -> bytes:
    records = rows_to_export(corpus_view.corpus, corpus_view.corpus.positions_of(ids))
    return FORMATS["jsonl"].write(records, picked.recipe.as_json())
