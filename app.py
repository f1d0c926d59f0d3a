"""The app: its list of pages, its style, its workspace and its server."""

from __future__ import annotations

import sys

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import settings
from core.control_characters import log_to_terminal
from core.errors import InputError
from pages.parts.frame import session
from pages.parts.frame.guard import guarded
from pages.parts.frame.long_lived import set_aside_long_lived
from pages.parts.frame.map import served as served_map
from pages.parts.frame.page import TITLES
from pages.parts.frame.presses import heard
from pages.parts.frame.response_headers import ResponseHeaders, headers
from pages.parts.frame.shell import served as served_shell
from pages.parts.frame.told import tell_now

# A local file: Streamlit's own icons would be fetched from a font host for the tab.
ICON = settings.PROJECT_ROOT / "data" / "pictures" / "tab.png"

# The pages in their order, each with its icon.
PAGES = {
    "corpus": "library_books", "tokens": "bar_chart", "clusters": "scatter_plot", "tags": "sell", "scores": "speed",
    "subsets": "tune", "study": "grid_on", "train": "model_training", "measure": "straighten", "inspect": "fact_check",
    "judge": "gavel", "compare": "query_stats", "activity": "pending_actions",
}  # fmt: skip


def draw() -> None:
    """Draw the page that the visitor has opened."""
    st.set_page_config(page_title="Diverscope", page_icon=str(ICON), layout="wide")
    session.read_url()
    page = st.navigation(
        [
            st.Page(f"pages/{name}.py", title=TITLES[name][0], icon=f":material/{icon}:", default=name == "corpus")
            for name, icon in PAGES.items()
        ],
        position="top",
    )
    with guarded(), heard():
        page.run()
    tell_now()


if get_script_run_ctx() is None:  # the server imports this file; for each visitor it runs it
    try:
        sent = headers(settings.frame_ancestors())
    except InputError as error:
        sys.exit(str(error))
    log_to_terminal("diverscope")
    set_aside_long_lived()
    app = st.App(
        __file__,
        routes=[*served_map.routes(), *served_shell.routes(PAGES)],
        middleware=[Middleware(ResponseHeaders, headers=sent)],
    )
else:
    draw()
