"""What came out of the slider: the facts, the mix, the map, the rows and why each of them is in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.corpus.column_facts import worded_columns
from core.corpus.row_ids import show_id
from core.figures import slider as figures
from core.row_positions import PoolRow, PoolRows
from core.workbench.build import Built
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

PAGE = 50  # rows of the table at a time
EXPLAINED = {
    "Types reached": {
        "formula": "asked = round(from + d · (to − from)), d the slider's position from 0 to 1\n"
        "from: types that a subset of this size reaches in the smallest pool that still fills it\n"
        "to: types that a subset of this size reaches in the whole pool\n"
        "reached: types that at least one chosen row holds",
        "source": "From Macro to Micro, section 4 and App. D (reconstruction)",
        "notes": "A type is what the strategy sees in a row: a cluster, a tag, a token of the mid band. Types leave "
        "the pool several at a time, so fewer may be reached than were asked for.",
    },
    "Window": {
        "formula": "start = round((1 − d) · (length − size)), d the slider's position from 0 to 1\n"
        "subset = the rows of the order from start + 1 to start + size",
        "source": "our construction: one slider for strategies that order rows",
        "notes": "The order begins with the most diverse choice. A token budget takes as many rows as it pays for. "
        "In an order kept by groups a window slides in each. Rules skip rows; the nearest that may enter follow.",
    },
}


def facts(ctx: Context, built: Built) -> None:
    """One line of numbers: what the position came to, how long the rows are, who stays outside."""
    realised = built.answer.realised
    count = len(built.answer.rows)
    cells: list[tuple[str, str, str]] = [("Rows", rows(count), f"of {rows(len(built.corpus_view.pool))} in the pool")]
    if "k" in realised:
        cells.append(
            (
                "Types reached",
                rows(realised["types_covered"]),
                f"asked {rows(realised['k_target'])}; from {rows(realised['k_min'])} to {rows(realised['k_max'])}",
            )
        )
    else:
        start, stop = realised.get("start", 0), realised.get("stop", count)
        cells.append(("Window", f"{rows(start + 1)} – {rows(stop)}", f"of an order of {rows(realised['length'])}"))
    if built.corpus_view.pool.has("tokens"):
        lengths = built.corpus_view.pool.tokens.lengths
        chosen = lengths[built.answer.rows]
        cells.append(
            ("Mean length", f"{figure3(float(chosen.mean()))} tokens", f"{figure3(float(lengths.mean()))} in the pool")
        )
        cells.append(("Tokens", rows(int(chosen.sum())), f"{built.corpus_view.choice.component}, {ctx.tokenizer}"))
    outside = sum(built.plan.outside.values())
    why = "; ".join(f"{rows(number)} {reason}" for reason, number in built.plan.outside.items())
    held = len(built.corpus_view.corpus) - len(built.corpus_view.pool)
    cells.append(("Cannot be chosen", *_barred(built, outside, why)))
    cells.append(("Held out or filtered", rows(held), "never in a subset"))
    for column, (label, value, note) in zip(st.columns(len(cells)), cells, strict=True):
        with column.container(border=True, height="stretch"):
            if label in EXPLAINED:
                _explained(label)
            else:
                st.caption(label)
            st.markdown(f"#### {plain(value)}")
            st.caption(plain(note))


def _barred(built: Built, outside: int, why: str) -> tuple[str, str]:
    """How many rows can never be chosen, and why: those outside the strategy, and those a rule keeps out."""
    ruled = {"excluded by you": len(built.request.excluded), "in training": len(built.request.given)}
    value = " + ".join([rows(outside), *(rows(count) for count in ruled.values() if count)])
    reasons = [why, *(f"{rows(count)} {kind}" for kind, count in ruled.items() if count)]
    return value, "; ".join(filter(None, reasons)) or "every row of the pool can be"


def _explained(label: str) -> None:
    """The label of a number with its "?" beside it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(label, width="content")
        said = EXPLAINED[label]
        explain(label, formula=said["formula"], source=said["source"], notes=said["notes"], key="facts-help")


def composition(ctx: Context, built: Built) -> None:
    """The mix of one column in the subset beside the pool."""
    names = worded_columns(built.corpus_view.corpus)
    if not names:
        return
    with st.container(border=True):
        name = bound_select(st, "Mix of", names, parameter=address.MIX, default="source")
        labels = pd.Series(built.corpus_view.pool.column(name)).fillna("none").astype(str)
        counts = pd.DataFrame(
            {
                "pool": labels.value_counts(),
                "subset": labels.iloc[built.answer.rows].value_counts(),
            }
        ).fillna(0)
        table = counts.rename_axis("value").reset_index()
        show(figures.mix(table, title=name, mode=ctx.mode), key="mix-figure", data=table, name=f"mix-{name}")


def rows_and_map(ctx: Context, built: Built) -> None:
    """The subset on the map, its rows, and the one that is read."""
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
    """A page of rows, those in the order chosen or those left out; returns the pool position of the picked one."""
    wanted = st.segmented_control(
        "Show", ["in the subset", "left out"], default="in the subset", required=True, key="rows-shown"
    )
    order: NDArray[np.int64] = built.answer.rows if wanted == "in the subset" else left_out(built)
    ranks = np.arange(1, len(order) + 1)
    if inside is not None:
        kept = np.isin(order, inside)
        order, ranks = order[kept], ranks[kept]
    if not len(order):
        st.caption("No rows.")
        return None
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
    if marks := rule_marks(built, window):
        table.insert(1, "rule", marks)
    event = st.dataframe(
        table,
        key=f"rows-{wanted}-{page}-{session_keys.ROWS_TABLE.now}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=height,
        column_config={  # else the longest instruction pushes the response and the source out of sight
            "rank": st.column_config.NumberColumn(width=50),
            "rule": st.column_config.TextColumn(width=70),
            "instruction": st.column_config.TextColumn(width=200),
            "response": st.column_config.TextColumn(width=200),
            "source": st.column_config.TextColumn(width=100),
        },
    )
    chosen = event.selection.rows if event else []
    return PoolRow(int(window[chosen[0]])) if chosen and chosen[0] < len(window) else None


def rule_marks(built: Built, shown: PoolRows) -> list[str]:
    """What a rule says of each row shown: pinned, excluded, in training, or nothing; [] where no rule names a row."""
    request, recipe = built.request, built.recipe
    marks = dict.fromkeys(request.given.tolist(), "in training")
    marks |= dict.fromkeys(request.excluded.tolist(), "excluded")
    marks |= dict.fromkeys(request.pinned.tolist(), "pinned")
    ruled = recipe.given or recipe.excluded or recipe.pinned
    return [marks.get(row, "") for row in shown.tolist()] if ruled else []


def left_out(built: Built) -> PoolRows:
    """Positions in the pool of the rows that are not in the subset, ascending."""
    mask = np.ones(len(built.corpus_view.pool), dtype=bool)
    mask[built.answer.rows] = False
    return PoolRows(np.flatnonzero(mask))
