"""A and B on the map of their corpus: the rows that only one of them holds, and those of both."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures.colouring import by_sides
from core.figures.contrast import BOTH, SIDES
from core.row_positions import CorpusRows
from core.workbench.row_selection import facts_of
from core.workspace.digests import digest_ids
from pages.parts.frame.corpus_map import MapContents, draw_map
from pages.parts.frame.map_data import MapData, stored_map
from pages.parts.frame.page import Context
from pages.parts.frame.selection_bar import selection_bar
from pages.parts.inspect.pick import Picked

HEIGHT = "clamp(320px, calc(100vh - 380px), 720px)"


@st.fragment
def sides_map(ctx: Context, a: Picked, b: Picked) -> None:
    """Draw where the rows of A and B lie; nothing if the component has no map."""
    seen = stored_map(ctx.corpus_text, ctx.choice.clustering, noise="outside")
    if seen is None:
        st.caption("A map of A and B appears once the rows are embedded: press Embed on the Clusters page.")
        return
    inside = []
    for side in (a, b):
        mask = np.zeros(len(ctx.corpus), dtype=bool)
        mask[ctx.corpus.positions_of(np.sort(side.ids))] = True
        inside.append(mask)
    contents = MapContents(
        layout=seen.layout,
        embedder=seen.embedder,
        colours={
            "A and B": partial(
                by_sides, inside[0], inside[1], colours=(SIDES["a"], SIDES["b"], BOTH), names=(a.name, b.name)
            )
        },
        named=f"{digest_ids(a.ids)}/{digest_ids(b.ids)}/{a.name}/{b.name}/{seen.name_key}",
        columns={"in_a": inside[0], "in_b": inside[1]},
        note=seen.note,
    )
    st.markdown("**Where they lie**")
    draw_map(ctx, contents, "A and B", name="contrast-map", height=HEIGHT)
    selection_bar(ctx, facts=partial(_facts, ctx, seen, inside[0]), key="contrast")


def _facts(ctx: Context, seen: MapData, in_a: NDArray[np.bool_], picked: CorpusRows) -> list[str]:
    told = facts_of(
        ctx.corpus_text, picked, tokenizer=ctx.tokenizer, labels=seen.labels, name_of=seen.name, subset=in_a
    )
    return [words.replace("of the subset", "of A") for words in told]
