"""The drawer of saved subsets: look through them, open one on the slider, export, measure, compare, rename, delete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.budgets.cost import Cost
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import ALL_TOKENS, MINUTES, MONEY, TOKENS
from core.counted import counted
from core.export.bundle import problems_of
from core.export.format import Format, Problem
from core.workbench.asked_training import AskedTraining
from core.workbench.row_order import cautions
from core.workbench.saved_export import format_of, saved_archive, saved_rows, stem_of
from core.workbench.saved_list import SavedLine, delete, saved_list
from core.workbench.subset_cost import costs_of_saved
from core.workbench.subsets import Subset, open_subset, rename
from core.workspace import names, trash
from pages.parts.choosing.export_choice import answered, export_choice, labels_tick, row_order
from pages.parts.choosing.open_saved import open_saved
from pages.parts.choosing.profile_form import profile_now
from pages.parts.frame import address, session_keys, view_cache
from pages.parts.frame.guard import guarded
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import moment, plain

HEIGHT = 280  # pixels of the table
SERIES_SHOWN = 6  # hexadecimal digits of a series' key


def saved_drawer(ctx: Context, *, pool_rows: int) -> None:
    """Draw the folded list of this corpus's saved subsets with what can be done with those that are picked."""
    _just_deleted(ctx)
    lines = saved_list(ctx.workspace, ctx.corpus.id)
    if not lines:
        return
    with st.expander(f"Saved: {counted(len(lines), 'subset')}", icon=":material/inventory_2:", key="saved-drawer"):
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        search = left.text_input(
            "Search", key="saved-search", placeholder="name, note, strategy, position, digest", persist_state="session"
        )
        by_series = right.toggle("Group by series", key="saved-by-series", persist_state="session")
        words = search.lower().split()
        shown = [line for line in lines if line.holds(words)]
        if by_series:
            shown.sort(key=lambda line: (line.series, line.position, line.seed))
        if not shown:
            st.caption("No saved subset holds these words.")
            return
        picked = _picked(ctx, shown)
        if not picked:
            st.caption("Choose lines to open, export, measure, compare, rename or delete them.")
            return
        with guarded():
            _actions(ctx, picked, lines, pool_rows)


def _picked(ctx: Context, lines: Sequence[SavedLine]) -> list[SavedLine]:
    profile = profile_now(ctx)
    table = pd.DataFrame(
        {
            "name": [line.name for line in lines],
            "rows": [line.rows for line in lines],
            "tokens": pd.array([line.tokens for line in lines], dtype="Int64"),
            **_costs(ctx, lines, profile),
            "strategy": [line.strategy for line in lines],
            "component": [line.component for line in lines],
            "position": [line.position * 100 for line in lines],
            "seed": [line.seed for line in lines],
            "series": [line.series[:SERIES_SHOWN] for line in lines],
            "study": [line.study for line in lines],
            "saved": [moment(line.made_at) for line in lines],
            "digest": [line.digest for line in lines],
            "note": [" ".join(line.note.split()) for line in lines],
        }
    )
    if len({line.corpus for line in lines}) > 1:
        table.insert(1, "version", [line.corpus_name or "in the trash" for line in lines])
    event = st.dataframe(
        table,
        key=f"saved-table-{session_keys.SAVED_TABLE.now}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        height=min(HEIGHT, 38 + 35 * len(lines)),
        column_config={
            "rows": st.column_config.NumberColumn(format="localized", width="small"),
            "tokens": st.column_config.NumberColumn(
                format="localized", width="small", help="Of the component that the strategy read."
            ),
            "all tokens": st.column_config.NumberColumn(
                format="localized",
                width="small",
                help="Of instruction and response, rows cut where the profile cuts them.",
            ),
            "minutes": st.column_config.NumberColumn(
                format="localized", width="small", help=f"By the trainer profile {profile.words}." if profile else None
            ),
            "position": st.column_config.NumberColumn(format="%.1f %%", width="small"),
            "seed": st.column_config.NumberColumn(width="small"),
            "series": st.column_config.TextColumn(help="Subsets with one key differ in their position only."),
        },
    )
    return [lines[place] for place in event["selection"]["rows"] if place < len(lines)]


def _costs(ctx: Context, lines: Sequence[SavedLine], profile: TrainerProfile | None) -> dict[str, Any]:
    """The columns of what training on each subset costs: all tokens, and by a profile minutes and money."""
    view = view_cache.corpus_view(ctx)
    counted_now = [view.not_counted(unit) for unit in (TOKENS, ALL_TOKENS)]  # what is counted is drawn at once
    costs = _of_each(repr((sorted(line.key for line in lines), ctx.choice.tokenizer, counted_now)), profile, ctx, lines)
    amounts = [costs[line.key].amounts() if line.key in costs else {} for line in lines]
    columns: dict[str, Any] = {"all tokens": pd.array([told.get(ALL_TOKENS) for told in amounts], dtype="Int64")}
    if profile is not None:
        columns["minutes"] = [told.get(MINUTES) for told in amounts]
        if profile.price_an_hour:
            columns[profile.currency or MONEY] = [told.get(MONEY) for told in amounts]
    return columns


@st.cache_data(max_entries=32, show_spinner="Counting what each subset costs …")
def _of_each(key: str, profile: TrainerProfile | None, _ctx: Context, _lines: Sequence[SavedLine]) -> dict[str, Cost]:
    there = [open_subset(_ctx.workspace, line.key) for line in _lines if line.corpus_name]
    return costs_of_saved(_ctx.workspace, there, profile=profile)


