"""The job that loads a corpus: JSON in, JSON out."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.corpus import hub, sources
from core.corpus.demo import demo
from core.corpus.formats.mapped import FieldMapping
from core.corpus.ingest import Holdout, Ingested, ingest_files
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile
from core.errors import InputError
from core.progress import Progress, silent
from core.shards.engine import engine
from core.shards.stretches import reading_engine
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

INCOMING = "incoming"  # uploads that wait for the job that reads them


def keep_uploads(workspace: Workspace, files: Sequence[SourceFile]) -> str:
    """Write uploads into the workspace, where another process can read them; returns the name of their folder."""
    uploads = {}
    for file in sources.distinct(files):
        with file.open() as stream:
            uploads[file.name] = stream.read()
    name = digest([[shown, len(data), hash_of(data)] for shown, data in uploads.items()])
    for shown, data in uploads.items():
        target = workspace.home / INCOMING / name / Path(shown).name
        if not target.is_file():
            atomic.write_bytes(target, data)
    return name


def ingest(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Load a corpus.

    The request has one of ``uploads`` (what :func:`keep_uploads` returned), ``path`` (on the server, with the server's
    ``address``, and ``only`` the files of a folder that are wanted), ``hub`` (an id, with ``revision`` and ``split``),
    ``parts`` (a list of such inputs, of any kinds, read into one corpus), ``demo``; and ``name``, ``mapping``
    ({field: column} or {file: {…}}), ``reading``, ``holdout``. Returns {"corpus", "already_here", "new_columns",
    "new_fields", "not_taken", "strangers"}; the last are the questions on roles that nobody knows.
    """
    made = loaded(workspace, request, progress)
    if not made.strangers:  # to say who they are, the files are read once more
        discard_uploads(workspace, request)
    return {
        "artefacts": [["corpora", made.corpus.id]],
        "corpus": made.corpus.id,
        "already_here": made.already_here,
        "new_columns": list(made.new_columns),
        "new_fields": list(made.new_fields),
        "not_taken": made.not_taken,
        "strangers": [asdict(question) for question in made.strangers],
    }


def discard_uploads(workspace: Workspace, request: Mapping[str, Any]) -> None:
    """Remove the uploads that a request names: they were read."""
    for part in request.get("parts") or ():
        discard_uploads(workspace, part)
    if request.get("uploads"):
        shutil.rmtree(workspace.home / INCOMING / Path(str(request["uploads"])).name, ignore_errors=True)


def loaded(
    workspace: Workspace, request: dict[str, Any], progress: Progress, *, files: Sequence[SourceFile] = ()
) -> Ingested:
    """What :func:`ingest` loads, with its report; ``files`` are read instead of those that the request names."""
    if request.get("demo"):
        return demo(workspace, progress=progress)
    origin: dict[str, str] = {}
    if not files:
        files, origin = files_of(workspace, request, progress)
    with reading_engine(engine()):
        return ingest_files(
            workspace,
            files,
            name=str(request.get("name") or ""),
            mapping=mapping_of(request.get("mapping")),
            reading=ReadingOptions(**(request.get("reading") or {})),
            holdout=Holdout(**(request.get("holdout") or {})),
            origin=origin,
            progress=progress,
        )


def mapping_of(values: dict[str, Any] | None) -> FieldMapping | dict[str, FieldMapping] | None:
    """The mapping that a request's JSON describes, for all files or by file."""
    if not values:
        return None
    if all(isinstance(value, dict) for value in values.values()):
        return {file: FieldMapping(**fields) for file, fields in values.items()}
    return FieldMapping(**values)


def files_of(
    workspace: Workspace, request: dict[str, Any], progress: Progress = silent
) -> tuple[list[SourceFile], dict[str, str]]:
    """The files that a request names, and where they come from."""
    if request.get("parts"):
        read = [files_of(workspace, part, progress) for part in request["parts"]]
        origins = [origin for _, origin in read if origin]
        together = {name: ", ".join(origin[name] for origin in origins) for name in ("hub", "revision") if origins}
        return [file for files, _ in read for file in files], together
    if request.get("uploads"):
        folder = workspace.home / INCOMING / Path(str(request["uploads"])).name
        files = [sources.opened(path, path.name) for path in sorted(folder.glob("*"))] if folder.is_dir() else []
        if not files:
            raise InputError("The uploaded files are no longer there.", remedy="Upload them again.")
        return files, {}
    if request.get("path"):
        address = str(request.get("address") or "127.0.0.1")
        return sources.from_path(request["path"], address=address, only=request.get("only")), {}
    if request.get("hub"):
        dataset = hub.look_up(request["hub"], revision=str(request.get("revision") or ""))
        files = hub.fetch(workspace, dataset, split=str(request.get("split") or ""), progress=progress)
        return files, {"hub": dataset.id, "revision": dataset.revision}
    raise InputError("The request names no file.")


def hash_of(data: bytes) -> str:
    """16 hexadecimal digits of BLAKE2b over ``data``."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()
