"""The subset that the slider gives: its numbers, its mix, the map, the rows and why each is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from core.corpus.column_facts import worded_columns
from core.corpus.row_ids import show_id
from core.figures import slider as figures
from core.row_positions import PoolRow, PoolRows
from core.workbench.build import Built
from core.workbench.inspections.left_out import left_out, left_out_of_pool
from core.workbench.inspections.subset_listing import lengths_of, mix_of, rows_and_ranks
from core.workbench.inspections.why import RowRule, rules_on
from pages.parts.choosing.pins import pin_buttons, rule_notice, swap_notice
from pages.parts.choosing.subset_map import subset_map
from pages.parts.choosing.why import why_panel
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.frame.reading_card import reading_card

PAGE = 50  # rows on a page of the table
SIDES = {"chosen": "in the subset", "left_out": "left out"}
RULE_MARKS: dict[RowRule, str] = {"pinned": "pinned", "excluded": "excluded", "in_training": "in training"}


@dataclass(frozen=True)
class Number:
    """A number about the subset: its label, the note below it, and optionally how it is computed."""

    label: str
    value: str
    note: str
    computed: Mapping[str, str] = field(default_factory=dict)  # formula, source, notes


TYPES_REACHED = {
    "formula": "asked = round(from + d · (to − from)), d the slider's position from 0 to 1\n"
    "from: types that a subset of this size reaches in the smallest pool that still fills it\n"
    "to: types that a subset of this size reaches in the whole pool\n"
    "reached: types that at least one chosen row holds",
    "source": "From Macro to Micro, sections 2.2 and 2.3 and App. D (reconstruction)",
    "notes": "A type is what the strategy sees in a row: a cluster, a tag, a token of the mid band. A pruning step can "
    "remove several types, so fewer may be reached than were asked for.",
}
WINDOW = {
    "formula": "start = round((1 − d) · (length − size)), d the slider's position from 0 to 1\n"
    "subset = the rows of the order from start + 1 to start + size",
    "source": "our construction: one slider for strategies that order rows",
    "notes": "The order begins with the most diverse choice. A token budget takes as many rows as it pays for. "
    "In an order with groups a window slides in each group. Rules skip rows; the nearest permitted rows replace them.",
}


def facts(ctx: Context, built: Built) -> None:
    """Draw a line of numbers: the realised position, the lengths of the rows, the rows that stay outside."""
    view = built.corpus_view
    numbers = [Number("Rows", rows(len(built.answer.rows)), f"of {rows(len(view.pool))} in the pool")]
    if reached := built.answer.type_range:
        note = f"asked {rows(reached.asked)}; from {rows(reached.least)} to {rows(reached.most)}"
        numbers.append(Number("Types reached", rows(reached.covered), note, TYPES_REACHED))
    elif window := built.answer.window:
        span = f"{rows(window.start + 1)} – {rows(window.stop)}"
        numbers.append(Number("Window", span, f"of an order of {rows(window.length)}", WINDOW))
    if lengths := lengths_of(built):
        mean, of_pool = figure3(lengths.mean), figure3(lengths.pool_mean)
        numbers.append(Number("Mean length", f"{mean} tokens", f"{of_pool} in the pool"))
        numbers.append(Number("Tokens", rows(lengths.total), f"{view.choice.component}, {ctx.tokenizer}"))
    numbers.append(_barred(built))
    numbers.append(Number("Held out or filtered", rows(len(view.corpus) - len(view.pool)), "never in a subset"))
    for column, number in zip(st.columns(len(numbers)), numbers, strict=True):
        with column.container(border=True, height="stretch"):
            _label(number)
            st.markdown(f"#### {plain(number.value)}")
            st.caption(plain(number.note))


def _barred(built: Built) -> Number:
    """The number of rows that can never be chosen, and why: rows outside the strategy, and rows kept out by a rule."""
    outside = built.plan.outside
    ruled = {"excluded by you": len(built.request.excluded), "in training": len(built.request.given)}
    ruled = {kind: count for kind, count in ruled.items() if count}
    counts = [sum(outside.values()), *ruled.values()]
    reasons = [f"{rows(count)} {kind}" for kind, count in (*outside.items(), *ruled.items())]
    note = "; ".join(reasons) or "every row of the pool can be"
    return Number("Cannot be chosen", " + ".join(map(rows, counts)), note)


def _label(number: Number) -> None:
    """Draw the label of a number, with a "?" if it has an explanation."""
    if not number.computed:
        st.caption(number.label)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(number.label, width="content")
        explain(
            number.label,
            formula=number.computed["formula"],
            source=number.computed["source"],
            notes=number.computed["notes"],
            key="facts-help",
        )


def composition(ctx: Context, built: Built) -> None:
    """Draw the mix of a column in the subset and in the pool."""
    names = worded_columns(built.corpus_view.corpus)
    if not names:
        return
    with st.container(border=True):
        name = bound_select(st, "Mix of", names, parameter=address.MIX, default="source")
        table = mix_of(built, name)
        show(figures.mix(table, title=name, mode=ctx.mode), key="mix-figure", data=table, name=f"mix-{name}")


def rows_and_map(ctx: Context, built: Built) -> None:
    """Draw the subset on the map, its rows, and the chosen row."""
    st.subheader("The rows", anchor=False)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        inside = subset_map(ctx, built)
        rule_notice()
        swap_notice()
        picked = rows_table(ctx, built, inside)
    with right:
        if picked is None:
            st.info("Choose a row in the table to read it and see why it is in.")
            return
        why_panel(built, picked)
        pin_buttons(built, picked)
        reading_card(ctx.corpus, built.corpus_view.corpus_position(picked), key="subset-card")


def rows_table(ctx: Context, built: Built, inside: PoolRows | None = None, *, height: int = 320) -> PoolRow | None:
    """Draw a page of the chosen rows or of those left out; returns the pool position of the picked row."""
    wanted = st.segmented_control(
        "Show", list(SIDES), default="chosen", required=True, format_func=SIDES.__getitem__, key="rows-shown"
    )
    order, ranks = rows_and_ranks(built, chosen=wanted == "chosen", inside=inside)
    if not len(order):
        st.caption("No rows.")
        return None
    if wanted == "left_out":
        counts = _reason_counts(built.recipe.ids_digest, built.recipe.as_json(), built)
        st.caption(" · ".join(f"{rows(count)} {plain(reason)}" for reason, count in counts.items()))
    pages = max(1, -(-len(order) // PAGE))
    page = st.pagination(pages, key=f"rows-page-{pages}") if pages > 1 else 1
    window = PoolRows(order[(page - 1) * PAGE : page * PAGE])
    records = ctx.corpus.rows(built.corpus_view.corpus_positions(window))
    table = pd.DataFrame(
        {
            "rank": ranks[(page - 1) * PAGE : page * PAGE],
            "instruction": [record["instruction"][:200] for record in records],
            "response": [record["response"][:200] for record in records],
            "source": [record["source"] for record in records],
            "id": [show_id(record["id"]) for record in records],
        }
    )
    if wanted == "left_out":
        table.insert(1, "reason", left_out_of_pool(built, window).words())
    elif marks := rule_marks(built, window):
        table.insert(1, "rule", marks)
    event = st.dataframe(
        table,
        key=f"rows-{wanted}-{page}-{session_keys.ROWS_TABLE.now}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=height,
        column_config={  # otherwise a long instruction pushes the response and the source out of sight
            "rank": st.column_config.NumberColumn(width=50),
            "rule": st.column_config.TextColumn(width=70),
            "reason": st.column_config.TextColumn(width=190),
            "instruction": st.column_config.TextColumn(width=200),
            "response": st.column_config.TextColumn(width=200),
            "source": st.column_config.TextColumn(width=100),
        },
    )
    chosen = event.selection.rows if event else []
    return PoolRow(int(window[chosen[0]])) if chosen and chosen[0] < len(window) else None


@st.cache_data(max_entries=32, show_spinner="Looking for the reasons …")
def _reason_counts(ids_digest: str, recipe: bytes, _built: Built) -> Mapping[str, int]:
    """Rows of the corpus that are left out, by reason."""
    return left_out(_built).counts


def rule_marks(built: Built, shown: PoolRows) -> list[str]:
    """The rule on each shown row: pinned, excluded, in training, or ""; [] if no rule names a row."""
    if not (built.recipe.given or built.recipe.excluded or built.recipe.pinned):
        return []
    return [RULE_MARKS[rule] if rule else "" for rule in rules_on(built, shown)]
