"""Labels across sources: like names and inconsistent definitions, with examples, and renaming that Undo takes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.corpus.column_facts import worded_columns
from core.corpus.columns import column_digest
from core.counted import counted
from core.errors import DiverscopeError
from core.features import label_taxonomy as taxonomy
from core.features.embedding import load_embeddings
from core.row_positions import CorpusRow
from core.several import coded
from core.workspace.digests import digest
from pages.parts.frame import address, session_keys
from pages.parts.frame.explain import explain
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.selection import COLUMN, SelectionState

EVERYWHERE = ""
MOST_ROWS = 1_000  # of a label in a source, by which its definitions are compared


def label_taxonomy(ctx: Context) -> None:
    """Draw the tables of a column's labels across sources, the examples of the chosen line, and the edits."""
    columns = [name for name in worded_columns(ctx.corpus) if not name.endswith(", taxonomy")]
    if "source" not in columns:
        return
    fold = st.expander("Labels across sources", icon=":material/schema:", key="taxonomy", on_change="rerun")
    if not fold.open:  # to read the vectors of all rows takes seconds
        return
    with fold:
        vectors = load_embeddings(ctx.corpus_text, ctx.embedder or None)
        if vectors is None:
            st.caption("Which labels mean the same is read from the rows' vectors: embed the rows above.")
            return
        left, middle, more, least_at, help_ = st.columns([2, 2, 1.4, 1.4, 0.6], vertical_alignment="bottom")
        default = columns.index("category") if "category" in columns else 0
        column = left.selectbox("Labels", columns, index=default, key="taxonomy.column")
        source = middle.selectbox("Sources", columns, index=columns.index("source"), key="taxonomy.source")
        weight = more.slider("Weight of names", 0.0, 1.0, 0.5, 0.05, key="taxonomy.weight",
                             help="In the likeness of two labels; the rest is that of their rows.")  # fmt: skip
        least = least_at.slider("One group from", 0.3, 1.0, 0.7, 0.02, key="taxonomy.least",
                                help="Likeness. Lower: more labels are proposed as one.")  # fmt: skip
        with help_:
            explain(
                "the labels across sources",
                formula="likeness = w · cos(trigrams of the names) + (1 − w) · cos(mean vectors of the rows)\n"
                "agreement of two sources on a label: share of its rows in one source whose nearest mean vector among "
                "the other's labels is that label's; mean of both directions",
                source="after B2NERD (arXiv 2406.11192), section 3, which trains models for this; a reconstruction",
                key="taxonomy.help",
            )
        values = taxonomy.edited_values(ctx.corpus, column)
        try:
            groups, found = _read(ctx, column, source, values, vectors, float(weight), float(least))
        except DiverscopeError as error:
            st.warning(plain(str(error)))
            return
        names_tab, clashes_tab = st.tabs(["Like names", "Inconsistent definitions"])
        with names_tab:
            picked = _like_names(groups)
        with clashes_tab:
            picked = _clashes(ctx, found) or picked
        _edits(ctx, column, source, values, picked)


