"""The Corpus page: loads rows, shows the report, lets the user read them."""

from __future__ import annotations

import streamlit as st

from pages.parts.corpus.add import add_corpus, follow_reading, said
from pages.parts.corpus.listing import corpora, disk_line
from pages.parts.corpus.report import corpus_report
from pages.parts.corpus.rows import corpus_rows
from pages.parts.frame import session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import open_page
from pages.parts.frame.plain_text import plain

SECTIONS = ("Rows", "Report", "Add a corpus", "All corpora")

ctx = open_page("corpus", needs_corpus=False)

with guarded():
    follow_reading(ctx.workspace)
if ctx.opened is None:
    with guarded():
        add_corpus(ctx.workspace, first=True)
        corpora(ctx.workspace, None)
else:
    section_key = session_keys.CORPUS_SECTION
    if go := session_keys.CORPUS_GO.pop(""):  # set by the last run: a drawn widget's state is read-only
        section_key.set(go)
    section_key.start("Rows")
    section = st.segmented_control(
        "Section", SECTIONS, required=True, key=section_key.name, label_visibility="collapsed"
    )
    with guarded():
        if section == "Rows":
            corpus_rows(ctx.corpus)
        elif section == "Report":
            said(ctx.corpus.id)
            corpus_report(ctx.corpus, mode=ctx.mode)
        elif section == "Add a corpus":
            add_corpus(ctx.workspace, first=False)
        else:
            corpora(ctx.workspace, ctx.corpus)
            st.caption(plain(disk_line(ctx.workspace)))
