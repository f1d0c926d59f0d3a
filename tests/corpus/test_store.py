"""Row ids, order, duplicates, holdout, columns, names: what a corpus promises."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus import rows_taken
from core.corpus.clean import clean
from core.corpus.columns import attach_columns, column_digest
from core.corpus.corpus_list import list_corpora, rename_corpus
from core.corpus.fingerprint import holdout, row_id
from core.corpus.ingest import Holdout, ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import SourceFile, from_bytes
from core.corpus.store import open_corpus
from core.errors import InputError, WorkspaceError
from core.row_positions import CorpusRow, CorpusRows
from core.workspace import trash
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids

RECORDS = [
    {"instruction": f"q{i % 40}", "output": f"a{i % 40}", "source": f"s{i % 3}", "score": i % 40, "label": f"c{i % 2}"}
    for i in range(60)
]


def jsonl(records: list[dict[str, object]], name: str = "file.jsonl") -> SourceFile:
    return from_bytes(name, b"\n".join(json.dumps(record).encode() for record in records))


def contents(workspace: Workspace, corpus_id: str) -> bytes:
    return (workspace.folder("corpora", corpus_id) / "rows.parquet").read_bytes()


def test_neither_the_order_of_rows_nor_of_files_changes_the_corpus(tmp_path: Path) -> None:
    shuffled = random.Random(3).sample(RECORDS, len(RECORDS))
    made = []
    for number, files in enumerate(
        (
            [jsonl(RECORDS[:30], "a.jsonl"), jsonl(RECORDS[30:], "b.jsonl")],
            [jsonl(RECORDS[30:], "b.jsonl"), jsonl(RECORDS[:30], "a.jsonl")],
            [jsonl(shuffled, "c.jsonl")],
        )
    ):
        workspace = Workspace(tmp_path / str(number))
        corpus = ingest(workspace, files)
        made.append((corpus.id, contents(workspace, corpus.id)))
    assert made[0] == made[1] == made[2]


def test_rows_ascend_by_id_and_the_corpus_is_named_by_them(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)])
    assert (np.diff(corpus.ids.astype(object)) > 0).all()
    assert corpus.id == digest_ids(corpus.ids)
    texts = zip(corpus.text("instruction"), corpus.text("response"), strict=True)
    assert corpus.ids.tolist() == [row_id(asked, "", answered) for asked, answered in texts]


def test_duplicates_collapse_and_every_place_is_remembered(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)])
    assert (len(corpus), corpus.report["exact_duplicates"]) == (40, 20)
    row = next(row for row in corpus.rows(range(40)) if row["instruction"] == "q5")
    assert row["multiplicity"] == 2
    assert row["positions"] == [
        {"file": "file.jsonl", "record": 6, "line": 6},
        {"file": "file.jsonl", "record": 46, "line": 46},
    ]
    assert row["original"] == min((RECORDS[5], RECORDS[45]), key=lambda record: str(record["source"]))
    assert corpus.rows([corpus.position_of(row["id"]) or 0])[0]["instruction"] == "q5"


def test_rows_come_in_the_order_asked_for(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl([{"instruction": str(i), "output": "x"} for i in range(5000)])])
    wanted = [4999, 0, 2048, 2047, 17]
    assert [row["id"] for row in corpus.rows(wanted)] == corpus.ids[wanted].tolist()
    with pytest.raises(InputError):
        corpus.rows([5000])


def test_rows_of_many_row_groups_are_those_read_one_by_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_taken, "GROUPS", 1)
    lines = [json.dumps({"instruction": f"q{row % 4500}", "output": "a"}) for row in range(5000)]
    corpus = ingest(workspace, [from_bytes("a.jsonl", "\n".join(lines).encode())])
    wanted = CorpusRows(np.random.default_rng(0).integers(0, len(corpus), 60))

    rows = corpus.rows(wanted)

    assert len(corpus) == 4500 and {len(row["positions"]) for row in rows} == {1, 2}
    assert rows == [corpus.rows([CorpusRow(position)])[0] for position in wanted.tolist()]
    assert [row["id"] for row in rows] == corpus.ids[wanted].tolist()
    for row in rows:
        assert {lines[place["line"] - 1] for place in row["positions"]} == {json.dumps(row["original"])}


def test_text_and_number_columns_have_their_types(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl([*RECORDS, {"instruction": "z", "output": "z"}])])
    assert corpus.columns == [
        "source", "category", "script", "multiplicity", "instruction_characters", "response_characters", "score",
    ]  # fmt: skip
    assert corpus.column("score").dtype == np.float64
    assert np.isnan(corpus.column("score")).sum() == 1
    assert set(corpus.column("category")) == {"c0", "c1", None}
    with pytest.raises(InputError, match="no column"):
        corpus.column("nothing")


def test_the_holdout_is_the_same_for_a_seed_and_never_more_than_its_limit(workspace: Workspace) -> None:
    ids = np.arange(200_000, dtype=np.uint64) ** 2
    kept = holdout(ids, seed=1)
    shuffled = np.random.default_rng(0).permutation(len(ids))
    assert kept.sum() == 2000
    assert (holdout(ids[shuffled], seed=1) == kept[shuffled]).all()
    assert (holdout(ids, seed=2) != kept).any()
    assert holdout(ids[:50], fraction=0.5).sum() == 25
    corpus = ingest(workspace, [jsonl(RECORDS)], holdout=Holdout(fraction=0))
    assert not corpus.holdout.any()


@settings(max_examples=100)
@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_cleaning_does_what_its_docstring_says() -> None:
    assert clean("\ufeff a\r\nb\rc\x00 <|endoftext|></s>\n") == "a\nb\nc"
    assert clean("cafe\u0301") == "caf\u00e9"
    assert clean("\ud800") == "\ufffd"


def test_all_content_is_in_the_id_and_source_is_not(workspace: Workspace) -> None:
    turns = [{"role": "user", "content": "q"}]
    variants = [
        row_id("q", "", "a"),
        row_id("q", "i", "a"),
        row_id("q", "", "b"),
        row_id("q", "", "a", system="s"),
        row_id("q", "", "a", tools="t"),
        row_id("q", "", "a", turns=turns),
    ]
    assert len(set(variants)) == len(variants)
    corpus = ingest(workspace, [jsonl([{"instruction": "q", "output": "a", "source": "one"}])])
    other = ingest(workspace, [jsonl([{"instruction": "q", "output": "a", "source": "two"}])])
    assert corpus.id == other.id


def test_names_change_and_rows_do_not(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)], name="First")
    other = ingest(workspace, [jsonl(RECORDS[:3])], name="First")
    assert (corpus.name, other.name) == ("First", "First (2)")
    rename_corpus(workspace, corpus.id, "Renamed", version=0)
    assert open_corpus(workspace, corpus.id).name == "Renamed"
    with pytest.raises(WorkspaceError, match="meanwhile"):
        rename_corpus(workspace, corpus.id, "Again", version=0)
    with pytest.raises(InputError, match="Another corpus"):
        rename_corpus(workspace, corpus.id, "First (2)", version=1)
    assert {info.name for info in list_corpora(workspace)} == {"Renamed", "First (2)"}


def test_a_deleted_corpus_comes_back_with_its_name(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)], name="Keep me")
    rename_corpus(workspace, corpus.id, "Kept", version=0)
    gone = trash.discard(workspace, "corpora", corpus.id)
    assert list_corpora(workspace) == []
    trash.restore(workspace, gone.stamp)
    assert open_corpus(workspace, corpus.id).name == "Kept"


def test_own_columns_join_by_id(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)])
    ids = [show_id(single) for single in corpus.ids[::-1][:30]]
    table = pa.table({"id": [*ids, show_id(1)], "quality": [float(i) for i in range(31)]})
    result = attach_columns(corpus.workspace, corpus, table)
    assert result == {"matched": 30, "missing": 10, "conflicts": 0}
    assert "quality" in corpus.columns
    values = corpus.column("quality")
    assert values[-1] == 0 and values[-30] == 29 and np.isnan(values[:10]).all()
    with pytest.raises(InputError, match="already"):
        attach_columns(corpus.workspace, corpus, table)
    with pytest.raises(InputError, match="No row of the table"):
        attach_columns(corpus.workspace, corpus, pa.table({"id": [1], "other": [2]}))


def test_own_columns_join_by_position_only_where_lengths_agree(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)])
    table = pa.table({"place": [float(i) for i in range(60)]})
    result = attach_columns(corpus.workspace, corpus, table, join="position")
    assert result == {"matched": 40, "missing": 0, "conflicts": 20}
    expected = [float(text[1:]) for text in corpus.text("instruction")]
    assert corpus.column("place").tolist() == expected
    with pytest.raises(InputError, match="59 rows"):
        attach_columns(corpus.workspace, corpus, table.slice(1).rename_columns(["p"]), join="position")


def test_a_columns_digest_follows_its_content(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)])
    ids = pa.array(corpus.ids)
    attach_columns(corpus.workspace, corpus, pa.table({"id": ids, "one": pa.array(range(len(corpus)))}))
    attach_columns(corpus.workspace, corpus, pa.table({"id": ids, "two": pa.array(range(len(corpus)))}))
    mapping = {name: column_digest(corpus, name) for name in ("source", "script", "one", "two")}
    assert len(set(mapping.values())) == len(mapping)
    assert all(len(result) == 16 and set(result) <= set("0123456789abcdef") for result in mapping.values())
    assert {name: column_digest(open_corpus(workspace, corpus.id), name) for name in mapping} == mapping
    with pytest.raises(InputError, match="no column"):
        column_digest(corpus, "none such")


def test_a_column_may_take_the_name_of_one_that_the_corpus_does_not_show(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)])
    hidden = next(name for name in ("category", "conversation", "turns") if name not in corpus.columns)
    attach_columns(
        corpus.workspace, corpus, pa.table({"id": pa.array(corpus.ids), hidden: pa.array(range(len(corpus)))})
    )
    assert corpus.column(hidden).tolist() == list(range(len(corpus)))


def test_all_that_open_a_corpus_share_what_was_read_of_it_under_whatever_name(workspace: Workspace) -> None:
    corpus = ingest(workspace, [jsonl(RECORDS)])
    opened = open_corpus(workspace, corpus.id)
    rename_corpus(workspace, corpus.id, "another name", version=0)
    renamed = open_corpus(workspace, corpus.id)
    assert (renamed.name, opened.name) == ("another name", corpus.name)
    assert renamed.ids is opened.ids and renamed.column("category") is opened.column("category")
    path = workspace.folder("corpora", corpus.id) / "rows.parquet"
    rows = pq.read_table(path)
    place = rows.column_names.index("category")
    pq.write_table(rows.set_column(place, "category", [["other"] * len(rows)]), path)
    assert set(open_corpus(workspace, corpus.id).column("category")) == {"other"}
    assert set(opened.column("category")) == {"c0", "c1"}
