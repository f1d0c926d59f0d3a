"""The Measure page: every metric of any rows with random bands; two sides compared; curves; which metrics agree."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts.frame import address, session
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context, open_page
from pages.parts.measure import agreement as measure_agreement
from pages.parts.measure import curves as measure_curves
from pages.parts.measure import domains as measure_domains
from pages.parts.measure import known_diversity as measure_known
from pages.parts.measure import metric_panel as measure_panel
from pages.parts.measure import two_sides as measure_sides

VIEWS: dict[str, tuple[str, Callable[[Context], None]]] = {
    "one": ("One", measure_panel.panel),
    "sides": ("Side by side", measure_sides.sides),
    "curves": ("Curves", measure_curves.curves),
    "agreement": ("Agreement", measure_agreement.agreement),
    "known": ("Known diversity", measure_known.known_diversity),
    "domains": ("Domains", measure_domains.domains),
}

ctx = open_page("measure")

with guarded():
    titles = {name: title for name, (title, _) in VIEWS.items()}
    view = bound_segments(st, "View", titles, parameter=address.MEASURE_VIEW, default="one", hide_label=True)
    VIEWS[view][1](ctx)

session.write_url()
