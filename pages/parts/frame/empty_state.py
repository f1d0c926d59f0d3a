"""A page that has nothing to show yet: what will be here, what to press, how long that takes, and the way there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pages.parts.frame import address
from pages.parts.frame.address import UrlParameter
from pages.parts.frame.links import link


@dataclass(frozen=True, kw_only=True)
class Way:
    """A link from an empty page to the page where something is pressed; ``icon`` is a Material name."""

    page: str
    label: str
    icon: str
    query: Mapping[UrlParameter, str] = field(default_factory=dict)


SUBSETS = Way(page="subsets", label="Go to the Subsets page", icon="tune")
STUDY = Way(page="study", label="Make a whole grid of subsets", icon="grid_view")
TRAIN = Way(page="train", label="Train small models that can answer", icon="model_training")
COMPARE = Way(
    page="compare", label="Look at a measured series", icon="query_stats",
    query={address.COMPARE_EVIDENCE: "measured-series"},
)  # fmt: skip


def empty_state(
    title: str,
    what: str,
    *,
    takes: str,
    ways: Sequence[Way] = (),
    key: str,
    button: tuple[str, Callable[[], None]] | None = None,
) -> None:
    """Draw the invitation.

    ``what`` says in a sentence what will be shown and what to press, ``takes`` how long that takes; ``button`` is a
    label with what a press on it does.
    """
    with st.container(border=True, key=key):
        st.subheader(title, anchor=False)
        st.text(f"{what} {takes}".strip())
        if button or ways:
            with st.container(horizontal=True, vertical_alignment="center"):
                if button:
                    st.button(button[0], type="primary", key=f"press-{key}", on_click=button[1])
                for way in ways:
                    link(way.page, way.label, icon=f":material/{way.icon}:", query=way.query)


def no_subset_yet(what: str) -> None:
    """The empty state of everything that needs a saved subset; ``what`` says what is shown once there is one."""
    empty_state(
        "No subset yet",
        f"{what} On Subsets, drag the slider and press Save.",
        takes="That takes a second. “Build the series” there saves seven in a few seconds; a study saves a whole grid.",
        ways=(SUBSETS, STUDY),
        key="no-subset-yet",
    )
