"""The versions of a corpus: which corpus it was grown from, by which files.

A corpus is the set of its rows, and its id names them, whichever way they came together. That it was grown from another
is a note beside it, an artefact of its own; the same rows may have been reached on several ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.corpus.corpus_list import list_corpora
from core.corpus.store import Corpus
from core.errors import WorkspaceError
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

PREFIX = "grown-"


@dataclass(frozen=True, kw_only=True)
class Growth:
    """One step from a version to the next: the ids of both, the files added, and how many rows came with them.

    ``new`` rows were not in the older version; ``again`` counts the records of the files whose row was there already.
    """

    corpus: str
    grown_from: str
    files: tuple[str, ...]
    new: int
    again: int
    made_at: float

    @property
    def at(self) -> datetime:
        """When it was added, in UTC."""
        return datetime.fromtimestamp(self.made_at, UTC)


@dataclass(frozen=True, kw_only=True)
class CorpusVersion:
    """One version of a corpus in a list: its id, name and rows, and the steps by which it was grown.

    ``name`` is "" and ``rows`` 0 where the corpus is in the trash.
    """

    corpus: str
    name: str
    rows: int
    made_at: float
    grown: tuple[Growth, ...]


def note_growth(older: Corpus, newer: Corpus, *, files: Sequence[str], new: int, again: int) -> None:
    """Note that ``newer`` was grown from ``older`` by ``files``; the same step is noted once."""
    key = f"{PREFIX}{newer.id}-{digest([older.id, sorted(files)])}"
    if older.id == newer.id or newer.workspace.has("features", key):
        return
    step = {"grown_from": older.id, "files": list(files), "new": new, "again": again}
    manifest = {"feature": "grown", "corpus": newer.id, **step}
    with newer.workspace.create("features", key, manifest):
        pass


def growths(workspace: Workspace, corpus_id: str = "*") -> list[Growth]:
    """The steps by which a corpus was grown from older versions, the first first; those of all corpora by default."""
    steps = []
    for path in (workspace.home / "features").glob(f"{PREFIX}{corpus_id}-*/manifest.json"):
        try:
            steps.append(_growth(workspace.open("features", path.parent.name).manifest))
        except WorkspaceError:
            continue
    return sorted(steps, key=lambda step: (step.made_at, step.grown_from))


def older_versions(workspace: Workspace, corpus_id: str) -> list[str]:
    """Ids of the corpora from which this one was grown, the nearest first; some may be in the trash."""
    return list(_reached(corpus_id, lambda known: [step.grown_from for step in growths(workspace, known)]))


def is_older(workspace: Workspace, corpus_id: str, *, than: str) -> bool:
    """Whether the corpus ``than`` was grown from this one."""
    return corpus_id in older_versions(workspace, than)


def versions(workspace: Workspace, corpus_id: str) -> list[CorpusVersion]:
    """All versions of a corpus, itself among them, the fewest rows first; it alone where it was never grown."""
    steps = growths(workspace)
    infos = {info.id: info for info in list_corpora(workspace)}

    def beside(known: str) -> list[str]:
        pairs = [(step.corpus, step.grown_from) for step in steps if known in (step.corpus, step.grown_from)]
        return [other for pair in pairs for other in pair if other != known]

    lines = []
    for known in (corpus_id, *_reached(corpus_id, beside)):
        info = infos.get(known)
        grown = tuple(step for step in steps if step.corpus == known)
        lines.append(
            CorpusVersion(
                corpus=known,
                name=info.name if info else "",
                rows=info.rows if info else 0,
                made_at=info.made_at if info else 0.0,
                grown=grown,
            )
        )
    return sorted(lines, key=lambda version: (version.rows, version.made_at, version.corpus))


def _reached(start: str, following: Any) -> Iterator[str]:
    """What can be reached from ``start``, nearest first, without ``start``; each once."""
    seen, waiting = {start}, [start]
    while waiting:
        known = waiting.pop(0)
        for other in following(known):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
                yield other


def _growth(manifest: Any) -> Growth:
    return Growth(
        corpus=str(manifest["corpus"]),
        grown_from=str(manifest["grown_from"]),
        files=tuple(map(str, manifest["files"])),
        new=int(manifest["new"]),
        again=int(manifest["again"]),
        made_at=float(manifest["made_at"]),
    )
