"""What came of the last upload, said once above the report of its corpus."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from pages.parts.corpus.asking import ask_roles
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain


def said(corpus_id: str) -> None:
    """Draw the result of the last upload, once."""
    loaded = session_keys.CORPUS_SAID.get(None)
    if not loaded or loaded["corpus"] != corpus_id:
        return
    if loaded.get("said"):
        st.success(plain(loaded["said"]))
        st.button(
            "Versions, and what to compute for the new rows", icon=":material/layers:", key="corpus.said.grow",
            on_click=session_keys.CORPUS_GO.set, args=("Grow",),
        )  # fmt: skip
    elif loaded["already_here"]:
        st.info("These rows are here already: nothing was stored twice, and everything computed for them is kept.")
    else:
        st.success("The corpus is made. This is what was found in it; the rows themselves are under “Rows”.")
    if loaded["new_fields"]:
        st.info(
            f"New fields were stored with it and are part of every export: {plain(', '.join(loaded['new_fields']))}."
        )
    if loaded["not_taken"]:
        st.warning(plain(loaded["not_taken"]))
    strangers = loaded.get("strangers")
    if strangers:
        records = sum(question.records for question in strangers["questions"])
        who = "; ".join(question.said for question in strangers["questions"])
        st.warning(plain(f"Nobody knows who speaks in {counted(records, 'record')}, set aside for that: {who}."))
        st.button(
            "Say who is who …",
            icon=":material/group:",
            key="corpus.who",
            on_click=ask_roles,
            args=(strangers,),
            help="A form asks who each of them is; the files are then read once more, into another corpus.",
        )
