"""Links to a place on another page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from pages.parts.frame.address import UrlParameter


def turn_to(page: str) -> None:
    """Open the page ``page`` at once, for a button that has prepared something there."""
    st.switch_page(_page(page))


def _page(page: str) -> Any:
    # A page object rather than a path: Streamlit refuses a path before the app has made its list of pages.
    return st.Page(Path(__file__).parents[2] / f"{page}.py")


def link(page: str, label: str, *, icon: str, place: Any = st, query: Mapping[UrlParameter, str] | None = None) -> None:
    """Draw a link to the page ``page``; ``query`` holds the parameters of its address."""
    named = {parameter.name: value for parameter, value in (query or {}).items()}
    place.page_link(_page(page), label=label, icon=icon, query_params=named or None)
