"""The Inspect page: compares two subsets, explains why a row is in, and shows how much of a choice is chance."""

from __future__ import annotations

import streamlit as st

from pages.parts.frame import address, session
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import open_page
from pages.parts.inspect.contrast import contrast_view
from pages.parts.inspect.overlap import overlap_view
from pages.parts.inspect.passport import passport_view
from pages.parts.inspect.row import row_view
from pages.parts.inspect.stability import stability_view

VIEWS = {
    "contrast": ("A against B", contrast_view),
    "overlap": ("Overlap", overlap_view),
    "stability": ("Stability", stability_view),
    "row": ("Why this row", row_view),
    "thresholds": ("Thresholds", passport_view),
}

ctx = open_page("inspect")
titles = {name: title for name, (title, _) in VIEWS.items()}
with guarded():
    look = bound_segments(st, "Look at", titles, parameter=address.LOOK, default="contrast", hide_label=True)
    VIEWS[look][1](ctx)

session.write_url()
