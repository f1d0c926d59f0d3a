"""Links to another page, at the place of it that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st


def link(page: str, label: str, *, icon: str, place: Any = st, **query: str) -> None:
    """A link to the page ``page``; ``query`` holds what its address should say, by the names the page binds."""
    # A page object rather than a path: a path is refused where the app's list of pages is not there yet.
    found = st.Page(Path(__file__).parents[2] / f"{page}.py")
    place.page_link(found, label=label, icon=icon, query_params=query or None)
