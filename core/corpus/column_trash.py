"""Deleting and restoring attached columns: a deleted or replaced column waits in the trash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from core.corpus.column_store import PREFIX, attached_names, set_aside
from core.corpus.store import Corpus
from core.errors import InputError, WorkspaceError, in_short
from core.workspace import trash
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class Gone:
    """An attached column in the trash. ``stamp`` names the deletion, ``size`` is in bytes, ``at`` in UTC."""

    stamp: str
    names: tuple[str, ...]
    size: int
    at: datetime


def delete_column(corpus: Corpus, name: str) -> trash.Deletion:
    """Move an attached column to the trash, with the note on how it was scored; :func:`restore_column` undoes it.

    Raises :class:`InputError` for a column that came with the rows, and for an unknown name.
    """
    if name in corpus.own_columns:
        raise InputError(
            f"The column {name} came with the rows of this corpus, which never change.",
            remedy="Only columns that were attached later can be deleted.",
        )
    gone = set_aside(corpus.workspace, corpus.id, name)
    if gone is None:
        there = ", ".join(attached_names(corpus.workspace, corpus.id)) or "none"
        raise InputError(f"No column “{in_short(name)}” was attached to this corpus.", remedy=f"Attached are: {there}.")
    return gone


def deleted_columns(workspace: Workspace, corpus_id: str) -> list[Gone]:
    """The attached columns of a corpus in the trash, newest first, without those deleted together with the corpus."""
    deletions = []
    for deletion in trash.deletions(workspace):
        if any(item.kind == "corpora" for item in deletion.items):
            continue
        names: list[str] = []
        for item in deletion.items:
            if item.key.startswith(f"{PREFIX}{corpus_id}-"):
                names += orjson.loads((item.folder / "manifest.json").read_bytes())["names"]
        if names:
            unique = tuple(dict.fromkeys(names))
            deletions.append(Gone(stamp=deletion.stamp, names=unique, size=deletion.size, at=deletion.at))
    return deletions


def restore_column(corpus: Corpus, stamp: str) -> tuple[str, ...]:
    """Bring deleted columns back and return their names.

    A column of the same name that was attached since then moves to the trash.

    Raises :class:`WorkspaceError` when it is no longer in the trash.
    """
    gone = next((deleted for deleted in deleted_columns(corpus.workspace, corpus.id) if deleted.stamp == stamp), None)
    if gone is None:
        raise WorkspaceError("This column is no longer in the trash.", remedy="It was restored or removed meanwhile.")
    for name in gone.names:
        if name in attached_names(corpus.workspace, corpus.id):
            set_aside(corpus.workspace, corpus.id, name)
    trash.restore(corpus.workspace, stamp)
    return gone.names
