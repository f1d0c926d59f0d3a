"""The rank–frequency curve as a component: its lines are dragged, its points are read and clicked on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.bands import Band
from core.features.bands import readable_pieces
from core.features.token_lookup import around
from core.features.tokenizers import Tokenizer
from core.figures.theme import BANDS, GRID
from core.figures.tokens import frequency_steps
from pages.parts.frame import session_keys
from pages.parts.frame.figures import csv, own_drawing
from pages.parts.frame.map.served import MapSource, answer_for, mounting, put
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows
from pages.parts.tokens.band_thresholds import take_occurrences

HEIGHT = 350
HOVERED = 7  # tokens that are named under the cursor


def frequency_curve(
    ctx: Context,
    band: Band,
    frequency: NDArray[np.int64],
    *,
    named: str,
    ordered: NDArray[np.int64],
    tokenizer: Tokenizer,
    rank: int | None,
    marked: Sequence[int],
    look: Callable[[int], None],
    caption: str,
) -> None:
    """Draw the curve of ``frequency`` (types,); a dragged line sets the session's band, a click runs ``look(rank)``.

    ``named`` names what was counted. ``ordered`` are the ids by falling frequency. ``rank`` is looked at, ``marked``
    tokens have a ring. The browser gets two numbers for each number of occurrences, once, and names of tokens only
    where it asks.
    """
    data = frequency_steps(frequency, band=band)
    low, high = band.whole_ends(frequency)
    pairs = np.stack([data["tokens"], data["occurrences"]], axis=1).astype("<u4")
    places = {int(token): place + 1 for place, token in enumerate(ordered.tolist())} if len(marked) else {}

    def lines(place: int) -> list[str]:
        ids = around(ordered, place + 1, count=HOVERED)
        told = f"rank {rows(place + 1)}: {rows(int(frequency[ordered[place]]))} occurrences"
        return [told, "  ".join(readable_pieces(tokenizer, ids))]

    answer_for(f"tokens-{named}", MapSource(len(ordered), lines, lambda: csv(data)))
    key = session_keys.TOKEN_CURVE

    def moved() -> None:
        sent = getattr(key.get(None), "event", None)
        event: Mapping[str, Any] = sent if isinstance(sent, Mapping) else {}
        if event.get("kind") == "band":
            take_occurrences(float(event["low"]), float(event["high"]), frequency)
        elif event.get("kind") == "look":
            look(min(max(1, int(event["rank"])), len(ordered)))

    with own_drawing(key="tokens-curve", data=data, name="token-frequency", caption=caption):
        st.components.v2.component("diverscope_token_curve", js=mounting("curve.js"))(
            data={
                "steps": put(pairs.tobytes()),
                "low": low,
                "high": high,
                "rank": rank,
                "marks": [{"rank": places[token], "times": int(frequency[token])} for token in marked],
                "colours": BANDS,
                "grid": GRID[ctx.mode],
                "hover": f"tokens-{named}",
                "height": HEIGHT,
                "said": f"Occurrences of {rows(len(ordered))} tokens by rank; the mid band: {low:g} to {high:g}.",
            },
            key=key.name,
            on_event_change=moved,
            height="content",
        )
