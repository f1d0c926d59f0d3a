"""Pinning, excluding and swapping single rows: the buttons that add rules to the recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from core.row_positions import PoolRow
from core.workbench.build import Built
from core.workbench.inspections.why_words import row_id
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain

RuleKind = Literal["pinned", "excluded"]


def swapped(
    pinned: Sequence[str], excluded: Sequence[str], *, out: str, into: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pins and exclusions after ``into`` took the place of ``out``: ``into`` is pinned, ``out`` excluded.

    Swapping back pins ``out`` and excludes ``into``; no row is ever in both lists.
    """
    other_pins = tuple(row_id for row_id in pinned if row_id not in (out, into))
    other_exclusions = tuple(row_id for row_id in excluded if row_id not in (out, into))
    return (*other_pins, into), (*other_exclusions, out)


def pin_buttons(built: Built, picked: PoolRow) -> None:
    """Draw the buttons that pin, exclude or swap the pool's row ``picked``."""
    row, chosen = row_id(built, picked), bool((built.answer.rows == picked).any())
    columns = st.columns(3)
    pinned, excluded = _rules()
    kinds: tuple[tuple[RuleKind, list[str], str], ...] = (("pinned", pinned, "Pin"), ("excluded", excluded, "Exclude"))
    for column, (kind, ids, label) in zip(columns, kinds, strict=False):
        there = row in ids
        if column.button(f"Un{label.lower()}" if there else label, key=f"{kind}-button", width="stretch"):
            set_rules(
                *ruled(pinned, excluded, row=row, kind=kind),
                said=f"Row {row} is {'no longer ' if there else ''}{kind}.",
            )
            st.rerun(scope="app")
    waiting = session_keys.SWAP.get("")
    help = "Then choose the left-out row that takes its place."
    if chosen and waiting != row and columns[2].button("Swap …", key="swap-out", width="stretch", help=help):
        session_keys.SWAP.set(row)
        st.rerun(scope="app")
    if not chosen and waiting and columns[2].button("Swap in", key="swap-in", type="primary", width="stretch"):
        swap(waiting, row)
        st.rerun(scope="app")


def ruled(
    pinned: Sequence[str], excluded: Sequence[str], *, row: str, kind: RuleKind
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pins and exclusions after a press on a button: ``row`` is added to the list ``kind``, or removed from it.

    A row that is pinned is no longer excluded, and vice versa.
    """
    other_pins = tuple(row_id for row_id in pinned if row_id != row)
    other_exclusions = tuple(row_id for row_id in excluded if row_id != row)
    if kind == "pinned":
        return (other_pins if row in pinned else (*other_pins, row)), other_exclusions
    return other_pins, (other_exclusions if row in excluded else (*other_exclusions, row))


def swap(out: str, into: str) -> None:
    """Put ``into`` in the place of ``out`` in this session's rules."""
    set_rules(*swapped(*_rules(), out=out, into=into), said=f"Row {into} took the place of row {out}.")
    session_keys.SWAP.drop()


def set_rules(pinned: Sequence[str], excluded: Sequence[str], *, said: str) -> None:
    """Set the session's rules, store a message with an undo for the next run, and clear the picked row."""
    session_keys.RULE_UNDO.set({"said": said, "before": _rules(), "after": (list(pinned), list(excluded))})
    session_keys.PINNED.set(list(pinned))
    session_keys.EXCLUDED.set(list(excluded))
    # The rows move up in the table, so a tick that stayed would mark another row.
    session_keys.ROWS_TABLE.renew()


def _rules() -> tuple[list[str], list[str]]:
    """The row ids that this session pins, and those that it excludes."""
    return session_keys.PINNED.get([]), session_keys.EXCLUDED.get([])


def rule_notice() -> None:
    """Draw what the last press did, with an undo, as long as the rules have not changed since."""
    last = session_keys.RULE_UNDO.get(None)
    if not last:
        return
    if _rules() != last["after"]:  # changed in the rules' form since then
        session_keys.RULE_UNDO.drop()
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.success(plain(last["said"]))
    if right.button("Undo", key="rule-undo", width="stretch"):
        for key, ids in zip((session_keys.PINNED, session_keys.EXCLUDED), last["before"], strict=True):
            key.set(ids)
        session_keys.ROWS_TABLE.renew()
        session_keys.RULE_UNDO.drop()
        st.rerun(scope="app")


def swap_notice() -> None:
    """While a row waits to be swapped, draw which row it is, how to continue, and a button to cancel."""
    waiting = session_keys.SWAP.get("")
    if not waiting:
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.info(f"Swapping out row {plain(waiting)}: show the rows left out, choose one, and press **Swap in**.")
    if right.button("Cancel", key="swap-cancel", width="stretch"):
        session_keys.SWAP.drop()
        st.rerun(scope="app")
