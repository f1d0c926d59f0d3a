"""RowReading on: the list that a row came from, its place in it, and the steps to the next and the previous row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.row_positions import CorpusRow, CorpusRows
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import rows


@dataclass(frozen=True, eq=False)
class RowReading:
    """A row, the ``listed`` rows it was chosen from in their order, and what reads another of them."""

    row: CorpusRow
    listed: CorpusRows
    go: Callable[[CorpusRow], None]

    @property
    def place(self) -> int | None:
        """The row's place in the list, from 0; None where the list does not hold it."""
        places = np.flatnonzero(self.listed == self.row)
        return int(places[0]) if len(places) else None

    def step(self, by: int) -> None:
        """Read the row ``by`` places further; at either end of the list nothing happens."""
        place = self.place
        if place is not None and 0 <= place + by < len(self.listed):
            self.go(CorpusRow(int(self.listed[place + by])))


def reading_on(listed: CorpusRows, picked: CorpusRow, *, key: str) -> RowReading:
    """The row of ``listed`` that is read: ``picked``, or the one to which steps led from it.

    Picking another row in the table starts anew. ``key`` is that of the reading card.
    """
    kept = session_keys.READ_ON.of(key)
    start, row = kept.get((picked, picked))
    row = row if start == picked and row in listed else picked
    return RowReading(CorpusRow(row), listed, lambda to: kept.set((picked, to)))


def pair_on(count: int, picked: int, *, key: str) -> RowReading:
    """Which of ``count`` listed pairs is read, for the cards of both rows: the steps go from pair to pair.

    Its ``row`` and ``listed`` are places of pairs in the list, from 0.
    """
    return reading_on(CorpusRows(np.arange(count, dtype=np.int64)), CorpusRow(picked), key=key)


def step_bar(reading: RowReading, *, key: str) -> None:
    """Draw the two buttons and the row's place in the list."""
    place = reading.place
    if place is None or len(reading.listed) < 2:
        return
    for name, icon, by, words in (
        ("previous", ":material/chevron_left:", -1, "Previous row · ← or K"),
        ("next", ":material/chevron_right:", 1, "Next row · → or J"),
    ):
        st.button(
            "",
            icon=icon,
            key=session_keys.READ_STEP.of(name, key).name,
            help=words,
            type="tertiary",
            disabled=not 0 <= place + by < len(reading.listed),
            on_click=reading.step,
            args=(by,),
        )
        if by < 0:
            st.markdown(f":small[{rows(place + 1)} of {rows(len(reading.listed))}]", width="content")
