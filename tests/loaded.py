"""Records loaded as a file of theirs would be, and what came of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from core.corpus.ingest import Holdout, Ingested, ingest_files
from core.corpus.sources import from_bytes
from core.export.records import rows_to_export
from core.row_positions import CorpusRows
from core.workspace.artefacts import Workspace


def load(workspace: Workspace, *records: object, **options: Any) -> Ingested:
    """What came of loading ``records``, one a line, with nothing held out."""
    data = b"\n".join(map(orjson.dumps, records))
    return ingest_files(workspace, [from_bytes("file.jsonl", data)], holdout=Holdout(fraction=0.0), **options)


def rows_of(made: Ingested) -> list[dict[str, Any]]:
    """All rows, as they are exported."""
    return [dict(row) for row in rows_to_export(made.corpus, CorpusRows(np.arange(len(made.corpus))))]


def texts(made: Ingested) -> list[tuple[str, str]]:
    """(instruction, response) of every row, sorted."""
    return sorted((row["instruction"], row["response"]) for row in rows_of(made))


def told(made: Ingested) -> str:
    """The notes on the files that were read."""
    files: Any = made.report["files"]
    return " ".join(note for file in files for note in file["notes"])
