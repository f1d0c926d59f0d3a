"""What the last move of a threshold changed: tokens that are in another band, rows that gain or lose mid-band types."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.bands import Band
from core.counted import counted
from core.features.band_moves import BandMoves, band_moves, same_split
from core.features.bands import readable_pieces
from core.features.tokenizers import Tokenizer
from core.row_positions import CorpusRows
from core.view import TokenRows
from pages.parts.frame import session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows
from pages.parts.tokens.band_thresholds import DEFAULT
from pages.parts.tokens.read_rows import read_rows

SHOWN = 40  # moved tokens that are named
SIDES = {
    "out": "Rows that lost their last mid-band type",
    "in": "Rows that have one now",
    "fewer": "Rows with fewer types",
    "more": "Rows with more types",
}


def band_before(band: Band, frequency: NDArray[np.int64]) -> Band:
    """The band before the last move that moved a token; without one, the paper's 10 and 500 occurrences."""
    for earlier in reversed(session_keys.BAND_HISTORY.get([])):
        if not same_split(earlier, band, frequency):
            return earlier
    return DEFAULT


@st.cache_data(max_entries=12, show_spinner=False)
def moves_of(
    key: str,
    before: tuple[float, float],
    now: tuple[float, float],
    _tokens: TokenRows,
    _types_before: NDArray[np.int64],
    _types_now: NDArray[np.int64],
) -> BandMoves:
    """The moves between two bands, given by their ends in occurrences; cached by these and ``key``."""
    return band_moves(Band(*before), Band(*now), _tokens, types_before=_types_before, types_now=_types_now)


def in_a_line(moves: BandMoves, before: tuple[float, float]) -> str:
    """What moved, in one sentence; "" where nothing did."""
    if not moves.tokens:
        return ""
    entered = sum(len(move.ids) for move in moves.tokens if move.end == "mid")
    left = sum(len(move.ids) for move in moves.tokens if move.start == "mid")
    tokens = [
        f"{counted(entered, 'token')} came into the mid band" if entered else "",
        f"{counted(left, 'token')} left {'it' if entered else 'the mid band'}" if left else "",
    ]
    told = {
        "out": "lost their last mid-band type", "in": "have one now", "fewer": "have fewer", "more": "have more",
    }  # fmt: skip
    sides = {name: len(moves.sides[name]) for name in told}
    changed = [f"{rows(sides[name])} {words}" for name, words in told.items() if sides[name]]
    return f"Since {before[0]:,.6g} to {before[1]:,.6g}: {' and '.join(filter(None, tokens))}. " + (
        f"Of the rows {', '.join(changed)}." if changed else "No row has more or fewer mid-band types."
    )


def moved_rows(
    ctx: Context,
    moves: BandMoves,
    before: tuple[float, float],
    *,
    band: Band,
    tokens: TokenRows,
    tokenizer: Tokenizer,
) -> None:
    """Draw the tokens that changed band and the rows that changed sides, with samples of both."""
    if not moves.tokens:
        st.info(
            f"The band holds the same tokens as from {before[0]:,.6g} to {before[1]:,.6g} occurrences. "
            "Drag a line of the curve, or type another end: what changes is listed here."
        )
        return
    table = pd.DataFrame(
        {
            "From": [f"{move.start} band" for move in moves.tokens],
            "To": [f"{move.end} band" for move in moves.tokens],
            "Tokens": [len(move.ids) for move in moves.tokens],
            "Occurrences": [move.occurrences for move in moves.tokens],
            "Rows with one of them": [move.rows for move in moves.tokens],
            "The commonest of them": ["  ".join(readable_pieces(tokenizer, move.ids[:SHOWN])) for move in moves.tokens],
        }
    )
    numbers = ("Tokens", "Occurrences", "Rows with one of them")
    st.dataframe(
        table, hide_index=True, width="stretch", key="tokens.moved",
        column_config={
            **{name: st.column_config.NumberColumn(format="localized") for name in numbers},
            "The commonest of them": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    sides = {name: moves.sides[name] for name in SIDES}
    side = st.segmented_control(
        "Rows",
        list(SIDES),
        default=next((name for name, places in sides.items() if len(places)), "out"),
        required=True,
        format_func=lambda name: f"{SIDES[name]} · {rows(len(sides[name]))}",
        key="tokens.sides",
        label_visibility="collapsed",
    )
    places = CorpusRows(sides[side or "out"])
    if not len(places):
        st.caption(f"{counted(0, 'row')}.")
        return
    moved = np.concatenate([move.ids for move in moves.tokens])
    read_rows(
        ctx, places, {"Types before": moves.before[places], "now": moves.now[places]}, band=band, tokens=tokens,
        tokenizer=tokenizer, key=f"sides.{side}", wanted=moved.tolist(), wanted_as="moved",
    )  # fmt: skip
