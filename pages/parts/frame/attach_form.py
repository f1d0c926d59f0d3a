"""The form that attaches a user's file to the rows of a corpus: choose it, name it, join it by id or by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.corpus.joining import Join
from pages.parts.frame.given_file import given_file
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context

JOINS = {
    "auto": "by the ids of the file where it has a column of ids, by position where it has none",
    "id": "the file has a column “id” with row ids, as reading cards and downloads show them",
    "position": "line i belongs to record i of the file that was uploaded; the numbers of lines must agree",
}


@dataclass(frozen=True, kw_only=True)
class Given:
    """The input of the form: the file's bytes and name, the name chosen for it, and how it is joined."""

    data: bytes
    name: str
    label: str
    join: Join
    file: str | None
    replace: bool = False


def attach_form(
    ctx: Context, *, what: str, kinds: Sequence[str], key: str, named: str = "", replaces: str = ""
) -> Given | None:
    """Draw the form; returns its input once “Attach” is pressed, else None.

    ``named`` is the label of a field for a name, "" leaves the field out. ``replaces`` is the help of a tick “Replace”,
    "" leaves the tick out. The file comes from the browser, or from a path that the server may read.
    """
    left, right = st.columns([3, 2])
    chosen_file = given_file(what, kinds=kinds, key=key, place=left)
    chosen = right.segmented_control(
        "Joined by",
        list(JOINS),
        default="auto",
        required=True,
        key=f"{key}.join",
        help=". ".join(f"{name}: {said}" for name, said in JOINS.items()) + ".",
    )
    files = [entry["name"] for entry in ctx.corpus.artefact.manifest["files"] if entry["records"]]
    file = None
    if chosen != "id" and len(files) > 1:
        file = right.selectbox("Records of", files, key=f"{key}.of")
    stem = chosen_file.stem if chosen_file is not None else ""
    label = right.text_input(named, key=f"{key}.label", placeholder=stem) if named else ""
    replace = bool(replaces) and right.checkbox("Replace", key=f"{key}.replace", help=replaces)
    pressed = st.button("Attach", type="primary", key=f"{key}.attach", disabled=chosen_file is None)
    if not pressed or chosen_file is None:
        return None
    with guarded():
        data = chosen_file.read()
        kept: Join = "position" if chosen == "position" else "id" if chosen == "id" else "auto"
        return Given(
            data=data, name=chosen_file.name, label=label.strip() or stem, join=kept, file=file, replace=replace
        )
    return None
