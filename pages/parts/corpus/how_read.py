"""The choices on how files are read, and the list of files that can be read."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.corpus.formats.registry import container_table, shape_table
from pages.parts.frame.plain_text import plain


def how_read() -> dict[str, Any]:
    """Draw the choices about reading; returns them as JSON values of a request."""
    left, right = st.columns([5, 2], vertical_alignment="center")
    left.markdown("**Or bring your own**")
    with right.popover("How rows are read", icon=":material/tune:", width="stretch"):
        turns = st.radio(
            "Conversations of several turns",
            ["conversation", "turn"],
            format_func=lambda value: f"one row a {value}",
            key="corpus.turns",
            help="With a row for each turn, the conversation and its history are kept, so that export can rebuild it.",
        )
        empty = st.radio(
            "Rows with an empty instruction or response",
            ["reject", "keep"],
            format_func=lambda value: "set apart, with the reason" if value == "reject" else "keep them",
            key="corpus.empty",
        )
        utf8 = st.radio(
            "Bytes that are not UTF-8",
            ["reject", "replace"],
            format_func=lambda value: "replace and report" if value == "replace" else "reject the line",
            key="corpus.utf8",
        )
        share = st.slider(
            "Held out",
            0,
            20,
            2,
            format="%d %%",
            key="corpus.holdout",
            help="Rows that no subset may ever contain; at most 2,000.",
        )
        seed = st.number_input("Seed of the holdout", min_value=0, value=0, step=1, key="corpus.seed")
    return {
        "name": "",
        "reading": {"multi_turn": turns, "empty": empty, "invalid_utf8": utf8},
        "holdout": {"fraction": share / 100, "seed": int(seed)},
    }


def which_files() -> None:
    """Draw the containers and the shapes of records that are read."""
    with st.expander("Which files can be read?", icon=":material/help:"):
        st.table(
            {
                "Container": [name for name, _ in container_table()],
                "How it looks": [looks for _, looks in container_table()],
            }
        )
        st.table(
            {
                "Rows as": [title for title, _ in shape_table()],
                "How a record looks": [plain(looks) for _, looks in shape_table()],
            }
        )
        st.caption("For any other shape, a form asks which column is what; it is filled in as far as can be guessed.")
