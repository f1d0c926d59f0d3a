"""Labels and a note on the row that is read: saved at once, undone and redone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.corpus.row_ids import show_id
from core.corpus.row_labels import LONGEST, LONGEST_NOTE, Change, RowLabels, labels_of, take_back, write_labels
from core.errors import DiverscopeError
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain

MOST_STEPS = 60


def label_form(workspace: Workspace, row_id: int, *, key: str) -> None:
    """Draw the button that opens the labels and the note of a row."""
    written = labels_of(workspace)
    row = written.get(row_id, RowLabels())
    content = digest([show_id(row_id), list(row.labels), row.note])  # other labels draw other fields
    labels, note = session_keys.ROW_LABELS.of(key, content), session_keys.ROW_NOTE.of(key, content)
    known = sorted({name for other in written.values() for name in other.labels})

    def save_labels() -> None:
        now = labels.value
        added = [name for name in now if name not in row.labels]
        removed = [name for name in row.labels if name not in now]
        _step(lambda: write_labels(workspace, [row_id], add=added, remove=removed))

    def save_note() -> None:
        _step(lambda: write_labels(workspace, [row_id], note=note.value))

    name = "Label" if not row else f"Labels · {len(row.labels)}" if row.labels else "Note"
    with st.popover(name, icon=":material/label:", type="tertiary", key=f"{key}.labels"):
        st.multiselect(
            "Labels",
            known,
            default=list(row.labels),
            key=labels.name,
            accept_new_options=True,
            on_change=save_labels,
            placeholder="Choose or type one",
            help=f"At most {LONGEST} characters each. They are a column of every corpus that holds the row.",
        )
        st.text_area(
            "Note", row.note, key=note.name, on_change=save_note, max_chars=LONGEST_NOTE, height=96,
            placeholder="Saved when you leave the field",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small", key=f"{key}.label-steps"):
            for steps, back, icon, words in (
                (session_keys.LABEL_STEPS, session_keys.LABEL_STEPS_BACK, ":material/undo:", "Undo the last change"),
                (session_keys.LABEL_STEPS_BACK, session_keys.LABEL_STEPS, ":material/redo:", "Redo the change"),
            ):
                st.button(
                    "",
                    icon=icon,
                    key=session_keys.LABEL_STEP.of(words.split()[0].lower(), key).name,
                    help=f"{words} of labels or notes",
                    disabled=not steps.get([]),
                    on_click=_moved,
                    args=(workspace, steps, back),
                )
    if error := session_keys.LABEL_SAID.pop(""):
        st.error(plain(error))


def labels_line(workspace: Workspace, row_id: int) -> str:
    """The labels and the note of a row in one line of Markdown; "" for none."""
    row = labels_of(workspace).get(row_id, RowLabels())
    badges = [f":blue-badge[{plain(name)}]" for name in row.labels]
    return " ".join([*badges, *([plain(" ".join(row.note.split()))] if row.note else [])])


def _step(change: Callable[[], Change]) -> None:
    """Make a change as the callback of a field; it can be undone, and what was undone before cannot be redone."""
    try:
        made = change()
    except DiverscopeError as error:
        session_keys.LABEL_SAID.set(str(error))
        return
    if made.after:
        session_keys.LABEL_STEPS.set([*session_keys.LABEL_STEPS.get([]), made][-MOST_STEPS:])
        session_keys.LABEL_STEPS_BACK.set([])


def _moved(workspace: Workspace, steps: session_keys.Key[list[Change]], back: session_keys.Key[list[Change]]) -> None:
    """Take the last of ``steps`` back, and let ``back`` hold its opposite."""
    kept = steps.get([])
    if not kept:
        return
    steps.set(kept[:-1])
    try:
        back.set([*back.get([]), take_back(workspace, kept[-1])])
    except DiverscopeError as error:
        session_keys.LABEL_SAID.set(str(error))
