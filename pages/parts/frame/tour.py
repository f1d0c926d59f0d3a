"""The tour: five pages that tell the story, from a corpus to the question whether diversity predicts a score.

It is offered once, on the Corpus page, and goes on only when asked for; the browser remembers the answer.
"""

from __future__ import annotations

from typing import Literal

import streamlit as st

from pages.parts.frame import session_keys
from pages.parts.frame.links import link

Standing = Literal["unasked", "on", "over"]
COOKIE = "diverscope_tour"
# Each page of the story: what to do there, and what one sees.
STEPS = {
    "corpus": "Bring rows in: press “Try the demo corpus”, seconds, or drop a file. The report says what came.",
    "clusters": "The map shows what the rows are about. Draw around a group: it becomes the pool, a pin or a quota.",
    "subsets": "Choose a strategy and drag the slider from the least diverse rows to the most. Save at two places.",
    "measure": "Every metric of what you saved, beside random rows of the same size: is it more than chance?",
    "compare": "Log the scores of trained models: which metric predicts them? “A measured series” shows it now.",
}


def standing() -> Standing:
    """Whether the tour is still to be offered, goes on, or is over: as answered here, else as the browser remembers."""
    kept = str(st.context.cookies.get(COOKIE, ""))
    return session_keys.TOUR.start("on" if kept == "on" else "over" if kept == "over" else "unasked")


def tour(page: str) -> None:
    """Draw the offer, or the step of ``page``, or nothing."""
    now = standing()
    if now == "unasked" and page == "corpus":
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour"):
            st.text("New here? Five pages tell the story, from rows to scores, in about ten minutes.", width="stretch")
            st.button("Show me", key="tour-start", on_click=_answer, args=("on",), icon=":material/flag:")
            st.button("No, thanks", key="tour-skip", on_click=_answer, args=("over",), type="tertiary")
    elif now == "on" and page in STEPS:
        pages = list(STEPS)
        place = pages.index(page)
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour"):
            st.text(f"Tour, {place + 1} of {len(pages)}. {STEPS[page]}", width="stretch")
            if place + 1 < len(pages):
                link(pages[place + 1], f"Next: {pages[place + 1].capitalize()}", icon=":material/arrow_forward:")
            last = place + 1 == len(pages)
            st.button("Done" if last else "Skip", key="tour-skip", on_click=_answer, args=("over",), type="tertiary")


def _answer(answer: Standing) -> None:
    session_keys.TOUR.set(answer)
