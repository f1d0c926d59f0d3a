"""The Measure page: every metric of any rows with random bands; two sides compared; curves; which metrics agree."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts.frame import address, session
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context, open_page
from pages.parts.measure import agreement as measure_agreement
from pages.parts.measure import curves as measure_curves
from pages.parts.measure import domains as measure_domains
from pages.parts.measure import metric_panel as measure_panel
from pages.parts.measure import two_sides as measure_sides

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
        "View", list(VIEWS), default=next(iter(VIEWS)), required=True, label_visibility="collapsed",
        **address.MEASURE_VIEW.widget,
    )  # fmt: skip
    VIEWS[view or next(iter(VIEWS))](ctx)

session.write_url()
