"""Pinning, excluding and swapping single rows: the rules that a press on a row adds to the recipe."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.workbench.build import Built
from pages.parts.plain import plain
from pages.parts.why import row_id

PINNED, EXCLUDED, SWAP = "ds.pinned", "ds.excluded", "ds.swap"


def swapped(
    pinned: Sequence[str], excluded: Sequence[str], *, out: str, into: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pins and exclusions after ``into`` took the place of ``out``: the one pinned, the other excluded.

    A swap that is swapped back pins and excludes the other way round; no row is ever in both lists.
    """
    kept = tuple(row for row in pinned if row not in (out, into))
    gone = tuple(row for row in excluded if row not in (out, into))
    return (*kept, into), (*gone, out)


def pin_buttons(built: Built, picked: int) -> None:
    """Pin, exclude or swap the pool's row ``picked``."""
    row, chosen = row_id(built, picked), bool((built.answer.rows == picked).any())
    columns = st.columns(3)
    for column, (key, label) in zip(columns, ((PINNED, "Pin"), (EXCLUDED, "Exclude")), strict=False):
        held: list[str] = st.session_state.setdefault(key, [])
        there = row in held
        if column.button(f"Un{label.lower()}" if there else label, key=f"{key[3:]}-button", width="stretch"):
            st.session_state[key] = [one for one in held if one != row] if there else [*held, row]
            st.rerun(scope="app")
    waiting = st.session_state.get(SWAP, "")
    help = "Then choose the left-out row that takes its place."
    if chosen and waiting != row and columns[2].button("Swap …", key="swap-out", width="stretch", help=help):
        st.session_state[SWAP] = row
        st.rerun(scope="app")
    if not chosen and waiting and columns[2].button("Swap in", key="swap-in", type="primary", width="stretch"):
        swap(waiting, row)
        st.rerun(scope="app")


def swap(out: str, into: str) -> None:
    """Put ``into`` in the place of ``out`` in this session's rules."""
    pinned, excluded = swapped(st.session_state.get(PINNED, []), st.session_state.get(EXCLUDED, []), out=out, into=into)
    st.session_state[PINNED], st.session_state[EXCLUDED] = list(pinned), list(excluded)
    st.session_state.pop(SWAP, None)


def swap_notice() -> None:
    """While a row waits to be swapped: which, how to go on, and the way out."""
    waiting = st.session_state.get(SWAP, "")
    if not waiting:
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.info(f"Swapping out row {plain(waiting)}: show the rows left out, choose one, and press **Swap in**.")
    if right.button("Cancel", key="swap-cancel", width="stretch"):
        st.session_state.pop(SWAP)
        st.rerun(scope="app")
