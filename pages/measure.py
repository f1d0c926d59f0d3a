"""Measure: every metric of any rows, beside random ones; two things side by side; curves; which metrics agree."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts import measure_agreement, measure_curves, measure_domains, measure_panel, measure_sides, session
from pages.parts.frame import Context, open_page
from pages.parts.guard import guarded

VIEWS: dict[str, Callable[[Context], None]] = {
    "One": measure_panel.panel,
    "Side by side": measure_sides.sides,
    "Curves": measure_curves.curves,
    "Agreement": measure_agreement.agreement,
    "Domains": measure_domains.domains,
}

ctx = open_page("measure")

with guarded():
    view = st.segmented_control(
        "View", list(VIEWS), default=next(iter(VIEWS)), required=True, key="measure-view", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    VIEWS[view or next(iter(VIEWS))](ctx)

session.write_url()
