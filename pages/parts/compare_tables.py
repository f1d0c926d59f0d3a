"""Tables of the Compare page: only the columns that say something, numbers to four digits, words for column names."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.evidence import views

WORDS = {
    "pearson": "Pearson r", "spearman": "Spearman ρ", "kendall": "Kendall τ", "slope": "slope", "stderr": "std. error",
    "loo_low": "leave-one-out, low", "loo_high": "leave-one-out, high", "drawn": "drawn whole", "r_squared": "R²",
    "seed_spread": "spread between seeds", "low": "95 %, low", "high": "95 %, high", "shrunk": "slope, shrinking prior",
    "claim": "may be claimed", "n": "scores", "units": "units drawn", "partial": "held fixed, r", "plain": "plain r",
    "points": "points lost", "controlled": "held fixed", "level": "position, %",
}  # fmt: skip


def table(
    held: pd.DataFrame, *, key: str, first: Sequence[str] = (), drop: Sequence[str] = (), by: Sequence[str] = ()
) -> None:  # fmt: skip
    """Show ``held`` without ``drop`` and without columns that are empty throughout; ``first`` stand in front.

    Of the columns ``by`` only those are shown that tell one row's group from another's.
    """
    same = set(by) - set(views.telling_parts(held, by))
    said = [name for name in held if name not in {*drop, *same} and not _empty(held[name])]
    ordered = [*[name for name in first if name in said], *[name for name in said if name not in first]]
    settings = {
        str(name): st.column_config.NumberColumn(_word(str(name)), format="%.4g")
        if pd.api.types.is_float_dtype(held[name])
        else st.column_config.Column(_word(str(name)))
        for name in ordered
    }
    st.dataframe(held[ordered], hide_index=True, width="stretch", key=key, column_config=settings)


def _word(name: str) -> str:
    stem, _, end = name.rpartition("_")
    if end in ("low", "high") and stem in WORDS:
        return f"{WORDS[stem]}, {end}"
    if name.startswith(("p_", "q_")):
        return f"{name[0]} of {WORDS.get(name[2:], name[2:])}"
    return WORDS.get(name, name)


def _empty(column: pd.Series) -> bool:
    return bool((column.isna() | (column.astype(object) == "")).all())
