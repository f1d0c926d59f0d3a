"""What a view of the Compare page draws while it has nothing to show: what is missing, and what to press next."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.evidence import views
from core.figures import evidence_panels
from pages.parts.compare.published import published_slopes
from pages.parts.compare.state import State
from pages.parts.frame import session_keys
from pages.parts.frame.figures import show
from pages.parts.frame.links import link

NOTHING = "nothing-yet"


def has_scores(state: State) -> bool:
    """Whether there are scores to draw; if not, draw the published curves and an invitation."""
    if len(state.frame) and state.metrics:
        return True
    if len(state.frame):
        what = "There are scores, but no metric that differs between the scored subsets yet."
    elif len(state.seen.frame):
        what = (
            f"{counted(len(state.seen.frame), 'score')} logged, all of datasets without any metric: give their metrics "
            "or measure their files under “Log scores”, or say under “Ledger” which saved subset a name means."
        )
    else:
        what = "No scores yet. Type them in, or drop the files that your trainer and your benchmarks left."
    next_step(state, what, key=NOTHING)
    st.caption("Until then, here is what the paper reports: the score over the diversity scale (Table 5).")
    curves, lines = views.published_curves([5])
    figure = evidence_panels.level_curves(curves, lines=lines, mode=state.ctx.mode)
    show(figure, key=NOTHING, data=curves, name="table-5")
    published_slopes(lines)
    return False


def next_step(state: State, what: str, *, key: str) -> None:
    """Draw ``what`` is missing for a view, and the buttons that lead to it."""
    with st.container(border=True, key=f"{key}-missing"):
        st.text(what)
        with st.container(horizontal=True, vertical_alignment="center"):
            if state.example:  # takes no scores and has no rows: other views of it, or the user's own
                st.button("Correlations", key=f"{key}-correlations", on_click=session_keys.COMPARE_GO.set,
                          args=("correlations",))  # fmt: skip
                st.button("Scores and metrics", key=f"{key}-scatter", on_click=session_keys.COMPARE_GO.set,
                          args=("scatter",))  # fmt: skip
                return
            log_button(key=f"{key}-log")
            label = "Save more subsets" if state.subsets else "Save subsets first"
            link("subsets", label, icon=":material/tune:")
            link("study", "Make a whole grid of subsets", icon=":material/grid_view:")


def log_button(*, key: str) -> None:
    """Draw the button that leads to the view in which scores are logged."""
    st.button("Log scores", type="primary", icon=":material/add:", key=key, on_click=_to_log)


def _to_log() -> None:
    session_keys.COMPARE_GO.set("log")
