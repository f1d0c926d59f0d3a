"""The reading card: one row in full, turns as turns, always as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.corpus.reading_blocks import shortened, turns_to_read
from core.corpus.row_ids import show_id, show_place
from core.counted import counted
from core.row_positions import CorpusRow
from pages.parts.frame import session_keys
from pages.parts.frame.compare_rows import compare_button, nearest_list
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_steps import RowReading, step_bar
from pages.parts.frame.reading_turns import show_turns, step
from pages.parts.frame.row_labels_form import label_form, labels_line

if TYPE_CHECKING:
    from core.corpus.store import Corpus

LONG, MANY = 20_000, 120  # characters and blocks of a row that are shown unasked


def reading_card(
    corpus: Corpus,
    position: CorpusRow,
    *,
    key: str = "card",
    height: int = 560,
    reading: RowReading | None = None,
    beside: Mapping[str, CorpusRow] | None = None,
) -> None:
    """Show the row at ``position`` of the corpus: its turns, its fields, its id and where it came from.

    With ``reading``, the list that the row came from, buttons and the keys left and right, j and k lead to the next and
    the previous row. ``beside`` are rows to compare it with, by what they are.
    """
    row = corpus.rows([position])[0]
    name = show_id(row["id"])
    with st.container(border=True, height=height, key=f"{key}.container"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"{key}.actions"):
            if reading is not None:
                step_bar(reading, key=key)
            compare_button(corpus, position, key=key, beside=beside or {})
            label_form(corpus.workspace, row["id"], key=key)
        facts = [f"row {name}", _came_from(row), str(row["source"] or "")]
        if row.get("category"):
            facts.append(str(row["category"]))
        if row.get("multiplicity", 1) > 1:
            facts.append(f"{row['multiplicity']} copies")
        st.caption(plain(" · ".join(fact for fact in facts if fact)))
        if labelled := labels_line(corpus.workspace, row["id"]):
            st.markdown(f":small[{labelled}]")
        _turns(row, key=key, reading=reading)
        for picture in row["pictures"]:
            st.caption(plain(f"Picture or other medium of turn {picture['turn']}: {picture['name']}"))
        nearest_list(corpus, position, key=key)
        with st.expander("Every original field"):
            st.json(row["original"], expanded=1)


def _turns(row: dict[str, Any], *, key: str, reading: RowReading | None) -> None:
    """Draw the row's turns; of a long row the beginning, until a press asks for all of it."""
    turns = turns_to_read(row)
    whole = session_keys.READ_WHOLE.of(key)
    shown, left_out = (turns, 0) if whole.get(None) == row["id"] else shortened(turns, characters=LONG, blocks=MANY)
    drawn, name = session_keys.READING.of(key), show_id(row["id"])

    def stepped() -> None:
        if reading is not None:
            reading.step(step(drawn, row=name))

    show_turns(shown, row=name, key=drawn, steps=reading is not None, on_step=stepped)
    if left_out:
        st.caption(f"{counted(left_out, 'more character')} of this row.")
        st.button("Show all", key=f"{key}.whole", on_click=whole.set, args=(row["id"],), help=f"{rows(left_out)} more.")


def _came_from(row: dict[str, Any]) -> str:
    """The row's first place, in the form in which a user types it, and how many more places it has."""
    places = [show_place(place["file"], place["line"] or place["record"]) for place in row["positions"]]
    more = f" and {counted(len(places) - 1, 'more place')}" if len(places) > 1 else ""
    return f"{places[0]}{more}" if places else ""
