"""Choices that the URL carries under their own names, whatever the labels on the page say.

Streamlit's own binding writes the label into the URL; these widgets write the option, so that links live on when a
title changes. Where a page is opened, its address counts first, then what the session chose before, then the default.
After Back and Forward only the address and the default count, so that the view is the one of that address.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import orjson
import streamlit as st

from core.errors import quoted
from pages.parts.frame import session
from pages.parts.frame.address import Selected, UrlParameter
from pages.parts.frame.plain_text import plain
from pages.parts.frame.session_keys import Key

NOTHING = "none"  # what the URL holds where several options may be chosen, and none is


def bound_select(
    place: Any,
    label: str,
    options: Sequence[str],
    *,
    parameter: Selected,
    default: str,
    format_func: Callable[[str], str] = str,
    help: str | None = None,
    hide_label: bool = False,
    disabled: bool = False,
) -> str:
    """A select box whose value is that of ``parameter`` in the URL.

    A value that is not an option counts as ``default``, and a line says so until another option is chosen. "" may be
    an option as any other. Streamlit's own binding writes the label into the URL; this one writes the option, so that
    links still work when a title changes.
    """
    wanted = _wanted(parameter, options, default)
    _hold(parameter, options)
    index = options.index(wanted) if wanted in options and not parameter.widget.there else 0  # not to be set twice
    chosen = place.selectbox(
        label,
        options,
        index=index,
        format_func=format_func,
        key=parameter.widget.name,
        help=help,
        label_visibility="collapsed" if hide_label else "visible",
        disabled=disabled,
    )
    return _kept(parameter, chosen, default=default, format_func=format_func)


def bound_segments(
    place: Any, label: str, options: Mapping[str, str], *, parameter: Selected, default: str, hide_label: bool = False
) -> str:
    """The same as segments beside one another, one of which is always chosen; ``options`` maps each to its label."""
    wanted = _wanted(parameter, list(options), default)
    _hold(parameter, list(options))
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


def bound_pills(
    place: Any, label: str, options: Mapping[str, str], *, parameter: Selected, hide_label: bool = False
) -> str:
    """Pills of which one or none is chosen; "" for none. ``options`` maps each to its label."""
    wanted = _wanted(parameter, ["", *options], "")
    if parameter.widget.get(None) == "":  # what pills call None
        parameter.widget.drop()
    _hold(parameter, list(options))
    chosen = place.pills(
        label,
        list(options),
        default=None if parameter.widget.there else wanted or None,
        format_func=options.__getitem__,
        key=parameter.widget.name,
        label_visibility="collapsed" if hide_label else "visible",
    )
    return _kept(parameter, chosen or "", default="", format_func=lambda name: options.get(name, "none"))


def bound_multiselect(
    place: Any,
    label: str,
    options: Mapping[str, str],
    *,
    parameter: Selected,
    default: Sequence[str],
    known: Collection[str] = (),
    help: str | None = None,
    placeholder: str | None = None,
) -> tuple[str, ...]:
    """Several options at once, in the order of ``options``, which maps each to its label.

    The URL holds their names with commas between, or a JSON list if a name has a comma, and :data:`NOTHING` for none.
    What is no option is left out; a line says so unless it is among ``known``, names that mean nothing at the moment.
    """
    came_back = session.came_back()
    text = parameter.asked
    if text is None and not came_back:
        text = parameter.chosen.get(None)
    wanted = list(default) if text is None else _names(text)
    strange = [name for name in wanted if name not in options and name not in known]
    if strange and not parameter.chosen.there:
        parameter.refused.set(strange[0])
    if came_back:
        turn_to_several(parameter, [name for name in options if name in wanted])
    elif parameter.several.there:  # the options may have changed since the widget was drawn
        parameter.several.set([name for name in parameter.several.get([]) if name in options])
    chosen = place.multiselect(
        label,
        list(options),
        default=None if parameter.several.there else [name for name in options if name in wanted],
        format_func=options.__getitem__,
        key=parameter.several.name,
        help=help,
        placeholder=placeholder,
        wrap=True,
    )
    ordered = tuple(name for name in options if name in chosen)
    same = set(ordered) == {name for name in options if name in default}
    said = listed_names(ordered)
    if parameter.chosen.get(said) != said:
        parameter.refused.drop()
    parameter.chosen.set(said)
    if refused := parameter.refused.get(""):
        st.warning(plain(f"The link's {parameter.name} has {quoted(refused)}, which is not to be had here."))
    parameter.put(None if same else said)
    return ordered


def turn_to_several(parameter: Selected, names: Sequence[str]) -> None:
    """Let the widget of several options, which this run has not drawn yet, stand at ``names``."""
    parameter.chosen.set(listed_names(names))
    parameter.several.set(list(names))


def listed_names(names: Sequence[str]) -> str:
    """Several options as the URL holds them."""
    if any("," in name or name.startswith("[") for name in names):
        return orjson.dumps(list(names)).decode()
    return ",".join(names) or NOTHING


def _names(text: str) -> list[str]:
    """The options that :func:`listed_names` wrote."""
    if text.startswith("["):
        try:
            names = orjson.loads(text)
        except orjson.JSONDecodeError:
            return [text]
        return [str(name) for name in names] if isinstance(names, list) else [text]
    return [] if text == NOTHING else [name for name in text.split(",") if name]


def carried(key: Key[str], parameter: UrlParameter, default: str) -> None:
    """Before its widget is drawn: let ``key`` start from the address, and follow it after Back and Forward."""
    if not key.there or session.came_back():
        key.set(parameter.get() or default)


def follow_default(parameter: Selected, default: str) -> None:
    """If the select box still has its old default, move it to ``default``; call before :func:`bound_select`."""
    before = parameter.last_default.get(None)
    if before not in (None, default) and parameter.chosen.get(None) == before and parameter.get() is None:
        parameter.turn_to(default)  # said, not dropped: the browser would send what it shows once more
    parameter.last_default.set(default)


def standing(parameter: Selected, options: Collection[str], *, default: str) -> str:
    """The option at which the widget of ``parameter``, which this run has not drawn yet, will stand."""
    came_back = session.came_back()
    named = (
        None if came_back else parameter.widget.get(None), parameter.asked,
        None if came_back else parameter.chosen.get(None),
    )  # fmt: skip
    wanted = next((option for option in named if option is not None), default)
    return wanted if wanted in options else default


def _wanted(parameter: Selected, options: Sequence[str], default: str) -> str:
    """The option that a widget starts from; what is no option reads as ``default``."""
    came_back = session.came_back()
    named = (parameter.asked, None if came_back else parameter.chosen.get(None), default)
    wanted = next(option for option in named if option is not None)
    if wanted not in options:
        if not parameter.chosen.there:
            parameter.refused.set(wanted)
        wanted = default
    if came_back and wanted in options:
        parameter.turn_to(wanted)
    return wanted


def _hold(parameter: Selected, options: Sequence[str]) -> None:
    """Say the value of a widget that was drawn before once more; one that is no option any more is forgotten.

    Another page draws it with other words; Streamlit takes it for a new widget then, and would start it at its first
    option.
    """
    if parameter.widget.get(None) in options:
        parameter.widget.set(parameter.widget.value)
    else:
        parameter.widget.drop()


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
