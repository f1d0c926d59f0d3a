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

from core.corpus.columns import columns_digest
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import show_id
from core.counted import counted
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.features.clusters import load_clusters
from core.features.keywords import load_keywords
from core.figures.contrast import gap_bars, shift_bars
from core.metrics.registry import instant_names, metric
from core.row_positions import CorpusRow
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections import contrast
from core.workbench.inspections.overlap import chance_jaccard
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workspace.digests import digest_ids
from pages.parts.frame import address, view_cache
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.inspect.pick import RANDOM, Picked, invite, opened_for, saved

LISTED = 200  # rows listed for reading
SIDE_TITLES = {"only_a": "only in A", "only_b": "only in B", "both": "in both"}


def contrast_view(ctx: Context) -> None:
    """Draw the choice of A and B, how much they share, what shifts, their metrics, and the rows of each side."""
    subsets = saved(ctx)
    if not subsets:
        invite("Two subsets, or one and a random draw, can be laid side by side here.")
        return
    columns = st.columns([4, 4, 1.2], vertical_alignment="bottom")
    keys = list(subsets)
    first = bound_select(
        columns[0], "A", keys, parameter=address.CONTRAST_A, default=keys[0], format_func=lambda key: subsets[key].name
    )
    titles = {RANDOM: "a random draw of A's pool, of A's size"} | {key: subset.name for key, subset in subsets.items()}
    second = bound_select(
        columns[1], "B", [RANDOM, *keys], parameter=address.CONTRAST_B,
        default=next((key for key in keys if key != first), RANDOM),
        format_func=titles.__getitem__,
    )  # fmt: skip
    seed = columns[2].number_input("Its seed", min_value=0, value=0, step=1, key="b-seed", disabled=second != RANDOM)
    a = subsets[first]
    b = _random(ctx, a, int(seed)) if second == RANDOM else subsets[second]
    if a.key == b.key:
        st.info("A and B are the same subset. Choose another one to see what differs.")
        return
    corpus_view = view_cache.corpus_view(replace(ctx, pool=PoolSpec()))
    sides = contrast.sides(a.ids, b.ids)
    _counts(a, b, sides, corpus_view)
    left, right = st.columns(2, gap="medium")
    with left:
        _shifts(ctx, corpus_view, a, b)
    with right:
        _gaps(ctx, corpus_view, a, b)
    _rows(ctx, corpus_view, a, b, sides)


def _random(ctx: Context, a: Picked, seed: int) -> Picked:
    recipe = Recipe(
        corpus=a.recipe.corpus, pool=a.recipe.pool, choice=a.recipe.choice, strategy="random", size=len(a.ids),
        seed=seed,
    )  # fmt: skip
    built = build(ctx.workspace, recipe, corpus_view=opened_for(ctx, recipe))
    return Picked(RANDOM, f"random, seed {seed}", built.recipe, built.ids)


def _counts(a: Picked, b: Picked, sides: contrast.Sides, corpus_view: CorpusView) -> None:
    chance = chance_jaccard(min(len(a.ids), len(b.ids)), max(len(corpus_view.pool), len(a.ids), len(b.ids)))
    cells = [
        ("A", counted(len(a.ids), "row"), a.name),
        ("B", counted(len(b.ids), "row"), b.name),
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


def _shifts(ctx: Context, corpus_view: CorpusView, a: Picked, b: Picked) -> None:
    table = _shift_table(digest_ids(a.ids), digest_ids(b.ids), _named(corpus_view), corpus_view, ctx, a.ids, b.ids)
    with st.container(border=True):
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.markdown("**What shifts, by surprise**")
        with right:
            explain(
                "surprise",
                formula="G² = 2 Σ observed · ln(observed / expected) over the 2×2 table (rows of the kind or not, A or "
                "B); z = (share A − share B) / √(p(1 − p)(1/A + 1/B)), p the share in both together; q: p after "
                "Benjamini and Hochberg over all lines.",
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
    a: str, b: str, named: str, _corpus_view: CorpusView, _ctx: Context, _a: NDArray[np.uint64], _b: NDArray[np.uint64]
) -> pd.DataFrame:
    groups = contrast.groupings(_corpus_view, titles=_titles(_ctx))
    corpus = _corpus_view.corpus
    return contrast.shifts(groups, a=corpus.positions_of(np.sort(_a)), b=corpus.positions_of(np.sort(_b)))


def _titles(ctx: Context) -> dict[int, str]:
    clusters = load_clusters(ctx.corpus_text, ctx.choice.clustering)
    words = load_keywords(ctx.workspace, clusters) if clusters else None
    return {kind: f"{kind}: {', '.join(word.word for word in few[:3])}" for kind, few in enumerate(words or [])}


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
        numbers = ["A", "B", "B − A", "95 % from", "to"]
        said[numbers] = said[numbers].astype("float64")
        words: dict[Any, Callable[[Any], str]] = dict.fromkeys(numbers, figure3)
        drawn = said.style.format(words)  # type: ignore[arg-type]  # the stubs want object to str
        st.dataframe(drawn, hide_index=True, height=230, key="gap-table")


@st.cache_data(max_entries=16, show_spinner="Measuring both …")
def _gap_table(
    a: str, b: str, named: str, _corpus_view: CorpusView, component: str, _a: NDArray[np.uint64], _b: NDArray[np.uint64]
) -> pd.DataFrame:
    measurer = Measurer(_corpus_view, component)
    names = [
        name
        for name in instant_names()
        if name != "rows" and measurer.reference.has_all(metric(name).needs(measurer.parameters(name)))
    ]
    rows_a, rows_b = (_corpus_view.pool_positions_of(np.sort(ids)) for ids in (_a, _b))
    return contrast.metric_gaps(measurer, names, a=rows_a, b=rows_b)


def _rows(ctx: Context, corpus_view: CorpusView, a: Picked, b: Picked, sides: contrast.Sides) -> None:
    st.subheader("The rows", anchor=False)
    first, *buttons = st.columns([3, 2, 2], vertical_alignment="bottom")
    side = first.segmented_control(
        "Show", list(SIDE_TITLES), default="only_a", required=True, format_func=SIDE_TITLES.__getitem__, key="side"
    )
    for place, (name, picked) in zip(buttons, (("only_a", a), ("only_b", b)), strict=True):
        ids = getattr(sides, name)
        place.download_button(
            f"Rows {SIDE_TITLES[name]} (JSONL)",
            data=partial(_jsonl, corpus_view, ids, picked),
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
        records = corpus_view.corpus.rows(positions)
        columns = ("instruction", "response", "source")
        table = pd.DataFrame({name: [str(record[name] or "")[:200] for record in records] for name in columns})
        table["id"] = [show_id(record["id"]) for record in records]
        event = st.dataframe(
            table, hide_index=True, height=420, key=f"side-{side}", on_select="rerun", selection_mode="single-row"
        )
    picked_row = (event.selection.rows if event else None) or [0]
    with right:
        position = CorpusRow(int(positions[min(picked_row[0], len(positions) - 1)]))
        reading_card(ctx.corpus, position, key="side-card", height=460)


def _jsonl(corpus_view: CorpusView, ids: NDArray[np.uint64], picked: Picked) -> bytes:
    records = rows_to_export(corpus_view.corpus, corpus_view.corpus.positions_of(ids))
    return FORMATS["jsonl"].write(records, picked.recipe.as_json())
