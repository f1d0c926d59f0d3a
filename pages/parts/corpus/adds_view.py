"""What files would add to a corpus: sentences, the clusters that new rows fall into, the gain of metrics."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.workbench.inspections.adds import Adds
from core.workbench.inspections.adds_words import gain_table, lines_of
from pages.parts.frame.plain_text import plain


def show_adds(result: dict[str, Any]) -> None:
    """Draw the result of the job."""
    adds = Adds.of(result)
    for line in lines_of(adds):
        st.text(line)
    if not adds.counts["new"]:
        return
    head, cells = gain_table(adds)
    st.markdown("**Instant metrics of random rows at the same size**", help="Mean, and the 95 % band of one more draw.")
    st.dataframe(pd.DataFrame(cells, columns=list(head)), hide_index=True, key="corpus.adds.metrics")
    if adds.places and adds.places.fallen:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            st.markdown("**Clusters that the new rows fall into**")
            fallen = pd.DataFrame(adds.places.fallen, columns=["Cluster", "Its rows", "New rows"])
            st.dataframe(fallen, hide_index=True, key="corpus.adds.clusters", height=260)
        with right:
            st.markdown("**Farthest from every cluster**")
            for text in adds.places.far:
                st.caption(plain(text))
