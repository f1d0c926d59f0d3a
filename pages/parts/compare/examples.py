"""Evidence that comes with Diverscope, shown in place of the user's own scores; nothing is written to it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evidence.examples import Example, examples
from pages.parts.compare.state import State
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_segments

MINE = "mine"


def choose(place: DeltaGenerator) -> Example | None:
    """Draw in ``place`` whose evidence the page shows; None stands for the user's own."""
    known = examples()
    if not known:
        return None
    sent = session_keys.COMPARE_EVIDENCE_GO.pop("")  # a button of an empty view opens an example
    if sent:
        address.COMPARE_EVIDENCE.turn_to(sent)
    titles = {MINE: "My scores", **{name: example.title for name, example in known.items()}}
    chosen = bound_segments(
        place, "Evidence", titles, parameter=address.COMPARE_EVIDENCE, default=MINE, hide_label=True
    )  # fmt: skip
    return known.get(chosen)


def introduced(example: Example) -> list[str]:
    """What the example is, where it comes from, and its licence: notes behind the page's “?”."""
    return [f"{example.about} Source: {example.source}. Licence: {example.licence}."]


def offer(state: State) -> None:
    """Draw the examples as what can be seen before a score is logged; nothing once there are scores."""
    known = examples()
    if not known or state.example or len(state.seen.frame):
        return
    with st.container(border=True, key="compare-offer"):
        left, *places = st.columns([3, *[1.2] * len(known)], vertical_alignment="center")
        left.markdown("**No scores of your own yet: look at real ones first**")
        for place, (name, example) in zip(places, known.items(), strict=True):
            place.button(example.title, key=f"compare-open-{name}", type="primary", width="stretch",
                         on_click=session_keys.COMPARE_EVIDENCE_GO.set, args=(name,))  # fmt: skip


def only_to_read(state: State) -> bool:
    """Whether an example is open, which takes no scores; draws the way back to the user's own."""
    if state.example is None:
        return False
    with st.container(border=True):
        st.text("This is an example, which takes no scores of yours. Yours go to a ledger of their own.")
        st.button("My scores", type="primary", key="compare-to-mine",
                  on_click=session_keys.COMPARE_EVIDENCE_GO.set, args=(MINE,))  # fmt: skip
    return True
