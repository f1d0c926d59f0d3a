"""Files on the server: the folders that may be read, a list to pick from, and the field for a path."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.corpus.folders import FolderEntry, entries_of, folder_of
from core.corpus.sources import SourceFile, from_path
from core.counted import counted
from core.settings import data_roots
from pages.parts.corpus.listing import size
from pages.parts.corpus.preview import ChosenFiles
from pages.parts.frame import session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.plain_text import plain

MOST = 20_000  # files under a folder: to look through more takes longer than a page may wait
MANY = 200  # files of a folder that are offered one by one


def server_address() -> str:
    """The address that the server listens at: only at this machine's own is the home folder readable."""
    return str(st.get_option("server.address") or "")


def path_on_server() -> ChosenFiles | None:
    """Draw the ways to name a file or folder; returns its files, or None while nothing readable is named."""
    address = server_address()
    roots = data_roots(address)
    if roots:
        listed = ", ".join(map(str, roots))
        st.caption(plain(f"Folders that may be read: {listed} (set by DIVERSCOPE_DATA_ROOTS)."))
    else:
        st.caption("No folder may be read: set DIVERSCOPE_DATA_ROOTS to the folders, then start the app again.")
    pick, field = st.columns([2, 3], vertical_alignment="bottom")
    with pick:
        _pick_list(address)
    path = field.text_input(
        "File or folder",
        key=session_keys.PATH.name,
        placeholder=str(roots[0] / "my_corpus.jsonl") if roots else "",
        help="A folder gives all its files.",
    ).strip()
    if not path:
        return None
    with guarded():
        files = files_at(path, address)
        name = Path(path).expanduser().resolve().name if len(files) > 1 else ""
        request: dict[str, object] = {"path": path, "address": address}
        if 1 < len(files) <= MANY:
            known = [file.name for file in files]
            taken = st.multiselect("Files of the folder", known, default=known, key=f"corpus.files.{path}")
            if len(taken) < len(known):
                files = [file for file in files if file.name in taken]
                request["only"] = taken
        if not files:
            st.info("Choose at least one file.")
            return None
        st.caption(f"{counted(len(files), 'file')} · {size(sum(file.size or 0 for file in files))}")
        stamps = [[file.name, file.size, file.changed_at] for file in files]
        return ChosenFiles(files, [path, stamps], request, name)
    return None


def files_at(path: str, address: str) -> list[SourceFile]:
    """The files at ``path``, looked up once until another path is named."""
    looked_up, files = session_keys.FOLDER.get(("", []))
    if looked_up != path:
        files = from_path(path, address=address, at_most=MOST)
        session_keys.FOLDER.set((path, files))
    return list(files)


def _pick_list(address: str) -> None:
    folder = folder_of(session_keys.PATH.get(""), address=address)
    entries = list(entries_of(folder, address=address))
    roots = data_roots(address)
    if folder is not None and not (folder in roots and len(roots) == 1):
        above = None if folder in roots else folder.parent
        entries.insert(0, FolderEntry(above or Path(), None))
    st.selectbox(
        "Pick from the folders" if folder is None else f"Pick from {plain(folder)}",
        entries,
        index=None,
        format_func=lambda entry: _label(entry, folder),
        placeholder=f"{counted(len(entries), 'folder or file', 'folders and files')}: type to search"
        if entries
        else "no data file lies here",
        key=session_keys.PICK.of(session_keys.PICKED.now).name,
        on_change=_picked,
        disabled=not entries,
    )


def _label(entry: FolderEntry, folder: Path | None) -> str:
    if folder is None:
        return str(entry.path)
    if entry.path in (Path(), folder.parent):
        return "↑ the folder above"
    shown = entry.path.name.encode("utf-8", "replace").decode()
    return f"{shown}/" if entry.size is None else f"{shown} · {size(entry.size)}"


def _picked() -> None:
    """Put what was picked into the field; a folder is listed in its turn."""
    entry: FolderEntry | None = session_keys.PICK.of(session_keys.PICKED.now).get(None)
    if entry is not None:
        session_keys.PATH.set("" if entry.path == Path() else str(entry.path))
        session_keys.PICKED.renew()
