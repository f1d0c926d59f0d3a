"""The Corpus page: loads rows, shows the report, lets the user read them."""

from __future__ import annotations

import streamlit as st

from pages.parts.corpus.add import add_corpus, follow_reading
from pages.parts.corpus.grow import grow
from pages.parts.corpus.leaks import leaks
from pages.parts.corpus.listing import corpora, disk_line
from pages.parts.corpus.near_copies import near_copies
from pages.parts.corpus.report import corpus_report
from pages.parts.corpus.rows import corpus_rows
from pages.parts.corpus.said import said
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import open_page
from pages.parts.frame.plain_text import plain

SECTIONS = {
    "rows": "Rows",
    "report": "Report",
    "copies": "Near-copies",
    "grow": "Grow",
    "leaks": "Leaks",
    "add": "Add a corpus",
    "all": "All corpora",
}

ctx = open_page("corpus", needs_corpus=False)

with guarded():
    follow_reading(ctx.workspace)
if ctx.opened is None:
    with guarded():
        add_corpus(ctx.workspace, first=True)
        corpora(ctx.workspace, None)
else:
    if go := session_keys.CORPUS_GO.pop(""):  # set by the last run: a drawn widget's state is read-only
        address.CORPUS_SECTION.turn_to(next(name for name, title in SECTIONS.items() if title == go))
    section = bound_segments(st, "Section", SECTIONS, parameter=address.CORPUS_SECTION, default="rows", hide_label=True)
    with guarded():
        if section == "rows":
            corpus_rows(ctx)
        elif section == "report":
            said(ctx.corpus.id)
            corpus_report(ctx.corpus, mode=ctx.mode)
        elif section == "copies":
            near_copies(ctx)
        elif section == "leaks":
            leaks(ctx)
        elif section == "grow":
            grow(ctx)
        elif section == "add":
            add_corpus(ctx.workspace, first=False)
        else:
            corpora(ctx.workspace, ctx.corpus)
            st.caption(plain(disk_line(ctx.workspace)))
