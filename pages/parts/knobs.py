"""One widget a knob, for strategies and metrics alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.parameters import Parameter
from core.workbench.opened import Opened


def knob(
    parameter: Parameter,
    default: Any,
    looked: Opened,
    *,
    key: str,
    bound: bool = True,
    elsewhere: Sequence[str] | None = None,
) -> Any:
    """The widget of one parameter and its value; ``default`` is what it starts from. ``bound``: the URL carries it.

    ``elsewhere`` are the columns to choose from where they are not those of ``looked``.
    """
    common: dict[str, Any] = {
        "label": parameter.title,
        "key": key,
        "help": parameter.help,
        "bind": "query-params" if bound else None,
        "persist_state": "session",
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
    columns = column_names(looked, numeric=parameter.kind == "numeric_column")
    if parameter.kind == "columns":
        held = [name for name in default or () if name in columns]
        return st.multiselect(options=columns, default=held, **common)
    index = columns.index(default) if default in columns else None if parameter.optional else _first(looked, columns)
    return st.selectbox(options=columns, index=index, placeholder="No column", **common)


def _first(looked: Opened, columns: list[str]) -> int | None:
    """The place of the first column that does not hold one value in every row: a constant orders nothing."""
    varying = (at for at, name in enumerate(columns) if len(pd.unique(looked.corpus.column(name))) > 1)
    return next(varying, 0 if columns else None)


def column_names(looked: Opened, *, numeric: bool = False) -> list[str]:
    """The corpus's columns; with ``numeric`` only those whose values are numbers."""
    names = list(looked.corpus.columns)
    return [name for name in names if not numeric or looked.corpus.column(name).dtype.kind in "iuf"]
