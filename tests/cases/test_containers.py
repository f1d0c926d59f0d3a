"""Files as people have them, packed, encoded and serialised in their own ways: each with its right value."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.__main__ import main
from core.corpus.column_files import column_table
from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import Holdout, Ingested, ingest_files
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes, from_path
from core.corpus.store import Corpus
from core.errors import InputError
from core.features.own_vectors import attach_vectors
from core.features.tags.own import attach_tags, read_tags
from core.features.vector_files import read_vectors
from core.workspace.artefacts import Workspace

CASES = Path(__file__).parent


def load(workspace: Workspace, *files: tuple[str, bytes], **options: Any) -> Ingested:
    sources = [from_bytes(name, data) for name, data in files]
    return ingest_files(workspace, sources, holdout=Holdout(fraction=0.0), **options)


def load_case(workspace: Workspace, name: str) -> Ingested:
    return ingest_files(workspace, from_path(CASES / name, roots=(CASES,)), holdout=Holdout(fraction=0.0))


def pairs(made: Ingested) -> list[tuple[str, str]]:
    return sorted(zip(made.corpus.text("instruction"), made.corpus.text("response"), strict=True))


def notes(made: Ingested) -> str:
    files: Any = made.report["files"]
    return " ".join(note for file in files for note in file["notes"])


def numbered(workspace: Workspace, rows: int = 5) -> Corpus:
    lines = [{"id": f"q-{row}", "instruction": f"Question {row}?", "output": f"Answer {row}."} for row in range(rows)]
    return load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode())).corpus


def parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def test_vectors_with_ids_in_another_order_find_their_rows_by_page_and_command(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = numbered(workspace)
    backwards = list(range(5))[::-1]
    own = np.eye(5, dtype=np.float32)
    file = tmp_path / "vectors.parquet"
    ids = [show_id(int(corpus.ids[row])) for row in backwards]
    file.write_bytes(parquet(id=ids, embedding=[own[row].tolist() for row in backwards]))
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    assert main(["vectors", corpus.id, str(file), "--name", "mine"]) == 0
    stored = np.load(next(workspace.home.glob("features/*/embeddings.npy")))
    assert stored.argmax(axis=1).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("column", ["id", "ID", "row_id", "Row ID"])
def test_tags_and_columns_with_ids_are_joined_by_them(workspace: Workspace, column: str) -> None:
    corpus = numbered(workspace)
    order = [3, 0, 4, 1, 2]
    lines = [{column: show_id(int(corpus.ids[row])), "tags": f"tag {row}"} for row in order]
    data = "\n".join(map(json.dumps, lines)).encode()
    tags = read_tags(data, name="tags.jsonl")
    assert tags.ids is not None
    assert attach_tags(CorpusText(corpus, "response"), tags, label="mine").matched == 5
    attach_columns(workspace, corpus, column_table(data, name="tags.jsonl"))
    assert corpus.column("tags").tolist() == [f"tag {row}" for row in range(5)]
    assert column not in corpus.columns or column == "id"


def test_ids_of_the_file_itself_name_its_rows_too(workspace: Workspace) -> None:
    corpus = numbered(workspace)
    table = pa.table({"id": ["q-4", "q-0", "q-9"], "score": [4.0, 0.0, 9.0]})
    made = attach_columns(workspace, corpus, table)
    assert (made["matched"], made["missing"]) == (2, 3)
    by_name = dict(zip(corpus.column("id").tolist(), corpus.column("score").tolist(), strict=True))
    assert (by_name["q-4"], by_name["q-0"]) == (4.0, 0.0)


def test_ids_that_name_no_row_or_several_are_never_passed_over(workspace: Workspace) -> None:
    corpus = numbered(workspace)
    file = read_vectors(parquet(id=[0, 1, 2, 3, 4], embedding=np.eye(5).tolist()), name="v.parquet")
    with pytest.raises(InputError, match="No row of the table") as refused:
        attach_vectors(workspace, corpus, "response", file, label="mine")
    assert "join by position" in refused.value.remedy
    asked = attach_vectors(workspace, corpus, "response", file, label="mine", join="position")
    assert asked.matched == 5
    lines = [{"id": "same", "instruction": f"Q {row}", "output": "A"} for row in range(2)]
    twins = load(workspace, ("t.jsonl", "\n".join(map(json.dumps, lines)).encode())).corpus
    with pytest.raises(InputError, match="in several rows"):
        attach_columns(workspace, twins, pa.table({"id": ["same"], "score": [1.0]}))
