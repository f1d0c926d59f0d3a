"""Tables of the Compare page: without empty columns, with three significant digits, with words as column names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.evidence import views
from pages.parts.frame.plain_text import figure3

WORDS = {
    "pearson": "Pearson r", "spearman": "Spearman ρ", "kendall": "Kendall τ", "slope": "slope", "stderr": "std. error",
    "loo_low": "leave-one-out, low", "loo_high": "leave-one-out, high", "drawn": "drawn whole", "r_squared": "R²",
    "seed_spread": "spread between seeds", "low": "95 %, low", "high": "95 %, high", "shrunk": "slope, shrinking prior",
    "claim": "may be claimed", "n": "scores", "units": "units drawn", "partial": "held fixed, r", "plain": "plain r",
    "points": "points lost", "controlled": "held fixed", "level": "position, %", "series_name": "name of the series",
}  # fmt: skip
ROUNDING = 1e-12  # smaller values are rounding errors of 0, except for probabilities
WRITTEN_UP_TO = 20_000  # tables with at most this many numbers are formatted here, larger ones by the browser


def table(
    frame: pd.DataFrame, *, key: str, first: Sequence[str] = (), drop: Sequence[str] = (), by: Sequence[str] = (),
    as_logged: Sequence[str] = (),
) -> None:  # fmt: skip
    """Show ``held`` without ``drop`` and without columns that are empty throughout; ``first`` stand in front.

    Numbers have three significant digits, those of the columns ``as_logged`` all that the file gave. Of the columns
    ``by`` only those are shown that tell one row's group from another's.
    """
    same = set(by) - set(views.telling_parts(frame, by))
    said = [name for name in frame if name not in {*drop, *same} and not _empty(frame[name])]
    ordered = [*[name for name in first if name in said], *[name for name in said if name not in first]]
    numbers = [name for name in ordered if pd.api.types.is_float_dtype(frame[name])]
    few = len(frame) * len(numbers) <= WRITTEN_UP_TO
    settings = {
        str(name): st.column_config.NumberColumn(_word(str(name)), format=None if few else "%.3g")
        if name in numbers
        else st.column_config.Column(_word(str(name)))
        for name in ordered
    }
    shown = frame[ordered].reset_index(drop=True)
    for name in numbers:
        shown[name] = shown[name].astype("float64")
        if not _probability(str(name)):
            shown[name] = shown[name].map(settled)
    words: dict[Any, Callable[[Any], str]] = {name: written if name in as_logged else figure3 for name in numbers}
    drawn = shown.style.format(words) if few else shown  # type: ignore[arg-type]  # the stubs want object to str
    st.dataframe(drawn, hide_index=True, width="stretch", key=key, column_config=settings)


def settled(value: float) -> float:
    """``value``, or 0 if it is 0 up to rounding."""
    return 0.0 if abs(value) < ROUNDING else value


def written(value: float | None) -> str:
    """A number as it was logged, up to ten digits; an em dash for None."""
    return "—" if value is None or value != value else f"{value:.10g}"


def _probability(name: str) -> bool:
    return name in ("p", "q") or name.startswith(("p_", "q_"))


def _word(name: str) -> str:
    stem, _, end = name.rpartition("_")
    if end in ("low", "high") and stem in WORDS:
        return f"{WORDS[stem]}, {end}"
    if name.startswith(("p_", "q_")):
        return f"{name[0]} of {WORDS.get(name[2:], name[2:])}"
    return WORDS.get(name, name)


def _empty(column: pd.Series) -> bool:
    return bool((column.isna() | (column.astype(object) == "")).all())
