"""Labels and notes on rows: kept by row id, a column of every corpus that holds the row, undone and redone."""

from __future__ import annotations

import json
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from core.corpus.columns import attach_columns, column_digest, columns_digest
from core.corpus.ingest import ingest
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.corpus.row_labels import LABELS, NOTE, RowLabels, labels_of, take_back, write_labels
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.errors import InputError, WorkspaceError
from core.export.records import rows_to_export
from core.row_positions import CorpusRows
from core.several import Several
from core.workspace.artefacts import Workspace


def corpus_of(workspace: Workspace, rows: int, name: str = "made") -> Corpus:
    lines = [json.dumps({"instruction": f"ask {place}", "output": f"say {place}"}) for place in range(rows)]
    return ingest(workspace, [from_bytes(f"{name}.jsonl", "\n".join(lines).encode())], name=name, holdout=0.0)


def test_what_is_written_on_a_row_is_there_in_every_corpus_that_holds_it(workspace: Workspace) -> None:
    small = corpus_of(workspace, 20)
    first, second = (int(row_id) for row_id in small.ids[:2])
    write_labels(workspace, [first, second], add=["good", "short  answer"], note=" look again \n")
    write_labels(workspace, [second], remove=["good"], note="")
    assert labels_of(workspace) == {
        first: RowLabels(("good", "short answer"), "look again"), second: RowLabels(("short answer",)),
    }  # fmt: skip
    grown = corpus_of(workspace, 30, "grown")
    for corpus in (small, grown):
        places = corpus.positions_of(np.array([first, second], dtype=np.uint64)).tolist()
        labels = corpus.column(LABELS)
        assert [labels[place] for place in places] == ["good, short answer", "short answer"]
        assert isinstance(labels[places[0]], Several)
        assert sum(value is not None for value in labels) == 2
        assert corpus.column(NOTE)[places[0]] == "look again" and corpus.column(NOTE)[places[1]] is None
        assert corpus.counts_of(LABELS) == {"short answer": 2, "good": 1}


def test_labels_filter_the_pool_as_any_column_does(workspace: Workspace) -> None:
    corpus = corpus_of(workspace, 20)
    assert LABELS not in corpus.columns and NOTE not in corpus.columns
    digests = [columns_digest(corpus)]
    write_labels(workspace, corpus.ids[[3, 5]].tolist(), add=["keep"])
    digests += [columns_digest(corpus), column_digest(corpus, LABELS)]
    write_labels(workspace, corpus.ids[[7]].tolist(), add=["keep", "new"])
    digests += [columns_digest(corpus), column_digest(corpus, LABELS)]
    assert len(set(digests)) == 5
    spec = PoolSpec(columns=(ColumnFilter(column=LABELS, values=("keep",)),))
    assert select(corpus, spec).tolist() == [3, 5, 7]
    assert NOTE not in corpus.columns


def test_labels_leave_with_rows_only_when_asked(workspace: Workspace) -> None:
    corpus = corpus_of(workspace, 5)
    write_labels(workspace, [int(corpus.ids[1])], add=["a", "b"], note="why")
    positions = CorpusRows(np.arange(3))
    assert all(row["attached"] == {} for row in rows_to_export(corpus, positions))
    assert [row["attached"] for row in rows_to_export(corpus, positions, labels=True)] == [
        {LABELS: None, NOTE: None}, {LABELS: ["a", "b"], NOTE: "why"}, {LABELS: None, NOTE: None},
    ]  # fmt: skip


def test_a_change_is_undone_and_redone_and_never_over_a_later_one(workspace: Workspace) -> None:
    write_labels(workspace, [1, 2], add=["old"])
    change = write_labels(workspace, [2, 3], add=["new"], note="n")
    redo = take_back(workspace, change)
    assert labels_of(workspace) == {1: RowLabels(("old",)), 2: RowLabels(("old",))}
    undo = take_back(workspace, redo)
    assert labels_of(workspace)[3] == RowLabels(("new",), "n") and labels_of(workspace)[2].labels == ("old", "new")
    write_labels(workspace, [3], add=["later"])
    with pytest.raises(WorkspaceError, match="0000000000000003"):
        take_back(workspace, undo)
    assert labels_of(workspace)[2].labels == ("old", "new")


@pytest.mark.parametrize("name", ["", "  ", "a" * 61, "a\u202eb", "\x1b[31m"])
def test_a_label_that_is_none_is_refused_and_nothing_is_written(workspace: Workspace, name: str) -> None:
    with pytest.raises(InputError, match="A label has 1 to 60 characters"):
        write_labels(workspace, [1], add=["fine", name])
    with pytest.raises(InputError, match="at most 4,000"):
        write_labels(workspace, [1], note="x" * 4_001)
    with pytest.raises(InputError, match="at most 50 labels"):
        write_labels(workspace, [1], add=[f"label {place}" for place in range(51)])
    assert labels_of(workspace) == {}


def test_a_table_cannot_bring_a_column_of_that_name(workspace: Workspace) -> None:
    import pyarrow as pa

    corpus = corpus_of(workspace, 3)
    with pytest.raises(InputError, match="labels and notes that you write"):
        attach_columns(workspace, corpus, pa.table({LABELS: ["a", "b", "c"]}))


def _write(home: Path, first: int) -> None:
    for row_id in range(first, first + 20):
        write_labels(Workspace(home), [row_id, 999], add=[f"by {first}"])


def test_two_processes_that_write_at_once_lose_nothing(workspace: Workspace) -> None:
    context = get_context("spawn")
    writers = [context.Process(target=_write, args=(workspace.home, first)) for first in (100, 200)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    labelled = labels_of(workspace)
    assert len(labelled) == 41 and set(labelled[999].labels) == {"by 100", "by 200"}


def test_a_damaged_file_says_so(workspace: Workspace) -> None:
    write_labels(workspace, [1], add=["a"])
    (workspace.home / "labels" / "rows.json").write_bytes(b"{")
    with pytest.raises(WorkspaceError, match="damaged"):
        labels_of(workspace)
    (workspace.home / "labels" / "rows.json").write_bytes(b'{"format": 2, "rows": {}}')
    with pytest.raises(WorkspaceError, match="newer"):
        labels_of(workspace)
