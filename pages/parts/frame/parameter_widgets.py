"""The widgets of knobs, for strategies and for metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.corpus.column_facts import numeric_columns, starting_column
from core.parameters import Parameter
from core.workbench.corpus_view import CorpusView
from pages.parts.frame import session_keys
from pages.parts.frame.session_keys import Key


def follow_band(group: str, band: Mapping[str, Any], keys: Mapping[str, Key[Any]]) -> None:
    """Let the knobs of ``group`` follow the corpus's mid band when it changes, if they are still equal to it.

    ``band`` holds the corpus's band by the names of the parameters that declare its ends, ``keys`` the session key of
    each of their knobs. Call it before these are drawn. A band, or one end of it, that the user set for this group
    stays as it is.
    """
    start = session_keys.BAND_START.of(group)
    before = start.get(band)
    start.set(dict(band))
    if before != band and all(keys[name].get(end) == end for name, end in before.items()):
        for name, end in band.items():
            keys[name].set(end)


def knob(
    parameter: Parameter,
    default: Any,
    corpus_view: CorpusView,
    *,
    widget: dict[str, Any],
    elsewhere: Sequence[str] | None = None,
) -> Any:
    """Draw the widget of a parameter and return its value; ``default`` is its initial value.

    ``widget`` holds the arguments that identify it: its key, and its binding if the URL carries it. ``elsewhere`` are
    the columns to choose from if they are not those of ``corpus_view``.
    """
    common: dict[str, Any] = {
        "label": parameter.title,
        "help": parameter.help,
        "persist_state": "session",
        **widget,
    }
    if parameter.kind == "bool":
        return st.toggle(value=bool(default), **common)
    if parameter.kind == "choice":
        options = list(parameter.choices)
        return st.selectbox(options=options, index=options.index(default), **common)
    if parameter.kind == "int":
        return st.number_input(
            min_value=None if parameter.minimum is None else int(parameter.minimum),
            max_value=None if parameter.maximum is None else int(parameter.maximum),
            value=None if default is None else int(default),
            step=1,
            **common,
        )
    if parameter.kind == "float" and parameter.slider:
        assert parameter.minimum is not None  # a slider has two ends
        assert parameter.maximum is not None
        low, high = float(parameter.minimum), float(parameter.maximum)
        return st.slider(min_value=low, max_value=high, value=float(default), step=(high - low) / 40, **common)
    if parameter.kind == "float":
        return st.number_input(
            min_value=None if parameter.minimum is None else float(parameter.minimum),
            max_value=None if parameter.maximum is None else float(parameter.maximum),
            value=None if default is None else float(default),
            step=0.05 if (parameter.maximum or 10) <= 5 else 1.0,
            format="%g",
            **common,
        )
    if parameter.kind == "text":
        return st.text_input(value=str(default or ""), **common)
    if elsewhere is not None:
        return st.selectbox(options=list(elsewhere), index=None, placeholder="No column of the examples", **common)
    corpus = corpus_view.corpus
    columns = numeric_columns(corpus) if parameter.kind == "numeric_column" else corpus.columns
    if parameter.kind == "columns":
        names = [name for name in default or () if name in columns]
        return st.multiselect(options=columns, default=names, **common)
    start = default if default in columns else None if parameter.optional else starting_column(corpus, columns)
    index = None if start is None else columns.index(start)
    return st.selectbox(options=columns, index=index, placeholder="No column", **common)
