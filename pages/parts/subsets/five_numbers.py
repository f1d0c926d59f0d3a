"""Five numbers about the subset that the slider gives, level with one another below the curve and the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from core.selection.typed_plan import RandomTick
from core.workbench.build import Built
from core.workbench.inspections.subset_listing import lengths_of
from core.workbench.subset_cost import cost_of_rows
from pages.parts.choosing.profile_form import profile_now
from pages.parts.frame.explain import explain
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows

SHOWN = 5


@dataclass(frozen=True)
class Number:
    """A number about the subset: its label, the note below it, and optionally how it is computed."""

    label: str
    value: str
    note: str
    computed: Mapping[str, str] = field(default_factory=dict)  # meaning, formula, source, notes


TYPES_REACHED = {
    "meaning": "How many different kinds of rows (clusters, tags or tokens, as the strategy has it) the subset holds.",
    "formula": "asked = round(from + d · (to − from)), d the slider's position from 0 to 1\n"
    "from: types that a subset of this size reaches in the smallest pool that still fills it\n"
    "to: types that a subset of this size reaches in the whole pool\n"
    "reached: types that at least one chosen row holds",
    "source": "From Macro to Micro, sections 2.2 and 2.3 and App. D (reconstruction)",
    "notes": "A type is what the strategy sees in a row: a cluster, a tag, a token of the mid band. A pruning step can "
    "remove several types, so fewer may be reached than were asked for.",
}
WINDOW = {
    "meaning": "The strategy ranks the rows, the most wanted first. The slider chooses which stretch of that ranking "
    "is taken: at 100 % the first rows, at 0 % the last.",
    "formula": "start = round((1 − d) · (length − size)), d the slider's position from 0 to 1\n"
    "subset = the rows of the order from start + 1 to start + size",
    "source": "our construction: one slider for strategies that order rows",
    "notes": "The order begins with the most diverse choice. A token budget takes as many rows as it pays for. "
    "In an order with groups a window slides in each group. Rules skip rows; the nearest permitted rows replace them.",
}


def five_numbers(ctx: Context, built: Built, *, tick: RandomTick | None, measured: Number | None) -> None:
    """Draw the first five of: rows, types or window, the parts' types, lengths, ``measured``, what cannot be chosen.

    ``tick`` says how many types a random subset reaches, ``measured`` is the reading of the curve's metric.
    """
    view = built.corpus_view
    numbers = [
        Number("Rows", rows(len(built.answer.rows)), f"of {rows(len(view.pool))} in the pool", _costs(ctx, built))
    ]
    if reached := built.answer.type_range:
        note = f"random: {rows(tick.mean)}" if tick else f"{rows(reached.least)} to {rows(reached.most)}"
        computed = {**TYPES_REACHED, "formula": f"{TYPES_REACHED['formula']}\n\nhere: {_range_here(built)}"}
        numbers.append(Number("Types reached", rows(reached.covered), note, computed))
        if parts := built.answer.parts:
            told = "; ".join(f"{title}, of {rows(types)}" for title, (_, types) in parts.items())
            numbers.append(Number("Of each part", " + ".join(rows(held) for held, _ in parts.values()), told))
    elif window := built.answer.window:
        span = f"{rows(window.start + 1)} – {rows(window.stop)}"
        numbers.append(Number("Ranks taken", span, f"of {rows(window.length)} ranked", WINDOW))
    if lengths := lengths_of(built):
        mean, of_pool = figure3(lengths.mean), figure3(lengths.pool_mean)
        numbers.append(Number("Mean length", f"{mean} tokens", f"{of_pool} in the pool"))
        numbers.append(Number("Tokens", rows(lengths.total), ctx.tokenizer))
    if measured is not None:
        numbers.append(measured)
    numbers.append(cannot_be_chosen(built))
    for column, number in zip(st.columns(SHOWN), numbers[:SHOWN], strict=False):
        with column.container(key=f"number-{numbers.index(number)}-box"):
            _label(number)
            st.markdown(f"#### {plain(number.value)}")
            st.caption(plain(number.note))


def cannot_be_chosen(built: Built) -> Number:
    """The number of rows that can never be chosen, and why: rows outside the strategy, and rows kept out by a rule."""
    outside = built.plan.outside
    ruled = {"excluded by you": len(built.request.excluded), "in training": len(built.request.given)}
    ruled = {kind: count for kind, count in ruled.items() if count}
    counts = [sum(outside.values()), *ruled.values()]
    reasons = [f"{rows(count)} {kind}" for kind, count in (*outside.items(), *ruled.items())]
    note = "; ".join(reasons) or "every row of the pool can be"
    return Number("Cannot be chosen", " + ".join(map(rows, counts)), note)


def _costs(ctx: Context, built: Built) -> dict[str, str]:
    """What the rows cost in every unit, as an explanation of their number."""
    cost = cost_of_rows(
        built.corpus_view, built.answer.rows, profile=profile_now(ctx), row_cutoff=built.recipe.row_cutoff
    )
    told = "\n".join(f"{title}: {amount}" for title, amount in cost.facts())
    uncounted = "" if cost.all_tokens is not None else " All tokens need those of instruction and response counted."
    by = cost.by or "The clock beside the size takes a trainer profile: then minutes and money stand here."
    return {
        "meaning": "What training on these rows once costs.",
        "formula": f"{told}\n\nminutes = tokens read × epochs ÷ tokens a second\nmoney = hours × price an hour × GPUs",
        "source": "",
        "notes": f"{by}{uncounted}",
    }


def _range_here(built: Built) -> str:
    reached = built.answer.type_range
    if reached is None:
        return ""
    return f"from {rows(reached.least)} to {rows(reached.most)}, asked {rows(reached.asked)}"


def _label(number: Number) -> None:
    """Draw the label of a number, with a "?" if it has an explanation."""
    if not number.computed:
        st.caption(plain(number.label))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        st.caption(plain(number.label), width="content")
        explain(
            number.label,
            formula=number.computed["formula"],
            source=number.computed["source"],
            notes=number.computed["notes"],
            meaning=number.computed.get("meaning", ""),
            key="facts-cost" if number.label == "Rows" else "facts-help",
        )
