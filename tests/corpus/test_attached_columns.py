"""Columns that came later can be replaced, deleted and brought back; what came with the rows stays as it is."""

from __future__ import annotations

import shutil

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus.column_files import column_table
from core.corpus.column_trash import delete_column, deleted_columns, restore_column
from core.corpus.columns import attach_columns, column_digest
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.errors import InputError, WorkspaceError
from core.features.models.columns import keep_score, score_columns
from core.workspace import trash
from core.workspace.artefacts import Workspace

ROWS = 6


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    rows = [{"instruction": f"Ask {row}", "output": f"Answer {row}", "own": row} for row in range(ROWS)]
    made = ingest(workspace, [from_bytes("a.jsonl", b"\n".join(map(orjson.dumps, rows)))])
    attach(made, score=range(ROWS), other=[9.0] * ROWS)
    return made


def attach(corpus: Corpus, *, replace: bool = False, **columns) -> dict[str, int]:
    table = pa.table({"id": corpus.ids, **{name: pa.array(values) for name, values in columns.items()}})
    return attach_columns(corpus.workspace, corpus, table, replace=replace)


def column_values(corpus: Corpus, name: str) -> list[float]:
    return corpus.column(name).tolist()


def test_row_ids_as_whole_numbers_of_json_are_ids(corpus: Corpus) -> None:
    rows = [{"id": row_id, "mark": number} for number, row_id in enumerate(corpus.ids.tolist())]
    assert max(row["id"] for row in rows) >= 1 << 63 > min(row["id"] for row in rows)
    table = column_table(b"\n".join(map(orjson.dumps, rows)), name="marks.jsonl")
    assert attach_columns(corpus.workspace, corpus, table)["matched"] == ROWS
    assert column_values(corpus, "mark") == list(range(ROWS))


def test_a_column_is_replaced_only_where_that_is_asked_for(corpus: Corpus) -> None:
    before = column_digest(corpus, "score")
    with pytest.raises(InputError, match="Replace"):
        attach(corpus, score=[1.0] * ROWS)
    assert column_values(corpus, "score") == list(range(ROWS))
    attach(corpus, score=[1.0] * ROWS, more=[2.0] * ROWS, replace=True)
    assert column_values(corpus, "score") == [1.0] * ROWS
    assert column_values(corpus, "more") == [2.0] * ROWS
    assert column_values(corpus, "other") == [9.0] * ROWS
    assert column_digest(corpus, "score") != before
    attach(corpus, score=range(ROWS), replace=True)  # back to the first values
    assert column_values(corpus, "score") == list(range(ROWS))
    assert column_digest(corpus, "score") == before
    attach(corpus, score=range(ROWS), replace=True)  # the same again
    assert column_values(corpus, "score") == list(range(ROWS))


def test_what_came_with_the_rows_is_refused_with_another_name(corpus: Corpus) -> None:
    for name in ("own", "source"):
        with pytest.raises(InputError, match=r"never change.*“" + name + r" \(2\)”"):
            attach(corpus, **{name: [1.0] * ROWS}, replace=True)
        with pytest.raises(InputError, match="never change"):
            delete_column(corpus, name)
    with pytest.raises(InputError, match="Attached are: other, score"):
        delete_column(corpus, "none such")


def test_a_deleted_column_comes_back(workspace: Workspace, corpus: Corpus) -> None:
    gone = delete_column(corpus, "score")
    assert "score" not in corpus.columns
    assert "other" in corpus.columns
    (listed,) = deleted_columns(workspace, corpus.id)
    assert (listed.stamp, listed.names) == (gone.stamp, ("score",))
    assert restore_column(corpus, gone.stamp) == ("score",)
    assert column_values(corpus, "score") == list(range(ROWS))
    assert deleted_columns(workspace, corpus.id) == []
    with pytest.raises(WorkspaceError, match="no longer"):
        restore_column(corpus, gone.stamp)


def test_undoing_a_replacement_swaps_the_two(workspace: Workspace, corpus: Corpus) -> None:
    attach(corpus, score=[1.0] * ROWS, replace=True)
    for expected in (list(range(ROWS)), [1.0] * ROWS, list(range(ROWS))):
        (only,) = deleted_columns(workspace, corpus.id)
        restore_column(corpus, only.stamp)
        assert column_values(corpus, "score") == expected
    delete_column(corpus, "score")  # deleting never brings an older one to light
    assert "score" not in corpus.columns
    assert len(deleted_columns(workspace, corpus.id)) == 2


def test_the_newest_counts_where_a_replacement_was_cut_short(workspace: Workspace, corpus: Corpus, tmp_path) -> None:
    (old,) = (path for path in (workspace.home / "features").iterdir() if column_digest(corpus, "score") in path.name)
    shutil.copytree(old, tmp_path / "kept")
    attach(corpus, score=[1.0] * ROWS, replace=True)
    shutil.copytree(tmp_path / "kept", old)  # as if the older one had never been put away
    assert column_values(corpus, "score") == [1.0] * ROWS
    attach(corpus, score=range(ROWS), replace=True)
    assert column_values(corpus, "score") == list(range(ROWS))
    delete_column(corpus, "score")
    assert "score" not in corpus.columns


def test_columns_written_together_part_when_one_goes(workspace: Workspace, corpus: Corpus) -> None:
    manifest = {"feature": "columns", "corpus": corpus.id, "names": ["a", "b"], "matched": ROWS}
    with workspace.create("features", f"columns-{corpus.id}-0123456789abcdef", manifest) as folder:
        pq.write_table(pa.table({"a": [1.0] * ROWS, "b": [2.0] * ROWS}), folder / "columns.parquet")
    digests = column_digest(corpus, "a"), column_digest(corpus, "b")
    assert digests[0] != digests[1]
    gone = delete_column(corpus, "a")
    assert "a" not in corpus.columns
    assert column_values(corpus, "b") == [2.0] * ROWS
    attach(corpus, b=[3.0] * ROWS, replace=True)
    restore_column(corpus, gone.stamp)
    assert column_values(corpus, "a") == [1.0] * ROWS
    assert column_values(corpus, "b") == [3.0] * ROWS


def test_the_note_on_a_score_goes_and_comes_with_it(workspace: Workspace, corpus: Corpus) -> None:
    about = {"title": "T", "formula": "f", "source": "s", "meaning": "m"}
    settings = {"model": "x"}
    name = keep_score(corpus, np.arange(ROWS) + 0.5, name="ppl", settings=settings, **about)
    gone = delete_column(corpus, name)
    assert score_columns(corpus) == []
    restore_column(corpus, gone.stamp)
    assert [score.column for score in score_columns(corpus)] == ["ppl"]
    attach(corpus, ppl=[0.0] * ROWS, replace=True)
    assert score_columns(corpus) == []  # the note spoke of other values
    again = keep_score(corpus, np.arange(ROWS) + 0.5, name="ppl", settings=settings, **about)
    assert again == "ppl (2)"


def test_columns_that_went_with_their_corpus_are_no_deletions_of_their_own(
    workspace: Workspace, corpus: Corpus
) -> None:
    trash.discard(workspace, "corpora", corpus.id, along=trash.dependents(workspace, corpus.id))
    assert deleted_columns(workspace, corpus.id) == []
