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
from pages.parts.frame.presses import heard
from pages.parts.frame.response_headers import ResponseHeaders, headers

# A local file: Streamlit's own icons would be fetched from a font host for the tab.
ICON = settings.PROJECT_ROOT / "data" / "pictures" / "tab.png"

# Fits 1280 x 800: Streamlit's own margins leave too little for a picture and a card side by side.
STYLE = """<style>
    .block-container { padding-top: 3.6rem; padding-bottom: 2rem; max-width: 1760px; }
    .block-container [data-testid="stVerticalBlock"] { gap: 0.7rem; }
    .block-container h1 { font-size: 1.6rem; padding: 0 0 0.5rem; }
    .block-container h3 { font-size: 1.25rem; padding: 0 0 0.3rem; }
    .block-container h4 { font-size: 1.2rem; padding: 0; }
    .st-key-slider-box { padding: 0 26px 0 66px; }
    .st-key-context-strip { padding: 0.5rem 1rem; }
    .st-key-facts-help { margin: -0.55rem 0; } /* so that its number is level with the others */
    [class*="st-key-"][class*="-box"] { gap: 0; }
    /* A figure's tools show only under the pointer, because they cover labels. */
    .js-plotly-plot .modebar { opacity: 0; transition: opacity 0.2s; }
    /* Buttons are as high as the fields beside them; messages are at the bottom, where they do not hide the strip. */
    [data-testid="stHorizontalBlock"] button[data-variant="segmented_control"] { min-height: 2.5rem; }
    [data-testid="stToastContainer"] { top: auto; bottom: 1rem; }
    /* A message does not keep the mouse from what is under it, such as the slider's handle. */
    [data-testid="stToastContainer"], [data-testid="stToast"] { pointer-events: none !important; }
    [data-testid="stToast"] button { pointer-events: auto; }
    .js-plotly-plot:hover .modebar, .js-plotly-plot:focus-within .modebar { opacity: 0.95; }
    </style>"""


def draw() -> None:
    """Draw the page that the visitor has opened."""
    st.set_page_config(page_title="Diverscope", page_icon=str(ICON), layout="wide")
    session.read_url()
    st.html(STYLE)
    page = st.navigation(
        [
            st.Page("pages/corpus.py", title="Corpus", icon=":material/library_books:", default=True),
            st.Page("pages/tokens.py", title="Tokens", icon=":material/bar_chart:"),
            st.Page("pages/clusters.py", title="Clusters", icon=":material/scatter_plot:"),
            st.Page("pages/tags.py", title="Tags", icon=":material/sell:"),
            st.Page("pages/scores.py", title="Scores", icon=":material/speed:"),
            st.Page("pages/subsets.py", title="Subsets", icon=":material/tune:"),
            st.Page("pages/study.py", title="Study", icon=":material/grid_on:"),
            st.Page("pages/measure.py", title="Measure", icon=":material/straighten:"),
            st.Page("pages/inspect.py", title="Inspect", icon=":material/fact_check:"),
            st.Page("pages/compare.py", title="Compare", icon=":material/query_stats:"),
            st.Page("pages/activity.py", title="Activity", icon=":material/pending_actions:"),
        ],
        position="top",
    )
    with guarded(), heard():
        page.run()


if get_script_run_ctx() is None:  # the server imports this file; for each visitor it runs it
    try:
        sent = headers(settings.frame_ancestors())
    except InputError as error:
        sys.exit(str(error))
    log_to_terminal("diverscope")
    app = st.App(__file__, middleware=[Middleware(ResponseHeaders, headers=sent)])
else:
    draw()
