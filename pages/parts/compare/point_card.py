"""The point that was pressed in the scatter: its subset, and the ways to it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.counted import counted
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.address import UrlParameter
from pages.parts.frame.links import link
from pages.parts.frame.plain_text import plain


def point_card(state: State, event: Any) -> None:
    """Draw the subset of the pressed point with links that open it; without one, say that points can be pressed."""
    digest = pressed_digest(event)
    subset = next((subset for subset in state.subsets if subset.digest == digest), None)
    if digest and subset is None:
        st.caption("This point is a dataset that is not saved here: there is nothing to open.")
    elif subset is None:
        st.caption("Press a point to open its subset.")
    else:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="point-card"):
            st.text(f"{subset.name}, {counted(len(subset.ids), 'row')}")
            link("subsets", "Open it", icon=":material/tune:", query={address.SAVED: subset.key})
            link("measure", "Measure", icon=":material/straighten:", query={address.MEASURED_ROWS: subset.key})
            query: dict[UrlParameter, str] = {address.LOOK: "row", address.WHY_SUBSET: subset.key}
            link("inspect", "Why these rows", icon=":material/fact_check:", query=query)
            st.caption(plain(f"digest {subset.digest[:12]}"))


def pressed_digest(event: Any) -> str:
    """The digest of the subset of the first selected point; "" for none."""
    points = getattr(getattr(event, "selection", None), "points", None) or []
    data = points[0].get("customdata") if points else None
    return str(data[0]) if data else ""