def _actions(ctx: Context, picked: Sequence[SavedLine], lines: Sequence[SavedLine], pool_rows: int) -> None:
    one_line = picked[0] if len(picked) == 1 else None
    columns = st.columns([1, 1.6, 1.4, 1, 1, 1, 1], vertical_alignment="bottom")
    if columns[0].button(
        "Open", type="primary", key="saved-open", disabled=one_line is None, width="stretch", on_click=_open,
        args=(ctx, picked[0].key, [line.key for line in lines], pool_rows),
        help="The slider, the strategy, its settings, the pool and the rules stand as they stood when it was saved.",
    ):  # fmt: skip
        pass
    name = export_choice(columns[1], key="saved-format")
    export_place = columns[2].empty()
    with columns[3].container():
        if one_line is not None:
            link("measure", "Measure", icon=":material/straighten:", query={address.MEASURED_ROWS: one_line.key})
    with columns[4].container():
        link("compare", "Compare", icon=":material/compare_arrows:")
    with columns[5].popover("Name, note", width="stretch", key="saved-naming", disabled=one_line is None):
        if one_line is not None:
            _naming(ctx, one_line)
    if columns[6].button("Delete", key="saved-delete", width="stretch", icon=":material/delete:"):
        gone = delete(ctx.workspace, [line.key for line in picked])
        said = picked[0].name if one_line else counted(len(picked), "subset")
        session_keys.SAVED_DELETED.set((gone.stamp, said))
        session_keys.SAVED_TABLE.renew()
        st.rerun()
    _download(ctx, picked, export_place, name)


def _open(ctx: Context, key: str, known: list[str], pool_rows: int) -> None:
    with guarded():
        open_saved(open_subset(ctx.workspace, key), known=known, pool_rows=pool_rows)


def _download(ctx: Context, picked: Sequence[SavedLine], place: Any, name: str) -> None:
    """The button that hands out what was saved in one zip, after what a trainer asks."""
    written_as = answered(name, key="saved")
    labels = labels_tick(ctx.corpus.columns, key="saved-labels")
    order = row_order(ctx.corpus, key="saved")
    subsets = [open_subset(ctx.workspace, line.key) for line in picked]
    first, single = subsets[0], len(subsets) == 1
    place.download_button(
        "Export" if single else f"Export {len(subsets)}",
        data=(lambda: saved_archive(ctx.workspace, subsets, format=written_as, labels=labels, order=order))
        if written_as
        else b"",
        file_name=f"{stem_of(first.recipe, first.digest, written_as)}.zip"
        if single and written_as
        else f"{len(subsets)}-subsets-{name}.zip",
        mime="application/zip",
        on_click="ignore",
        key="saved-export",
        width="stretch",
        disabled=written_as is None,
        help="Exactly the rows that were saved, the recipe, and the rows that were dropped, each with its reason.",
    )
    if written_as is not None:
        _warnings(ctx, subsets, written_as)
        corpus, positions = saved_rows(ctx.workspace, first)
        epochs = written_as.settings.epochs if isinstance(written_as, AskedTraining) else 1
        for line in (*order.said(corpus, positions), *cautions(corpus, positions, epochs=epochs)):
            st.caption(plain(line))


@st.cache_data(max_entries=64, show_spinner="Looking for rows that this format has no place for …")
def _told(key: str, asked: str, _ctx: Context, _written_as: Format | AskedTraining) -> dict[Problem, int]:
    subset = open_subset(_ctx.workspace, key)
    corpus, positions = saved_rows(_ctx.workspace, subset)
    return dict(problems_of(corpus, positions, format=format_of(_written_as, subset.recipe)))


def _warnings(ctx: Context, subsets: Sequence[Subset], written_as: Format | AskedTraining) -> None:
    """Draw what the format cannot hold of the rows of all ``subsets`` together."""
    together: Counter[Problem] = Counter()
    for subset in subsets:
        together.update(_told(subset.key, repr(written_as), ctx, written_as))
    for problem, rows in together.items():
        st.warning(plain(problem.message(rows)))


def _naming(ctx: Context, line: SavedLine) -> None:
    with st.form(f"saved-name-{line.key}", border=False):
        name = st.text_input("Name", value=line.name, max_chars=names.LONGEST)
        note = st.text_area("Note", value=line.note, max_chars=names.LONGEST_NOTE, height=90)
        if st.form_submit_button("Keep"):
            if name.strip() != line.name:
                rename(ctx.workspace, line.key, name)
            names.set_note(ctx.workspace, "subsets", line.key, note)
            st.rerun()


def _just_deleted(ctx: Context) -> None:
    """A line on the subsets that were just deleted, with a button that brings them back."""
    stamp, said = session_keys.SAVED_DELETED.get(("", ""))
    if not stamp or not any(deletion.stamp == stamp for deletion in trash.deletions(ctx.workspace)):
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.success(f"Deleted {plain(said)}. It waits in the trash.", icon=":material/delete:")
    if right.button("Undo", key=f"saved-undo-{stamp}", icon=":material/undo:", width="stretch"):
        with guarded():
            trash.restore(ctx.workspace, stamp)
            session_keys.SAVED_DELETED.drop()
            st.rerun()
