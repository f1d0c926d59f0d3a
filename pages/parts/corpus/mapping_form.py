"""The form that asks which column is what, filled in as far as can be guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.corpus import originals
from core.corpus.formats.mapped import FieldMapping, Preview
from core.errors import InputError
from pages.parts.frame import address
from pages.parts.frame.guard import guarded
from pages.parts.frame.links import link
from pages.parts.frame.plain_text import plain, sendable

FIELDS = {
    "instruction": "Instruction",
    "response": "Response",
    "input": "Input (context of the instruction)",
    "conversation": "Conversation (a list of turns)",
    "system": "System prompt",
    "source": "Source",
    "category": "Category",
    "thinking": "Thinking before the response",
}
NOTHING = "—"


def mapping_form(
    previews: Sequence[Preview], *, then: Callable[[dict[str, FieldMapping]], None], cancel: Callable[[], None]
) -> None:
    """Show the first records of each file and ask for its columns; ``then`` gets a mapping for each file."""
    st.subheader("Which column is what?", anchor=False)
    st.text(_filled(previews))
    if any(view.scores for view in previews):
        _scores([view.file for view in previews if view.scores])
    with st.form("corpus.mapping", border=True):
        drawn: dict[str, dict[str, str | None]] = {}
        for number, view in enumerate(previews):
            st.markdown(f"**{plain(view.file)}** · {plain(view.container)} · {plain(view.why)}")
            st.dataframe(
                [{sendable(name): cell(record.get(name)) for name in view.columns} for record in view.records],
                height=35 * (len(view.records) + 1) + 3,
                hide_index=True,
                key=f"mapping.preview.{number}",
            )
            guess = view.guess.as_json()
            columns = st.columns(4)
            drawn[view.file] = {}
            for place, (field, label) in enumerate(FIELDS.items()):
                options = [NOTHING, *view.columns]
                chosen = columns[place % 4].selectbox(
                    label,
                    options,
                    index=options.index(guess[field]) if guess.get(field) in options else 0,
                    format_func=sendable,
                    key=f"mapping.{number}.{field}",
                )
                drawn[view.file][field] = None if chosen == NOTHING else chosen
        left, right, _ = st.columns([2, 1, 3])
        made = left.form_submit_button("Make the corpus", type="primary", width="stretch")
        dropped = right.form_submit_button("Cancel", width="stretch")
    if dropped:
        cancel()
        st.rerun()
    if made:
        with guarded():
            mappings = {file: FieldMapping(**fields) for file, fields in drawn.items()}
            for view in previews:
                if view.recognised and mappings[view.file] == view.guess:
                    del mappings[view.file]  # nothing was changed: it is read as what it was recognised as
                    continue
                mappings[view.file].check(view.columns)
                if not mappings[view.file].as_json():
                    raise InputError("Nothing is mapped.")
            then(mappings)


def _scores(files: Sequence[str]) -> None:
    """Draw a message on files of numbers without text, which are not rows to train on: it says where they belong."""
    with st.container(border=True):
        st.text(
            f"{', '.join(files)}: these look like scores, there is no text in them. Scores of rows belong to a "
            "loaded corpus; scores of trained models belong to their subsets."
        )
        with st.container(horizontal=True):
            link("scores", "Scores → Your columns", icon=":material/speed:", query={address.SCORES_FROM: "own"})
            link("compare", "Compare", icon=":material/query_stats:")


def _filled(previews: Sequence[Preview]) -> str:
    """A sentence on how far the form was filled by guessing."""
    asked = "A row needs an instruction and a response, or a conversation."
    guesses = [view.guess for view in previews]
    if all(guess.conversation or (guess.instruction and guess.response) for guess in guesses):
        return f"{asked} The form is filled with a guess: check it, then make the corpus."
    if any(guess.as_json() for guess in guesses):
        return f"{asked} Only a part could be guessed: choose the rest, then make the corpus."
    return f"{asked} Nothing could be guessed from the columns: choose them, then make the corpus."


def cell(value: object) -> str:
    """A field of a record in a table: short, as text that can be shown."""
    text = value if isinstance(value, str) else "" if value is None else originals.encode({"": value})[4:-1]
    shown = sendable(text)
    return shown if len(shown) <= 300 else f"{shown[:299]}…"
