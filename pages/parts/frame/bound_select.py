"""Choices that the URL carries under their own names, whatever the labels on the page say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.parts.frame.plain_text import plain


def bound_select(
    place: Any,
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: str,
    format_func: Callable[[str], str] = str,
    help: str | None = None,
) -> str:
    """A select box whose value is ``?key=value`` in the URL; a value that is no option reads as ``default``.

    Then a line says so, until another option is chosen.
    Streamlit's own binding writes the label into the URL; this one writes the option, so that links live on when a
    title changes.
    """
    held = f"ds.bound.{key}"
    wanted = st.session_state.get(held) or st.query_params.get(key) or default
    if wanted not in options and held not in st.session_state:
        st.session_state[f"{held}.refused"] = str(wanted)
    index = options.index(wanted) if wanted in options else max(0, options.index(default) if default in options else 0)
    chosen = place.selectbox(label, options, index=index, format_func=format_func, key=f"{held}.widget", help=help)
    if st.session_state.get(held, chosen) != chosen:
        st.session_state.pop(f"{held}.refused", None)
    st.session_state[held] = chosen
    if refused := st.session_state.get(f"{held}.refused"):
        what, used = key.replace("_", " ").replace("-", " "), format_func(chosen) if chosen else "none"
        st.warning(plain(f"The link's {what} is not used, {used} is. There is no {refused[:60]!r} to choose."))
    if chosen == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != chosen:
        st.query_params[key] = chosen
    return str(chosen)


def follow_default(key: str, default: str) -> None:
    """Let a choice that still stands at its default follow it to another one; call before :func:`bound_select`."""
    held, before = f"ds.bound.{key}", st.session_state.get(f"ds.bound.{key}.default")
    if before not in (None, default) and st.session_state.get(held) == before and key not in st.query_params:
        for name in (held, f"{held}.widget"):
            st.session_state.pop(name, None)
    st.session_state[f"{held}.default"] = default
