"""The job that appends files to a corpus: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile
from core.corpus.store import open_corpus
from core.curation.append import Appended, append_files
from core.progress import Progress
from core.shards.engine import engine
from core.shards.stretches import reading_engine
from core.workbench.tasks.loading import discard_uploads, files_of, mapping_of
from core.workspace.artefacts import Workspace


def append(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Append files to a corpus.

    The request has the ``corpus``, and what :func:`core.workbench.tasks.loading.ingest` takes but the ``holdout``,
    which is the corpus's own. Returns what that job returns, and ``said``, a sentence on what came of it.
    """
    made = appended(workspace, request, progress)
    ingested = made.ingested
    if not ingested.strangers:  # to say who they are, the files are read once more
        discard_uploads(workspace, request)
    return {
        "artefacts": [["corpora", made.corpus.id]],
        "corpus": made.corpus.id,
        "grown_from": made.grown_from.id,
        "already_here": ingested.already_here,
        "new": ingested.new,
        "again": ingested.again,
        "new_fields": list(ingested.new_fields),
        "not_taken": ingested.not_taken,
        "strangers": [asdict(question) for question in ingested.strangers],
        "said": made.said,
    }


def appended(
    workspace: Workspace, request: dict[str, Any], progress: Progress, *, files: Sequence[SourceFile] = ()
) -> Appended:
    """What :func:`append` appends; ``files`` are read instead of those that the request names."""
    origin: dict[str, str] = {}
    if not files:
        files, origin = files_of(workspace, request, progress)
    with reading_engine(engine()):
        return append_files(
            open_corpus(workspace, request["corpus"]),
            files,
            name=str(request.get("name") or ""),
            mapping=mapping_of(request.get("mapping")),
            reading=ReadingOptions(**(request.get("reading") or {})),
            origin=origin,
            progress=progress,
        )
