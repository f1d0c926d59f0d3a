"""Tokens looked for, by a click on the curve or by their text, and the rows that hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.bands import Band
from core.counted import counted
from core.features.bands import readable_pieces
from core.features.token_lookup import around, rows_a_token, rows_with, search
from core.features.tokenizers import Tokenizer
from core.view import TokenRows
from pages.parts.frame import address, session_keys
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.selection import SelectionState
from pages.parts.tokens.read_rows import read_rows

AROUND = 24  # tokens shown where the curve is clicked
LONGEST = 200  # characters of a search
HOLDING = 40  # tokens shown that contain what is searched
_RANK = re.compile(r"\s*rank\s+([\d,]{1,12})\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Lookup:
    """What was looked for: ``rank`` on the curve, or a text whose own tokens are ``own``; all of them in ``ids``."""

    asked: str
    rank: int | None
    own: NDArray[np.int64]
    ids: NDArray[np.int64]


def look_at_rank(rank: int) -> None:
    """Show the tokens at ``rank``: what is typed into the field by hand, the click on the curve writes into it."""
    address.TOKEN_SEARCH.key.set(f"rank {rank}")
    show_found()


def show_found() -> None:
    """Turn to the view of what was found."""
    if address.TOKEN_SEARCH.key.get("").strip():
        address.TOKENS_VIEW.turn_to("find")


def search_field() -> str:
    """Draw the field for a token's text or a rank; returns what stands in it."""
    asked: str = st.text_input(
        "Search a token",
        placeholder="Search a token: text, or rank 500",
        label_visibility="collapsed",
        icon=":material/search:",
        on_change=show_found,
        **address.TOKEN_SEARCH.widget,
    )
    return (asked or "")[:LONGEST]


@st.cache_resource(max_entries=6, show_spinner=False)
def _pieces(named: str, _tokenizer: Tokenizer, size: int) -> list[str]:
    """The text of every token of a vocabulary, by id; cached by ``named``."""
    return _tokenizer.pieces(range(size))


def look_up(
    asked: str, *, named: str, tokenizer: Tokenizer, vocabulary_size: int, ordered: NDArray[np.int64]
) -> Lookup:
    """What ``asked`` finds among the occurring tokens ``ordered``; ``named`` names the vocabulary."""
    nothing = np.empty(0, dtype=np.int64)
    if by_rank := _RANK.fullmatch(asked):
        rank = min(max(1, int(by_rank[1].replace(",", "") or 1)), len(ordered))
        return Lookup(asked, rank, nothing, around(ordered, rank, count=AROUND))
    if not asked.strip():
        return Lookup("", None, nothing, nothing)
    pieces = _pieces(named, tokenizer, vocabulary_size)
    own, holding = search(asked, tokenizer=tokenizer, pieces=pieces, ordered=ordered, count=HOLDING)
    return Lookup(asked, None, own, np.concatenate([own, holding]))


def found(
    ctx: Context,
    lookup: Lookup,
    *,
    band: Band,
    tokens: TokenRows,
    per_row: NDArray[np.int64],
    tokenizer: Tokenizer,
) -> None:
    """Draw the tokens that were found, of which some can be picked, and the rows that hold them."""
    if not lookup.asked:
        st.info("Click on the curve to see the tokens there, or type a part of a token, a word or a rank.")
        return
    if not len(lookup.ids):
        st.info(f"No token that occurs in these rows contains {plain(repr(lookup.asked))}.")
        return
    frequency = np.asarray(tokens.frequency)
    names = dict(zip(lookup.ids.tolist(), readable_pieces(tokenizer, lookup.ids), strict=True))
    key = session_keys.TOKENS_PICKED.of(lookup.asked)
    if not key.there:
        key.set([token for token in lookup.ids.tolist() if str(token) in address.TOKENS_PICKED.values()])
    if lookup.rank is not None:
        said = f"The {len(lookup.ids)} tokens around rank {rows(lookup.rank)}, with how often each occurs."
    elif len(lookup.own):
        spelt = " ".join(names[token] for token in lookup.own.tolist())
        others = len(lookup.ids) - len(lookup.own)
        said = f"The text is cut into {spelt}." + (
            f" Then {counted(others, 'token')} that contain it." if others else ""
        )
    else:
        said = "Tokens that contain this text, with how often each occurs."
    picked = st.pills(
        f"{plain(said)} Pick some to see their rows only.",
        lookup.ids.tolist(),
        selection_mode="multi",
        format_func=lambda token: f"{plain(names[token])}  :small[:gray[{rows(int(frequency[token]))}]]",
        key=key.name,
    )
    address.TOKENS_PICKED.put_values([str(token) for token in picked])
    wanted = np.array(picked or lookup.ids, dtype=np.int64)
    places, times = rows_with(tokens, wanted)
    left, right = st.columns([5, 2], vertical_alignment="center")
    each = rows_a_token(tokens, wanted[:1])[0] if len(wanted) == 1 else 0
    what = f"{names[int(wanted[0])]}" if each else "one of these tokens"
    left.markdown(f"**{counted(len(places), 'row')}** with {plain(what)}, those with the most of them first.")
    with right.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Select these rows", disabled=not len(places), help="On every map, in every table; with undo."):
            word = "a token" if len(wanted) > 1 else "the token"
            SelectionState(ctx.corpus).select(places, f"rows with {word} of {lookup.asked}"[:120])
            st.toast(f"{counted(len(places), 'row')} selected.", icon=":material/check:")
        link("clusters", "See the map", icon=":material/scatter_plot:")
    if len(places):
        read_rows(
            ctx, places, {"Times": times, "Mid types": per_row[places]}, band=band, tokens=tokens, tokenizer=tokenizer,
            key="found", wanted=wanted.tolist(),
        )  # fmt: skip
