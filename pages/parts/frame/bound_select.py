"""Choices that the URL carries under their own names, whatever the labels on the page say.

Streamlit's own binding writes the label into the URL; these widgets write the option, so that links live on when a
title changes. Where a page is opened, its address counts first, then what the session chose before, then the default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.errors import quoted
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

    A value that is not an option counts as ``default``, and a line says so until another option is chosen. "" may be
    an option as any other. Streamlit's own binding writes the label into the URL; this one writes the option, so that
    links still work when a title changes.
    """
    wanted = _wanted(parameter, options, default)
    index = options.index(wanted) if wanted in options else 0
    chosen = place.selectbox(label, options, index=index, format_func=format_func, key=parameter.widget.name, help=help)
    return _kept(parameter, chosen, default=default, format_func=format_func)


def bound_segments(
    place: Any, label: str, options: Mapping[str, str], *, parameter: Selected, default: str, hide_label: bool = False
) -> str:
    """The same as segments beside one another, one of which is always chosen; ``options`` maps each to its label."""
    wanted = _wanted(parameter, list(options), default)
    chosen = place.segmented_control(
        label,
        list(options),
        default=None if parameter.widget.there else wanted,  # a value that the session has is not to be set twice
        required=True,
        format_func=options.__getitem__,
        key=parameter.widget.name,
        label_visibility="collapsed" if hide_label else "visible",
    )
    return _kept(parameter, chosen or wanted, default=default, format_func=options.__getitem__)


def follow_default(parameter: Selected, default: str) -> None:
    """If the select box still has its old default, move it to ``default``; call before :func:`bound_select`."""
    before = parameter.last_default.get(None)
    if before not in (None, default) and parameter.chosen.get(None) == before and parameter.get() is None:
        parameter.chosen.drop()
        parameter.widget.drop()
    parameter.last_default.set(default)


def _wanted(parameter: Selected, options: Sequence[str], default: str) -> str:
    """The option that a widget starts from; what is no option reads as ``default``."""
    named = (parameter.asked, parameter.chosen.get(None), default)
    wanted = next(option for option in named if option is not None)
    if wanted in options:
        return wanted
    if not parameter.chosen.there:
        parameter.refused.set(wanted)
    return default


def _kept(parameter: Selected, chosen: str, *, default: str, format_func: Callable[[str], str]) -> str:
    """Keep what was chosen in session and URL, and say what of a link could not be used."""
    if parameter.chosen.get(chosen) != chosen:
        parameter.refused.drop()
    parameter.chosen.set(chosen)
    if refused := parameter.refused.get(""):
        what, used = parameter.name.replace("_", " ").replace("-", " "), format_func(chosen) if chosen else "none"
        st.warning(plain(f"The link's {what} is not used, {used} is. There is no {quoted(refused)} to choose."))
    parameter.put(None if chosen == default else chosen)
    return str(chosen)