def _read(
    ctx: Context, column: str, source: str, values: NDArray[Any], vectors: NDArray[np.float32], weight: float,
    least: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    sources = ctx.corpus.column(source)
    made = taxonomy.taxonomy_column(column)
    contents = [column_digest(ctx.corpus, name) for name in (column, source, made) if name in ctx.corpus.columns]
    named = digest([ctx.corpus.id, ctx.component, str(ctx.embedder), column, source, contents])
    rows = _labelled(named, values, sources, column)
    return _groups(named, weight, least, rows, vectors), _measured(named, rows, vectors)


@st.cache_resource(max_entries=4, show_spinner=False)
def _labelled(named: str, _labels: NDArray[Any], _sources: NDArray[Any], _column: str) -> taxonomy.Labelled:
    return taxonomy.labelled(_labels, _sources, column=_column)


@st.cache_data(max_entries=16, show_spinner="Comparing the labels …")
def _groups(
    named: str, weight: float, least: float, _rows: taxonomy.Labelled, _vectors: NDArray[np.float32]
) -> pd.DataFrame:
    return taxonomy.label_groups(_rows, _vectors, weight=weight, least=least)


@st.cache_data(max_entries=16, show_spinner="Comparing the labels of the sources …")
def _measured(named: str, _rows: taxonomy.Labelled, _vectors: NDArray[np.float32]) -> pd.DataFrame:
    return taxonomy.clashes(_rows, _vectors, most_rows=MOST_ROWS)


def _like_names(groups: pd.DataFrame) -> list[str]:
    """Draw the labels, groups of several first, then the most alike; gives the labels of the picked line's group."""
    grouped = groups.groupby("group")
    size, nearest = grouped["rows"].transform("size"), grouped["likeness"].transform("max")
    shown = groups.assign(together=size, nearest=nearest).sort_values(
        ["together", "nearest", "group", "rows"], ascending=[False, False, True, False], kind="stable"
    )
    shown = shown.reset_index(drop=True)
    event = st.dataframe(
        shown[["label", "rows", "sources", "group", "like", "likeness"]], hide_index=True, height=260,
        on_select="rerun", selection_mode="single-row", key="taxonomy.names",
        column_config={
            "rows": st.column_config.NumberColumn(format="localized"),
            "like": st.column_config.TextColumn(help="The label that is nearest to it."),
            "likeness": st.column_config.NumberColumn(format="%.2f", help="Of the two: 1 is the same."),
        },
    )  # fmt: skip
    picked = event["selection"]["rows"]
    st.caption(f"{counted(int((size > 1).sum()), 'label')} of {len(groups):,} may mean the same as another. Press one "
               "to propose its group for merging.")  # fmt: skip
    if not picked or picked[0] >= len(shown):
        return []
    return [str(name) for name in shown[shown["group"] == shown.loc[picked[0], "group"]]["label"]]


def _clashes(ctx: Context, found: pd.DataFrame) -> list[str]:
    """Draw how far two sources mean the same by a label, and the pressed line's examples; gives its label."""
    if found.empty:
        st.info("No two sources share two labels with five rows each, so no definition can be compared.")
        return []
    event = st.dataframe(
        found[taxonomy.CLASHES[:7]], hide_index=True, height=260, on_select="rerun", selection_mode="single-row",
        key="taxonomy.clashes", column_config={"agreement": st.column_config.NumberColumn(format="%.2f")},
    )  # fmt: skip
    bad = int((found["agreement"] < taxonomy.EDGE).sum())
    asked = (
        f" Of a label's rows in a source, {MOST_ROWS:,} at most are asked." if found["rows"].max() > MOST_ROWS else ""
    )
    st.caption(
        f"{counted(bad, 'definition')} below an agreement of ½.{asked} Press a line to read an example of each source."
    )
    picked = event["selection"]["rows"]
    if not picked or picked[0] >= len(found):
        return []
    line = found.iloc[picked[0]]
    for place, side in zip(st.columns(2, gap="medium"), ("", "other ")):
        with place:
            st.text(f"{line['label']} in {line[f'{side}source']}")
            reading_card(ctx.corpus, CorpusRow(int(line[f"{side}example"])), key=f"taxonomy.{side.strip() or 'one'}")
    return [str(line["label"])]


def _edits(ctx: Context, column: str, source: str, values: NDArray[Any], picked: list[str]) -> None:
    """Draw the edits, each a step that Undo takes back, and the way to the strategy that takes the new column."""
    made = taxonomy.taxonomy_column(column)
    labels, sources = (
        sorted({str(value) for value in coded(cells)[1] if value}) for cells in (values, ctx.corpus.column(source))
    )
    left, middle, right, press = st.columns([3, 2, 2, 1.2], vertical_alignment="bottom")
    version = digest([picked, labels])[:8]  # another proposal, or other labels: new widgets
    chosen = left.multiselect("Labels to rename or merge", labels, default=[name for name in picked if name in labels],
                              key=f"taxonomy.chosen.{version}")  # fmt: skip
    new = middle.text_input("New name", key=f"taxonomy.new.{version}", placeholder=chosen[0] if chosen else "")
    only = right.selectbox("In", [EVERYWHERE, *sources], key="taxonomy.only",
                           format_func=lambda name: name or "every source")  # fmt: skip
    if press.button(
        "Rename" if len(chosen) < 2 else "Merge", key="taxonomy.apply", disabled=not chosen, type="primary"
    ):
        within = np.asarray(ctx.corpus.column(source) == only) if only else None
        try:
            changed = taxonomy.relabelled(values, chosen, new or chosen[0], within=within)
        except DiverscopeError as error:
            st.warning(plain(str(error)))
            return
        said = f"Called {counted(len(chosen), 'label')} {new or chosen[0]}"
        SelectionState(ctx.corpus).do(said, **{f"{COLUMN}{made}": changed})
        session_keys.CLUSTERS_SAID.set(f"{said}, in the column “{made}”.")
        st.rerun()
    state = SelectionState(ctx.corpus)
    with st.container(horizontal=True, vertical_alignment="center"):
        if state.steps and f"{COLUMN}{made}" in state.steps[-1].after and st.button("Undo", key="taxonomy.undo"):
            state.undo()
            st.rerun()
        if made in ctx.corpus.columns:
            st.caption(plain(f"The column “{made}” holds the labels as edited: B2NERD takes it as its category."))
            link("subsets", "Prune by it on Subsets", icon=":material/tune:", query={address.STRATEGY: "b2nerd"})
