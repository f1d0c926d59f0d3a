"""What will be read, shown before the corpus is made: the first rows of each file, what is assumed and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from core.corpus.corpus_list import free_name
from core.corpus.first_rows import FILES, FirstRows, first_rows
from core.corpus.ingest import default_name
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile
from core.counted import counted
from core.workspace import names
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest
from pages.parts.corpus.asking import ask_roles, hold
from pages.parts.corpus.mapping_form import cell
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain

COLUMNS = 10  # columns of a file's own that the table of its first rows shows
WIDE = 80  # characters of a name that its field shows at once
ALWAYS = ("Instruction", "Response")
TEXTS = ("Turns", "System", "Thinking", "Source", "Category")


@dataclass(frozen=True)
class ChosenFiles:
    """Files that were chosen: how the session knows them again, what a job is told, and the name that is proposed."""

    files: list[SourceFile]
    identity: list[Any]
    request: dict[str, Any] | None = None
    name: str = ""
    looks: list[FirstRows] = field(default_factory=list)


def preview(workspace: Workspace, chosen: ChosenFiles, how: dict[str, Any], *, key: str) -> dict[str, Any]:
    """Show the first rows of the ``chosen`` files as they will be read; returns ``how`` with the corpus's name."""
    asked = digest([chosen.identity, how["reading"]])
    seen = session_keys.FIRST_ROWS.of(key)
    known, looks = seen.get(("", []))
    if known != asked:
        with st.spinner("Looking at the first rows …"):
            looks = first_rows(chosen.files, reading=ReadingOptions(**how["reading"]))
        seen.set((asked, looks))
    with st.container(border=True, key=f"corpus.preview.{key}"):
        for place, look in enumerate(looks):
            title = f"**{plain(look.file)}**" + (f" · {plain(look.container)}" if look.container else "")
            if place == 0:
                st.markdown(f"What will be read of {title}")
                _file(look, key=f"{key}.{place}")
            else:
                with st.expander(title, expanded=bool(look.refused)):
                    _file(look, key=f"{key}.{place}")
        others = len(chosen.files) - FILES
        if others > 0:
            st.caption(f"And {counted(others, 'more file')}: each is recognised by itself when the corpus is made.")
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        proposal = free_name(workspace, chosen.name or default_name(chosen.files))
        name = left.text_input(
            "Name of the corpus",
            value=proposal,
            max_chars=names.LONGEST,
            key=f"corpus.name.{key}.{digest([chosen.identity])}",
            help="It can be changed at any time, under “All corpora”.",
        )
        how = {**how, "name": name}
        with right:
            _ways_to_change(looks, {"files": chosen.files, "how": how, "request": chosen.request}, key=key)
        if len(name) > WIDE:
            st.caption(plain(name))
    return how


def _file(look: FirstRows, *, key: str) -> None:
    """Draw the first rows of one file, and what is assumed about it."""
    if look.refused:
        st.warning(f"{plain(look.refused)} {plain(look.remedy)}")
    if look.rows:
        st.dataframe(
            _table(look), hide_index=True, key=f"corpus.preview.rows.{key}", height=35 * (len(look.rows) + 1) + 3
        )
    said = list(look.reasons)
    if look.asks and look.columns:
        guess = ", ".join(f"{name} = {column}" for name, column in look.columns.guess.as_json().items())
        by = f"The rows above are read by a guess ({guess})" if look.rows else "Nothing could be guessed"
        said.append(f"Which column is what is not known. {by}; you are asked before the corpus is made.")
    if look.question:
        guess = ", ".join(f"{role.name} = {role.proposal}" for role in look.question.roles if not role.known)
        said.append(f"Nobody knows who speaks as {look.question.said}. The rows above are read by a guess: {guess}.")
    if look.apart:
        reasons = "; ".join(f"{reason.rstrip('.')} ({records:,})" for reason, records in look.apart.items())
        said.append(
            f"Of the first records, {counted(sum(look.apart.values()), 'record')} would be set apart: {reasons}."
        )
    if said:
        st.caption(plain(" ".join(said)))


def _table(look: FirstRows) -> pd.DataFrame:
    """The first rows as a table of plain text; columns that say the same of every file, or nothing, are left out."""
    dull = {name for name in TEXTS if all(not row[name] or row[name] == 2 for row in look.rows)}
    own = [name for name in dict.fromkeys(name for row in look.rows for name in row) if name not in (*ALWAYS, *TEXTS)]
    shown = [*ALWAYS, *(name for name in TEXTS if name not in dull), *own[:COLUMNS]]
    return pd.DataFrame([{cell(name): cell(row.get(name)) for name in shown} for row in look.rows])


def _ways_to_change(looks: Sequence[FirstRows], pending: dict[str, Any], *, key: str) -> None:
    """The buttons that open the forms on columns and roles, for these files."""
    columns = [look.columns for look in looks if look.columns]
    questions = [look.question for look in looks if look.question]
    with st.container(horizontal=True):
        if columns:
            st.button(
                "Change which column is what …",
                icon=":material/table_chart:",
                key=f"corpus.columns.{key}",
                on_click=hold,
                args=({**pending, "previews": columns},),
            )
        if questions:
            st.button(
                "Say who is who …",
                icon=":material/group:",
                key=f"corpus.roles.{key}",
                on_click=ask_roles,
                args=({**pending, "questions": questions},),
            )
