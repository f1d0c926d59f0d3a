"""The form that attaches a user's file to the rows of a corpus: choose it, name it, join it by id or by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core import settings
from core.corpus.joining import Join
from core.errors import InputError
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
    upload = left.file_uploader(what, type=[kind[1:] for kind in kinds], key=f"{key}.file")
    path = left.text_input(
        "or a path on the server", key=f"{key}.path", placeholder="~/data/my_file", help=f"One of {', '.join(kinds)}."
    )
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
    source = upload.name if upload is not None else Path(path.strip()).name
    label = right.text_input(named, key=f"{key}.label", placeholder=Path(source).stem) if named else ""
    replace = bool(replaces) and right.checkbox("Replace", key=f"{key}.replace", help=replaces)
    if not st.button("Attach", type="primary", key=f"{key}.attach", disabled=not source):
        return None
    with guarded():
        data = upload.getvalue() if upload is not None else _read(path)
        kept: Join = "position" if chosen == "position" else "id" if chosen == "id" else "auto"
        named_so = label.strip() or Path(source).stem
        return Given(data=data, name=source, label=named_so, join=kept, file=file, replace=replace)
    return None


def _read(path: str) -> bytes:
    allowed = settings.allowed_path(path.strip(), address=str(st.get_option("server.address") or ""))
    try:
        return allowed.read_bytes()
    except OSError as error:
        raise InputError(f"{allowed.name} cannot be read: {error.strerror}.", remedy="Check the path.") from error
