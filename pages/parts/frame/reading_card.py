"""The reading card: one row in full, turns as turns, always as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.corpus.row_ids import show_id, show_place
from core.counted import counted
from core.row_positions import CorpusRow
from pages.parts.frame.plain_text import plain, rows

if TYPE_CHECKING:
    from core.corpus.store import Corpus

LONG = 20_000  # characters shown of a part; the download has the rest


def reading_card(corpus: Corpus, position: CorpusRow, *, key: str = "card", height: int = 560) -> None:
    """Show the row at ``position`` of the corpus: its turns, its fields, its id and where it came from."""
    row = corpus.rows([position])[0]
    with st.container(border=True, height=height, key=f"{key}.container"):
        facts = [f"row {show_id(row['id'])}", _came_from(row), str(row["source"] or "")]
        if row.get("category"):
            facts.append(str(row["category"]))
        if row.get("multiplicity", 1) > 1:
            facts.append(f"{row['multiplicity']} copies")
        st.caption(plain(" · ".join(fact for fact in facts if fact)))
        for title, body in parts_of(row):
            st.caption(f"**{plain(title)}** · {counted(len(body), 'character')}")
            st.code(body[:LONG] or " ", language=None, wrap_lines=True)
            if len(body) > LONG:
                st.caption(f"The first {rows(LONG)} of {counted(len(body), 'character')}.")
        for picture in row["pictures"]:
            st.caption(plain(f"Picture or other medium of turn {picture['turn']}: {picture['name']}"))
        with st.expander("Every original field"):
            st.json(row["original"], expanded=1)


def _came_from(row: dict[str, Any]) -> str:
    """The row's first place, in the form in which a user types it, and how many more places it has."""
    places = [show_place(place["file"], place["line"] or place["record"]) for place in row["positions"]]
    more = f" and {counted(len(places) - 1, 'more place')}" if len(places) > 1 else ""
    return f"{places[0]}{more}" if places else ""


def parts_of(row: dict[str, Any]) -> list[tuple[str, str]]:
    """A row's texts with titles: its turns, or else instruction, input and response; thinking stands before each."""
    if row.get("turns"):
        shown = []
        for turn in row["turns"]:
            if turn.get("thinking"):
                shown.append(("Thinking", str(turn["thinking"])))
            shown.append((str(turn.get("role", "turn")).capitalize(), str(turn.get("content") or "")))
        system = str(row.get("system") or "")
        if system and not any(title == "System" for title, _ in shown):
            shown.insert(0, ("System", system))
        return shown
    named = (
        ("System", "system"), ("Instruction", "instruction"), ("Input", "input"), ("Thinking", "thinking"),
        ("Response", "response"),
    )  # fmt: skip
    return [(title, str(row[field])) for title, field in named if row.get(field)]
