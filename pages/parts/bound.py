"""Choices that the URL carries under their own names, whatever the labels on the page say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st


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

    Streamlit's own binding writes the label into the URL; this one writes the option, so that links live on when a
    title changes.
    """
    held = f"ds.bound.{key}"
    wanted = st.session_state.get(held) or st.query_params.get(key) or default
    index = options.index(wanted) if wanted in options else max(0, options.index(default) if default in options else 0)
    chosen = place.selectbox(label, options, index=index, format_func=format_func, key=f"{held}.widget", help=help)
    st.session_state[held] = chosen
    if chosen == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != chosen:
        st.query_params[key] = chosen
    return str(chosen)
