"""Makes a corpus of examples, where the examples of a targeted strategy are chosen."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.workbench.example_rows import example_sets, make_examples
from pages.parts.frame import session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def make_examples_form(ctx: Context) -> None:
    """Draw the choice of benchmarks, answered prompts and saved subsets, and the button that makes a corpus of them."""
    known = example_sets(ctx.workspace)
    with st.popover("Make examples", icon=":material/playlist_add:"):
        if not known:
            st.text("Made of a benchmark (Corpus page, Leaks), of answered prompts (Judge), or of a saved subset.")
            return
        sets = st.multiselect(
            "Made of", list(known), format_func=known.__getitem__, key="examples.sets",
            help="Each becomes a task of its own, in the column “task”.",
        )  # fmt: skip
        name = st.text_input("Name", key="examples.name", placeholder="examples")
        if st.button("Make them", key="examples.make", disabled=not sets):
            with guarded():
                made = make_examples(ctx.workspace, sets, name=name)
                session_keys.TARGET.set(made.id)
                st.success(plain(f"{counted(len(made), 'example')}. Now give them vectors, as this corpus has."))
