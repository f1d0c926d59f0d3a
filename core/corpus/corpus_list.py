"""The corpora of a workspace in a list, and their names."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from core.errors import InputError, in_short
from core.workspace import names
from core.workspace.artefacts import Workspace

LONGEST = names.LONGEST - 12  # characters of a name before its number


@dataclass(frozen=True)
class CorpusInfo:
    """What a list of corpora shows of one corpus."""

    id: str
    name: str
    name_version: int  # a rename must state it
    rows: int
    sources: int
    made_at: float
    size: int  # bytes on the disk


def list_corpora(workspace: Workspace) -> list[CorpusInfo]:
    """All corpora, newest first."""
    known = names.names(workspace, "corpora")
    corpora = []
    for artefact in workspace.list("corpora"):
        manifest = artefact.manifest
        size = sum(path.stat().st_size for path in artefact.folder.iterdir() if path.is_file())
        named = known.get(artefact.key)
        corpora.append(
            CorpusInfo(
                artefact.key,
                named.text if named else str(manifest.get("name", artefact.key)),
                named.version if named else 0,
                int(manifest["rows"]),
                int(manifest["sources"]),
                float(manifest["made_at"]),
                size,
            )
        )
    return corpora


def free_name(workspace: Workspace, wanted: str) -> str:
    """``wanted`` on one line, followed by a number if another corpus has that name."""
    taken = {info.name for info in list_corpora(workspace)}
    base = " ".join("".join(char if char.isprintable() else " " for char in wanted).split())[:LONGEST] or "corpus"
    numbered = (f"{base} ({number})" for number in itertools.count(2))
    return base if base not in taken else next(name for name in numbered if name not in taken)


def rename_corpus(workspace: Workspace, corpus_id: str, name: str, *, version: int) -> None:
    """Give the corpus another name; ``version`` is the one that :func:`list_corpora` showed.

    Raises :class:`core.errors.WorkspaceError` when somebody else renamed it meanwhile, :class:`InputError` when the
    name is empty or too long, or another corpus has it.
    """
    workspace.open("corpora", corpus_id)
    if any(info.name == " ".join(name.split()) and info.id != corpus_id for info in list_corpora(workspace)):
        raise InputError(f"Another corpus is called “{in_short(name)}”.", remedy="Choose another name.")
    names.set_name(workspace, "corpora", corpus_id, name, expected_version=version)
