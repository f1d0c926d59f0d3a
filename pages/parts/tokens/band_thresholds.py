"""The thresholds of the mid band, kept in the session and the URL: the user types, drags or undoes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.bands import BAND_ROWS, UNITS, Band, Unit
from core.errors import DiverscopeError
from pages.parts.frame import session, session_keys
from pages.parts.frame.plain_text import plain
from pages.parts.frame.session_keys import Key

DEFAULT = Band()
TITLES = {"count": "occurrences", "per_million": "per million", "quantile": "quantile"}
STEPS: dict[str, tuple[float, float | None, str]] = {
    "count": (1.0, None, "%.10g"),
    "per_million": (1.0, None, "%.4g"),
    "quantile": (0.01, 1.0, "%.5g"),
}


def band_of_session() -> Band:
    """The corpus's mid band. Raises :class:`InputError` where a link has thresholds that are not a band."""
    return session.choice().band


def set_band(band: Band) -> None:
    """Set new thresholds; undo brings back the old ones."""
    before = band_of_session()
    if band != before:
        session_keys.BAND_HISTORY.start([]).append(before)
        session.choose(low=band.low, high=band.high, unit=band.unit)


def undo() -> None:
    if history := session_keys.BAND_HISTORY.get([]):
        before = history.pop()
        session.choose(low=before.low, high=before.high, unit=before.unit)


def take_occurrences(low: float, high: float, frequency: NDArray[np.int64]) -> None:
    """Set thresholds given in occurrences, converted to the shown unit; refused if that unit cannot express them."""
    try:
        set_band(Band(low, high).converted(band_of_session().unit, frequency))
    except DiverscopeError as error:
        session_keys.BAND_REFUSED.set(str(error))


def typed(end: str, key: Key[float]) -> None:
    """Set a typed threshold; refuse it with the reason if it leaves no band."""
    value = float(key.value)
    try:
        before = band_of_session()
        set_band(replace(before, low=value) if end == "low" else replace(before, high=value))
    except DiverscopeError as error:
        session_keys.BAND_REFUSED.set(str(error))


def take_unit(key: Key[Unit], frequency: NDArray[np.int64]) -> None:
    """Convert the band to the picked unit; refused if that unit cannot express it."""
    try:
        set_band(band_of_session().converted(key.value, frequency))
    except DiverscopeError as error:
        session_keys.BAND_REFUSED.set(str(error))


def counted_over(band_rows: str) -> None:
    """The rows whose occurrences are counted; another choice makes other bands and other plans."""
    key = session_keys.BAND_ROWS
    key.set(band_rows)
    st.selectbox(
        "Counted over",
        BAND_ROWS,
        format_func={"corpus": "corpus", "training": "training rows", "pool": "pool"}.__getitem__,
        key=key.name,
        on_change=lambda: session.choose(band_rows=key.value),
        help="The rows in which occurrences are counted: the whole corpus; all rows but the holdout (the paper counts "
        "its training samples); or the pool, after a length window or any other filter.",
    )


def controls(frequency: NDArray[np.int64]) -> None:
    """Draw the fields of the thresholds, unit, undo and reset; thresholds in a URL that make no band are reset."""
    try:
        band = band_of_session()
    except DiverscopeError as error:
        st.warning(plain(error))
        session.choose(low=DEFAULT.low, high=DEFAULT.high, unit=DEFAULT.unit)
        band = DEFAULT
    shown_unit = session_keys.BAND_UNIT.of(band.unit)
    shown_unit.set(band.unit)
    st.segmented_control(
        "Thresholds in",
        UNITS,
        required=True,
        format_func=TITLES.__getitem__,
        key=shown_unit.name,
        on_change=take_unit,
        args=(shown_unit, frequency),
        width="stretch",
        help="10 and 500 occurrences fit about 100,000 responses; the other two fit a corpus of any size.",
    )
    left, right, back, reset = st.columns([3, 3, 1.1, 1.1], vertical_alignment="bottom")
    step, most, shape = STEPS[band.unit]
    for column, end, value in ((left, "low", band.low), (right, "high", band.high)):
        key = session_keys.THRESHOLD_WIDGETS[end].of(band.unit)
        key.set(float(value))
        column.number_input(
            {"low": "Lowest", "high": "Highest"}[end],
            min_value=0.0,
            max_value=None if most is None else max(most, float(value)),
            step=step,
            format=shape,
            key=key.name,
            on_change=typed,
            args=(end, key),
        )
    back.button(
        "", icon=":material/undo:", key="tokens.undo", help="Undo the last change of the thresholds", on_click=undo,
        disabled=not session_keys.BAND_HISTORY.get([]),
    )  # fmt: skip
    reset.button(
        "", icon=":material/restart_alt:", key="tokens.reset", help="Back to 10 and 500 occurrences",
        on_click=set_band, args=(DEFAULT,), disabled=band == DEFAULT,
    )  # fmt: skip
    if message := session_keys.BAND_REFUSED.pop(""):
        st.warning(plain(message))
