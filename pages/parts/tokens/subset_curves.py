"""Saved subsets on the Tokens page: their token distributions over each other, over the corpus in grey."""

from __future__ import annotations

import streamlit as st

from core.bands import Band
from core.counted import counted
from core.figures.tokens import subset_curves
from core.view import TokenRows
from core.workbench.inspections.token_distribution import band_shares, curves
from core.workbench.subsets import Subset, list_subsets
from pages.parts.frame import address, session_keys
from pages.parts.frame.empty_state import no_subset_yet
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context

AT_ONCE = 8  # curves that can be told apart


def over_each_other(ctx: Context, tokens: TokenRows, band: Band) -> None:
    """Draw the choice of saved subsets, the curves, and the share of each band."""
    saved = {subset.key: subset for subset in reversed(list_subsets(ctx.workspace, ctx.corpus.id))}
    if not saved:
        no_subset_yet("The curves of saved subsets are drawn here over each other.")
        return
    left, right = st.columns([6, 0.5], vertical_alignment="bottom")
    key = session_keys.TOKEN_SUBSETS.of(ctx.corpus.id)
    unasked = _first(list(saved.values()))
    if not key.there:
        asked = [name for name in address.TOKEN_SUBSETS.values() if name in saved]
        key.set(asked[:AT_ONCE] or unasked)
    chosen = left.multiselect(
        "Saved subsets", list(saved), format_func=lambda name: saved[name].name, key=key.name,
        max_selections=AT_ONCE,
    )  # fmt: skip
    address.TOKEN_SUBSETS.put_values([] if chosen == unasked else chosen)  # what is shown unasked is not written
    with right:
        explain(
            "Token distribution",
            formula="share(r) = occurrences of the r-th commonest token of the rows / all their tokens",
            source="From Macro to Micro (arXiv 2505.24768), Fig. 7",
            notes="Each curve has ranks of its own. The bands are the corpus's; mid-band types are the part of the "
            "corpus's that occur in the subset, its micro diversity.",
            key="tokens.explain.subsets",
        )  # fmt: skip
    rows = {_name(saved[name], saved): ctx.corpus.positions_of(saved[name].ids) for name in chosen}
    data = curves(tokens, rows)
    show(subset_curves(data, mode=ctx.mode), key="tokens-subsets", data=data, name="token-distribution",
         caption=f"{counted(len(rows), 'subset')} over the corpus; both axes are logarithmic.")  # fmt: skip
    table = band_shares(tokens, rows, band=band)
    for name in ("high", "mid", "low", "mid_types"):
        table[name] *= 100
    percent = {
        "high": "high band, % of text", "mid": "mid band, % of text", "low": "low band, % of text",
        "mid_types": "mid-band types, %",
    }  # fmt: skip
    st.dataframe(
        table, hide_index=True, width="stretch", key="tokens-subset-table",
        column_config={
            **{name: st.column_config.NumberColumn(format="localized") for name in ("rows", "tokens", "types")},
            **{name: st.column_config.NumberColumn(title, format="%.2f") for name, title in percent.items()},
        },
    )  # fmt: skip


def _first(subsets: list[Subset]) -> list[str]:
    """The lowest and the highest position of the newest series, which differ most; else the newest subset."""
    newest = subsets[-1]
    series = sorted(
        (subset for subset in subsets if subset.recipe.series == newest.recipe.series),
        key=lambda subset: subset.recipe.position,
    )
    return list(dict.fromkeys([series[0].key, series[-1].key]))


def _name(subset: Subset, saved: dict[str, Subset]) -> str:
    alike = sum(other.name == subset.name for other in saved.values())
    return subset.name if alike == 1 else f"{subset.name} · {subset.key[:6]}"
