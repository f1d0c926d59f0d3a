"""Finds a corpus by its name, or by the beginning of its id."""

from __future__ import annotations

from pathlib import Path

import orjson

from core.corpus.corpus_list import list_corpora
from core.corpus.store import Corpus, open_corpus
from core.errors import InputError, listed_in_short, quoted
from core.workspace import names
from core.workspace.artefacts import Workspace


def corpus_named(workspace: Workspace, name: str) -> Corpus:
    """The corpus whose id begins with ``name`` or whose name it is. Raises :class:`InputError` otherwise."""
    known = list_corpora(workspace)
    fitting = [info for info in known if info.name == name] or [info for info in known if info.id.startswith(name)]
    if len(fitting) == 1:
        return open_corpus(workspace, fitting[0].id)
    listed = listed_in_short(f"{info.id} ({info.name})" for info in fitting or known)
    problem = "fits several corpora" if fitting else "is not a corpus of this workspace"
    if not fitting:
        _refuse_unreadable(workspace, name)
    remedy = f"There are: {listed}." if known else "Load one first."
    raise InputError(f"{quoted(name)} {problem}.", remedy=remedy)


def _refuse_unreadable(workspace: Workspace, name: str) -> None:
    """Raise the error that says why the named corpus cannot be opened, if it lies in this workspace."""
    given = names.names(workspace, "corpora")
    for key in workspace.unreadable("corpora"):
        shown = given[key].text if key in given else _first_name(workspace.folder("corpora", key) / "manifest.json")
        if name == shown or key.startswith(name):
            workspace.open("corpora", key)


def _first_name(manifest: Path) -> str:
    """The name that a manifest holds, whatever else a newer version put there; "" where it cannot be read."""
    try:
        return str(orjson.loads(manifest.read_bytes()).get("name", ""))
    except (OSError, AttributeError, orjson.JSONDecodeError):
        return ""
