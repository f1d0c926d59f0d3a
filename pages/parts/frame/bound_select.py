"""Choices that the URL carries under their own names, whatever the labels on the page say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.parts.frame.address import Selected
from pages.parts.frame.plain_text import plain


def bound_select(
    place: Any,
    label: str,
    options: Sequence[str],
    *,
    parameter: Selected,
    default: str,
    format_func: Callable[[str], str] = str,
    help: str | None = None,
) -> str:
    """A select box whose value is that of ``parameter`` in the URL.

    A value that is not an option counts as ``default``, and a line says so until another option is chosen. Streamlit's
    own binding writes the label into the URL; this one writes the option, so that links still work when a title
    changes.
    """
    wanted = parameter.chosen.get("") or parameter.get() or default
    if wanted not in options and not parameter.chosen.there:
        parameter.refused.set(str(wanted))
    index = options.index(wanted) if wanted in options else max(0, options.index(default) if default in options else 0)
    chosen = place.selectbox(label, options, index=index, format_func=format_func, key=parameter.widget.name, help=help)
    if parameter.chosen.get(chosen) != chosen:
        parameter.refused.drop()
    parameter.chosen.set(chosen)
    if refused := parameter.refused.get(""):
        what, used = parameter.name.replace("_", " ").replace("-", " "), format_func(chosen) if chosen else "none"
        st.warning(plain(f"The link's {what} is not used, {used} is. There is no {refused[:60]!r} to choose."))
    parameter.put(None if chosen == default else chosen)
    return str(chosen)


def follow_default(parameter: Selected, default: str) -> None:
    """If the select box still has its old default, move it to ``default``; call before :func:`bound_select`."""
    before = parameter.last_default.get(None)
    if before not in (None, default) and parameter.chosen.get(None) == before and parameter.get() is None:
        parameter.chosen.drop()
        parameter.widget.drop()
    parameter.last_default.set(default)
