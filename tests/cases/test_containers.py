"""Files as people have them, packed, encoded and serialised in their own ways: each with its right value."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.__main__ import main
from core.corpus.column_facts import label_columns
from core.corpus.column_files import column_table
from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import Holdout, Ingested, ingest_files
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes, from_path
from core.corpus.store import Corpus
from core.errors import InputError
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.features.own_vectors import attach_vectors
from core.features.tags.own import attach_tags, read_tags
from core.features.vector_files import read_vectors
from core.selection.strategies.balanced import from_columns
from core.view import View
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


TEXTS = {
    "gbk": ("请介绍一下北京的历史", "北京是中国的首都，有着三千多年的建城历史。"),
    "big5": ("請介紹一下臺北的歷史", "臺北是一個很大的城市，我們在這裡學習。"),
    "shift_jis": ("日本の首都はどこですか", "東京です。とても大きい町です。"),
    "euc_jp": ("日本の首都はどこですか", "東京です。とても大きい町です。"),
    "euc_kr": ("한국의 수도는 어디입니까", "서울입니다. 사람이 많이 살고 있습니다."),
    "cp1251": ("Какая столица России?", "Москва является столицей Российской Федерации."),
    "cp1252": ("Où est le café ?", "À côté de l’église — ça coûte 5 €."),
    "utf-16": ("Où est le café ?", "東京です。"),
    "utf-16-le": ("Where is Größe?", "東京です, somewhere in Japan."),
    "utf-16-be": ("Where is Größe?", "東京です, somewhere in Japan."),
    "utf-32": ("Where is Größe?", "東京です, somewhere in Japan."),
    "utf-8-sig": ("Where is Größe?", "東京です, somewhere in Japan."),
}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
@pytest.mark.parametrize("encoding", TEXTS)
def test_every_letter_of_a_file_in_another_encoding_is_read_as_it_was_written(
    workspace: Workspace, encoding: str, kind: str
) -> None:
    question, answer = TEXTS[encoding]
    record = json.dumps({"instruction": question, "output": answer}, ensure_ascii=False)
    whole = {"csv": f'instruction,output\r\n"{question}","{answer}"\r\n', "jsonl": record, "json": f"[{record}]"}[kind]
    made = load(workspace, (f"rows.{kind}", whole.encode(encoding)))
    assert pairs(made) == [(question, answer)]
    assert not made.rejected


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1250", "Zażółć gęślą jaźń, wszyscy ludzie rodzą się wolni i równi"),
        ("cp1253", "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας"),
        ("mac_roman", "Wie groß ist München? Schöner als Köln"),
        ("cp437", "Wie groß ist München? Schöner als Köln"),
    ],
)
def test_an_encoding_that_cannot_be_told_is_refused_with_its_line_and_what_to_do(
    workspace: Workspace, encoding: str, text: str
) -> None:
    data = f'instruction,output\nHello,World\n"{text}",yes\n'.encode(encoding)
    with pytest.raises(InputError, match=r"not UTF-8.*line 3") as refused:
        load(workspace, ("rows.csv", data))
    assert "UTF-8" in refused.value.remedy


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_one_damaged_row_among_good_ones_costs_that_row_and_no_letter(workspace: Workspace, kind: str) -> None:
    good = [("Größe", "Länge"), ("東京", "大阪"), ("é", "è")]
    lines = [json.dumps({"instruction": q, "output": a}, ensure_ascii=False) for q, a in (*good, ("Br@ken", "x"))]
    whole = {
        "csv": "instruction,output\n" + "".join(f"{q},{a}\n" for q, a in (*good, ("Br@ken", "x"))),
        "jsonl": "\n".join(lines),
        "json": "[" + ",\n".join(lines) + "]",
    }[kind]
    made = load(workspace, (f"rows.{kind}", whole.encode().replace(b"@", b"\xff")))
    assert pairs(made) == sorted(good)
    assert [entry["reason"] for entry in made.rejected] == ["The bytes are no valid UTF-8."]
    assert "\ufffd" not in json.dumps(pairs(made), ensure_ascii=False)


TURNS = [{"from": "human", "value": "It's {here}?"}, {"from": "gpt", "value": 'Yes, "there".', "loss": None}]
NUMPY = "[{'from': 'human', 'value': \"It's {here}?\"}\n {'from': 'gpt', 'value': 'Yes, \"there\".', 'loss': None}]"
CELLS = {
    "a list as JSON": ("conversations", json.dumps(TURNS)),
    "a list as Python": ("conversations", repr(TURNS)),
    "a list as numpy": ("conversations", NUMPY),
    "an array of objects": ("conversations", f"array({TURNS!r}, dtype=object)"),
    "an object as JSON": ("conversation", json.dumps({"conversations": TURNS})),
    "an object as Python": ("conversation", repr({"conversations": TURNS})),
}


@pytest.mark.parametrize("others", [{}, {"id": "7"}], ids=["one column", "two columns"])
@pytest.mark.parametrize("form", CELLS)
def test_a_conversation_in_a_cell_is_read_as_turns(workspace: Workspace, form: str, others: dict[str, str]) -> None:
    column, cell = CELLS[form]
    names, cells = [*others, column], [*others.values(), cell]
    quoted = ",".join('"' + text.replace('"', '""') + '"' for text in cells)
    made = load(workspace, ("rows.csv", f"{','.join(names)}\n{quoted}\n".encode()))
    assert pairs(made) == [("It's {here}?", 'Yes, "there".')]


def test_a_cell_that_only_looks_like_a_list_stays_text(workspace: Workspace) -> None:
    data = b"instruction,output\nSort it,\"[{'a': 1}, {'a': 2}]\"\nList it,\"[1, 2, 3]\"\n"
    made = load(workspace, ("rows.csv", data))
    assert pairs(made) == [("List it", "[1, 2, 3]"), ("Sort it", "[{'a': 1}, {'a': 2}]")]


def test_a_broken_cell_is_named_with_its_column_and_kind_and_never_evaluated(workspace: Workspace) -> None:
    cell = "[{'from': 'human', 'value': open('/etc/passwd').read()}]"
    data = f'conversations\n"{cell}"\n"{TURNS!r}"\n'.replace('"there"', '""there""').replace('"It', '""It')
    data = data.replace('here}?"', 'here}?""')
    made = load(workspace, ("rows.csv", data.encode()))
    assert len(made.corpus) == 1
    assert "“conversations” holds Python text" in str(made.rejected[0]["reason"])


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("sign", [";", ",", "\t", "|", "^"])
def test_excels_line_above_the_header_says_the_delimiter(workspace: Workspace, sign: str, mark: str) -> None:
    rows = [("instruction", "input", "output"), ('"Write a list;,"', "two items", '"1. bread\r\n2. milk"')]
    body = "\r\n".join(sign.join(row) for row in rows)
    made = load(workspace, ("rows.csv", f"{mark}sep={sign}\r\n{body}\r\nbroken\r\n".encode()))
    (row,) = made.corpus.rows([0])
    assert (row["instruction"], row["input"], row["response"]) == ("Write a list;,", "two items", "1. bread\n2. milk")
    assert [(entry["line"], entry["text"]) for entry in made.rejected] == [(5, "broken")]


def test_ids_beyond_the_numbers_of_a_float_stay_different_in_columns_and_filters(workspace: Workspace) -> None:
    for first in (10**17 + 1, 2**63 + 5, 10**25, -(10**17) - 9):
        lines = [{"instruction": f"Q{first} {row}", "output": "A", "id": first + row, "small": row} for row in range(4)]
        for kind, data in (
            ("jsonl", "\n".join(map(json.dumps, lines))),
            ("json", json.dumps(lines)),
            ("csv", "instruction,output,id,small\n" + "".join(f"{','.join(map(str, x.values()))}\n" for x in lines)),
        ):
            corpus = load(workspace, (f"rows.{kind}", data.encode())).corpus
            assert sorted(corpus.column("id").tolist(), key=int) == [str(first + row) for row in range(4)], kind
            assert sorted(corpus.column("small").tolist()) == [0.0, 1.0, 2.0, 3.0]
            spec = PoolSpec(columns=(ColumnFilter(column="id", values=(str(first + 2),)),))
            assert corpus.text("instruction")[select(corpus, spec)[0]] == f"Q{first} 2"
            assert len(select(corpus, spec)) == 1
            workspace = Workspace(workspace.home.parent / f"{kind}{first}")


def test_halves_of_pairs_load_and_leave_wherever_they_stand(workspace: Workspace) -> None:
    records = [
        b'{"instruction": "half \\ud83d", "output": "a", "name\\ud800": "x", "name\\ud801": 1, "source": "s\\udc00"}',
        b'{"messages": [{"role": "user", "content": "b"}, {"role": "assistant", "content": "c\\udfff",'
        b' "tool_calls": [{"f": "\\ud800"}]}], "tools": [{"name": "\\udbff"}], "category": "\\ud800"}',
        b'{"instruction": "whole", "output": "\\ud83c\\udf78", "list": ["\\ud800"]}',
    ]
    for name, data in (("rows.jsonl", b"\n".join(records)), ("rows.json", b"[" + b",".join(records) + b"]")):
        made = load(Workspace(workspace.home.parent / name), (name, data))
        assert not made.rejected
        texts = " ".join(made.corpus.text("both"))
        assert "half \ufffd" in texts and "🍸" in texts
        rows = rows_to_export(made.corpus, list(range(len(made.corpus))))
        for form in FORMATS.values():
            assert form.write(rows, b"{}")
        assert b"\\ud83d" in FORMATS["jsonl"].write(rows, b"{}")  # as it came


def arrow(rows: list[dict[str, Any]], *, stream: bool = True) -> bytes:
    table, sink = pa.Table.from_pylist(rows), io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def questions(first: int, count: int = 2) -> list[dict[str, str]]:
    return [{"instruction": f"Q{number}", "output": f"A{number}"} for number in range(first, first + count)]


@pytest.mark.parametrize("splits", [[""], ["train/", "test/"]], ids=["one data set", "two splits"])
def test_a_folder_of_save_to_disk_gives_its_shards_and_nothing_else(
    workspace: Workspace, tmp_path: Path, splits: list[str]
) -> None:
    place = tmp_path / "saved"
    for at, split in enumerate(splits):
        (place / split).mkdir(parents=True, exist_ok=True)
        for shard in range(2):
            data = arrow(questions(10 * at + 2 * shard))
            (place / split / f"data-0000{shard}-of-00002.arrow").write_bytes(data)
        (place / split / "state.json").write_text('{"_data_files": [{"filename": "data-00000-of-00002.arrow"}]}')
        (place / split / "dataset_info.json").write_text('{"features": {"instruction": {}}, "license": ""}')
    made = ingest_files(workspace, from_path(place, roots=(tmp_path,)), holdout=Holdout(fraction=0.0))
    assert len(made.corpus) == 4 * len(splits)
    assert "describes the Arrow files" in notes(made)
    assert ("split" in notes(made)) == (len(splits) > 1)
    assert {*made.corpus.column("source")} == {split.strip("/") or "data" for split in splits}


def test_feather_is_read_and_a_cut_shard_keeps_what_comes_before(workspace: Workspace) -> None:
    assert len(load(workspace, ("rows.feather", arrow(questions(0), stream=False))).corpus) == 2
    sink = io.BytesIO()
    schema = pa.schema([("instruction", pa.string()), ("output", pa.string())])
    with pa.ipc.new_stream(sink, schema) as writer:
        for first in range(0, 40, 10):
            writer.write_batch(pa.RecordBatch.from_pylist(questions(first, 10), schema=schema))
    made = load(workspace, ("cut.arrow", sink.getvalue()[:-200]))
    assert len(made.corpus) == 30
    assert "cannot be read" in str(made.rejected[0]["reason"])


def tarred(members: dict[str, bytes], packing: str) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=f"w:{packing}") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("secret.jsonl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return sink.getvalue()


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_a_tar_archive_gives_its_files_and_no_link(workspace: Workspace, packing: str) -> None:
    lines = "\n".join(map(json.dumps, questions(0))).encode()
    members = {"./a/rows.jsonl": lines, "b/rows.jsonl.gz": gzip.compress(lines.replace(b"Q", b"P")), "b/.hidden": b"x"}
    made = load(workspace, ("rows.tar", tarred(members, packing)))
    assert len(made.corpus) == 4
    files: Any = made.report["files"]
    assert [file["name"] for file in files] == ["rows.tar/a/rows.jsonl", "rows.tar/b/rows.jsonl.gz"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_two_files_and_a_damaged_one_costs_itself(workspace: Workspace) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for number in range(3):
            archive.writestr("rows.jsonl", "\n".join(map(json.dumps, questions(2 * number))))
    whole = load(workspace, ("rows.zip", sink.getvalue()))
    assert len(whole.corpus) == 6
    damaged = sink.getvalue().replace(b"Q4", b"X4", 1)  # its checksum is another now
    made = load(Workspace(workspace.home.parent / "damaged"), ("rows.zip", damaged))
    assert len(made.corpus) == 4
    files: Any = made.report["files"]
    assert [bool(file["refused"]) for file in files] == [False, False, True]
    offsets = bytearray(sink.getvalue())
    place = offsets.rindex(b"PK\x01\x02")
    offsets[place + 42 : place + 46] = b"\xf0\xff\xff\x7f"  # where the last member is said to begin
    made = load(Workspace(workspace.home.parent / "offsets"), ("rows.zip", bytes(offsets)))
    assert len(made.corpus) == 4


def test_uploads_of_one_name_are_told_apart_whatever_they_are_called(workspace: Workspace) -> None:
    names = ["x.json", "x.json", "x.json (2)", "x.json (3)"]
    made = load(workspace, *((name, json.dumps(questions(at, 1)).encode()) for at, name in enumerate(names)))
    files: Any = made.report["files"]
    assert len({file["name"] for file in files}) == len(made.corpus) == 4


@pytest.mark.parametrize("name", ["data.parquet", "data.jsonl", "data.csv", "data.arrow", "data"])
def test_a_pointer_of_git_lfs_is_called_one(workspace: Workspace, name: str) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 12345\n"
    with pytest.raises(InputError, match="Git LFS pointer"):
        load(workspace, (name, pointer))


@pytest.mark.parametrize("data", [b"{}", b"[]", b"[{}]", b"{}\n{}\n", b'{"data": []}', b'{"a": [], "b": []}', b" \n"])
def test_a_file_with_nothing_holds_no_rows_and_asks_for_no_mapping(workspace: Workspace, data: bytes) -> None:
    with pytest.raises(InputError, match=r"no rows|nothing") as refused:
        load(workspace, ("rows.json", data))
    assert not hasattr(refused.value, "previews")


FRAMES = {
    "columns of row numbers": {
        "instruction": {"0": "Q0", "10": "Q2", "2": "Q1"},
        "output": {"0": "A0", "10": "A2", "2": "A1"},
    },
    "columns of row names": {
        "question": {"x": "Q0", "y": "Q1", "z": "Q2"},
        "answer": {"x": "A0", "y": "A1", "z": "A2"},
    },
    "split": {
        "columns": ["instruction", "output"],
        "index": [0, 1, 2],
        "data": [["Q0", "A0"], ["Q1", "A1"], ["Q2", "A2"]],
    },
    "table": {
        "schema": {"fields": [{"name": "index"}]},
        "data": [{"instruction": f"Q{n}", "output": f"A{n}"} for n in range(3)],
    },
    "records under a name": {"version": "1", "data": [{"prompt": f"Q{n}", "completion": f"A{n}"} for n in range(3)]},
    "the datasets server": {
        "features": [{"feature_idx": 0, "name": "prompt"}, {"feature_idx": 1, "name": "completion"}],
        "rows": [
            {"row_idx": n, "row": {"prompt": f"Q{n}", "completion": f"A{n}"}, "truncated_cells": []} for n in range(3)
        ],
        "num_rows_total": 3,
    },
}  # fmt: skip


@pytest.mark.parametrize("form", FRAMES)
def test_every_way_in_which_a_table_is_saved_as_json_gives_its_rows_in_order(workspace: Workspace, form: str) -> None:
    made = load(workspace, ("frame.json", json.dumps(FRAMES[form]).encode()))
    assert pairs(made) == [("Q0", "A0"), ("Q1", "A1"), ("Q2", "A2")]
    places = {row["instruction"]: row["positions"][0]["record"] for row in made.corpus.rows(range(3))}
    assert places == {"Q0": 1, "Q1": 2, "Q2": 3}
    beside = {"records under a name": "version", "the datasets server": "features", "table": "schema"}.get(form, "")
    assert f"{beside}" in notes(made)


def test_a_frame_of_one_row_is_one(workspace: Workspace) -> None:
    turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    made = load(workspace, ("frame.json", json.dumps({"messages": {"0": turns}, "id": {"0": "x"}}).encode()))
    assert pairs(made) == [("Q", "A")]


def test_cells_that_the_server_cut_short_are_set_apart(workspace: Workspace) -> None:
    rows = [{"row_idx": n, "row": row, "truncated_cells": ["output"] * n} for n, row in enumerate(questions(0))]
    made = load(workspace, ("rows.json", json.dumps({"features": [], "rows": rows}).encode()))
    assert pairs(made) == [("Q0", "A0")]
    assert "cut short" in str(made.rejected[0]["reason"]) and "output" in str(made.rejected[0]["reason"])


BREAKS = {
    "a missing quote": '{"instruction": "Q2, "output": "A2"}',
    "a missing colon": '{"instruction" "Q2", "output": "A2"}',
    "a missing bracket": '{"instruction": "Q2", "output": ["A2"}',
    "an open text": '{"instruction": "Q2", "output": "A2}',
    "a bare word": '{"instruction": "Q2", "output": None}',
    "a long number": '{"instruction": "Q2", "output": "A2", "n": ' + "7" * 5000 + "}",
    "depth": '{"instruction": "Q2", "output": "A2", "deep": ' + "[" * 5000 + "]" * 5000 + "}",
    "some depth": '{"instruction": "Q2", "output": "A2", "deep": ' + "[" * 300 + "]" * 300 + "}",
}


@pytest.mark.parametrize("form", ["a list", "an indented list", "a list under a name", "lines"])
@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_record_costs_itself_and_reading_goes_on_behind_it(
    workspace: Workspace, broken: str, form: str
) -> None:
    records = [json.dumps(row) for row in questions(0, 6)]
    records[2] = BREAKS[broken]
    whole = {
        "a list": "[" + ", ".join(records) + "]",
        "an indented list": "[\n  " + ",\n  ".join(records) + "\n]",
        "a list under a name": '{"version": 1, "data": [' + ",\n".join(records) + '], "end": true}',
        "lines": "\n".join(records),
    }[form]
    made = load(workspace, ("rows.jsonl" if form == "lines" else "rows.json", whole.encode()))
    lost = len(made.rejected)
    assert len(made.corpus) + lost == made.report["records_read"] == 6
    assert {f"Q{number}" for number in (0, 1, 4, 5)} <= {*made.corpus.text("instruction")}
    assert lost == 1 or (broken, lost) == ("an open text", 2)


def test_a_comma_too_many_or_too_few_costs_nothing_and_a_cut_list_its_last_record(workspace: Workspace) -> None:
    records = [json.dumps(row) for row in questions(0, 4)]
    for at, whole in enumerate((f"[{','.join(records)},]", f"[{' '.join(records)}]", " ".join(records))):
        made = load(Workspace(workspace.home.parent / f"w{at}"), ("rows.json", whole.encode()))
        assert (len(made.corpus), len(made.rejected)) == (4, 0)
    cut = load(workspace, ("rows.json", ("[" + ",".join(records))[:-5].encode()))
    assert (len(cut.corpus), len(cut.rejected)) == (3, 1)


def test_rows_with_keys_of_their_own_take_time_in_proportion(workspace: Workspace) -> None:
    lines = [{"instruction": f"Q{n}", "output": "A", f"key{n}": n, "topic": f"t{n % 3}"} for n in range(20_000)]
    started = time.process_time()
    made = load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode()))
    assert time.process_time() - started < 10.0
    assert {*made.corpus.column("topic")} == {"t0", "t1", "t2"}  # the fullest columns are taken first
    assert len(made.corpus.own_columns) < 80


@pytest.mark.parametrize("kind", ["jsonl", "json"])
def test_a_key_named_twice_is_said(workspace: Workspace, kind: str) -> None:
    lines = ['{"instruction": "Q0", "output": "A0"}', '{"instruction": "Q1", "output": "no", "output" : "A1"}']
    lines.append('{"instruction": "say \\"a\\": and \\"b\\":", "output": "{\\"a\\": 1}"}')
    whole = "\n".join(lines) if kind == "jsonl" else "[" + ",".join(lines) + "]"
    made = load(workspace, (f"rows.{kind}", whole.encode()))
    assert ("Q1", "A1") in pairs(made)
    assert "a key twice" in notes(made)
    clean = [lines[0], lines[2]]
    whole = "\n".join(clean) if kind == "jsonl" else "[" + ",".join(clean) + "]"
    assert "twice" not in notes(load(Workspace(workspace.home.parent / "c"), (f"rows.{kind}", whole.encode())))


def test_a_header_that_names_a_column_twice_keeps_both(workspace: Workspace) -> None:
    made = load(workspace, ("rows.csv", b"instruction,output,note,note\nQ,A,one,two\n"))
    assert (made.corpus.column("note").tolist(), made.corpus.column("note (2)").tolist()) == (["one"], ["two"])
    assert "more than once" in notes(made)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rejected_text_is_that_of_its_line_whatever_ends_the_lines(workspace: Workspace, end: str) -> None:
    table = end.join(["instruction,output", "Q0,A0", '"Q1', 'more",A1', "one,two,three", "Q2,A2", ""])
    made = load(workspace, ("rows.csv", table.encode()))
    assert len(made.corpus) == 3
    assert [(entry["line"], entry["text"]) for entry in made.rejected] == [(5, "one,two,three")]
    lines = end.join([json.dumps(questions(0)[0]), '{"broken', json.dumps(questions(0)[1])])
    made = load(workspace, ("rows.jsonl", lines.encode()))
    assert len(made.corpus) == 2
    assert [(entry["line"], entry["text"]) for entry in made.rejected] == [(2, '{"broken')]


def test_a_first_line_of_many_megabytes_is_a_line(workspace: Workspace) -> None:
    long = json.dumps({"instruction": "Q", "output": "x " * 2_500_000})
    made = load(workspace, ("rows.json", f"{long}\n{json.dumps(questions(0)[0])}\n".encode()))
    assert sorted(map(len, made.corpus.text("response"))) == [2, 4_999_999]


VECTORS = np.random.default_rng(3).normal(size=(5, 16)).astype(np.float32)
PRINTED = {
    "JSON": lambda row: json.dumps(row.tolist()),
    "numpy": str,
    "numpy with its name": repr,
    "numpy numbers in a list": lambda row: str([*row]),
    "torch": lambda row: "tensor([" + ", ".join(map(str, row.tolist())) + "], device='cuda:0', dtype=torch.float32)",
    "words": lambda row: " ".join(map(str, row.tolist())),
}


@pytest.mark.parametrize("form", PRINTED)
def test_vectors_in_cells_of_text_are_read_whoever_printed_them(form: str) -> None:
    cells = [PRINTED[form](row) for row in VECTORS]
    data = "id,embedding\n" + "".join(f'{n:016x},"{cell}"\n' for n, cell in enumerate(cells))
    found = read_vectors(data.encode(), name="vectors.csv")
    assert found.vectors.shape == (5, 16)
    assert np.allclose(found.vectors, VECTORS, atol=1e-4)
    assert found.ids is not None


def test_vectors_that_were_shortened_when_printed_are_refused() -> None:
    long = np.random.default_rng(0).normal(size=(2, 2000))
    data = "embedding\n" + "".join(f'"{row}"\n' for row in long)
    with pytest.raises(InputError, match=r"shortened.*\.\.\.") as refused:
        read_vectors(data.encode(), name="vectors.csv")
    assert "tolist" in refused.value.remedy


def test_a_table_of_columns_may_be_in_any_encoding_and_keeps_long_ids(workspace: Workspace) -> None:
    corpus = numbered(workspace)
    text = "sep=;\r\nid;größe;number\r\n" + "".join(f"q-{n};zwölf;{10**17 + n}\r\n" for n in range(5))
    for at, encoding in enumerate(("cp1252", "utf-16", "utf-8-sig")):
        table = column_table(
            text.replace("größe", f"größe{at}").replace("number", f"n{at}").encode(encoding), name="c.csv"
        )
        attach_columns(workspace, corpus, table)
        assert {*corpus.column(f"größe{at}")} == {"zwölf"}
        assert len({*corpus.column(f"n{at}")}) == 5


def test_numbers_that_are_none_leave_as_they_came(workspace: Workspace) -> None:
    lines = [
        b'{"instruction": "Q0", "output": "A0", "loss": NaN, "list": [Infinity, null]}',
        b'{"instruction": "Q1", "output": "A1", "loss": -Infinity}',
        b'{"instruction": "Q2", "output": "A2", "loss": null}',
    ]
    for name, data in (("rows.jsonl", b"\n".join(lines)), ("rows.json", b"[" + b",".join(lines) + b"]")):
        made = load(Workspace(workspace.home.parent / name), (name, data))
        rows = rows_to_export(made.corpus, list(range(3)))
        went = [repr(json.loads(line)) for line in FORMATS["jsonl"].write(rows, b"{}").splitlines()]
        assert sorted(went) == sorted(repr(json.loads(line)) for line in lines)


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv"])
def test_a_column_of_lists_is_a_category_with_several_values_a_row(workspace: Workspace, kind: str) -> None:
    topics = [["history", "law"], ["law"], ["art"], [], None, ["art", "history"]]
    rows = [{"instruction": f"Q{n}", "output": f"A{n}", "topics": words} for n, words in enumerate(topics)]
    cells = [json.dumps(words).replace('"', '""') if words is not None else "" for words in topics]
    data = {
        "jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "parquet": parquet(**{name: [row[name] for row in rows] for name in rows[0]}),
        "csv": b"instruction,output,topics\n"
        + "".join(f'Q{n},A{n},"{cell}"\n' for n, cell in enumerate(cells)).encode(),
    }[kind]
    corpus = load(workspace, (f"rows.{kind}", data)).corpus
    assert corpus.counts_of("topics") == {"art": 2, "history": 2, "law": 2}
    assert "topics" in label_columns(corpus)
    for word, asked in (("law", {"Q0", "Q1"}), ("art", {"Q2", "Q5"})):
        spec = PoolSpec(columns=(ColumnFilter(column="topics", values=(word,)),))
        assert {corpus.text("instruction")[row] for row in select(corpus, spec)} == asked
    view = View(corpus.ids, "response", {"column:topics": lambda: corpus.column("topics")})
    types = from_columns(view, ["topics"], crossed=False)
    assert sorted(types.names) == ["topics = art", "topics = history", "topics = law"]
    assert types.per_row.sum() == 6
    again = load(workspace, (f"rows.{kind}", data))
    assert again.already_here and not again.differing and not again.new_columns


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_attached_columns_of_lists_and_lists_called_category_hold_several_words(
    workspace: Workspace, kind: str
) -> None:
    corpus = numbered(workspace)
    words = [["a", "b"], ["b"], [], ["c", "a"], ["b"]]
    lines = [{"id": f"q-{row}", "groups": cell} for row, cell in enumerate(words)]
    quoted = (json.dumps(cell).replace('"', '""') for cell in words)
    data = {
        "csv": "id,groups\n" + "".join(f'q-{row},"{cell}"\n' for row, cell in enumerate(quoted)),
        "jsonl": "\n".join(map(json.dumps, lines)),
        "parquet": parquet(id=[line["id"] for line in lines], groups=words),
    }[kind]
    attach_columns(
        workspace, corpus, column_table(data if isinstance(data, bytes) else data.encode(), name=f"g.{kind}")
    )
    assert corpus.counts_of("groups") == {"b": 3, "a": 2, "c": 1}
    went = [row["attached"]["groups"] for row in rows_to_export(corpus, list(range(5)))]
    assert sorted(map(str, went)) == sorted(str(cell or None) for cell in words)


@pytest.mark.parametrize("field", ["category", "label"])
def test_categories_that_are_lists_are_the_categories(workspace: Workspace, field: str) -> None:
    cells = ['["x","y"]', '["y"]', "", "['x']"]
    lines = "".join('Q{},A{},"{}"\n'.format(n, n, cell.replace('"', '""')) for n, cell in enumerate(cells))
    corpus = load(workspace, ("rows.csv", f"instruction,output,{field}\n{lines}".encode())).corpus
    assert corpus.counts_of(field) == {"x": 2, "y": 2}
    assert f"{field} (original)" not in corpus.columns


def test_rows_from_several_sources_count_for_each_of_them(workspace: Workspace) -> None:
    rows = [("Q0", "web"), ("Q0", "book"), ("Q1", "web"), ("Q2", "book"), ("Q0", "talk")]
    lines = [{"instruction": asked, "output": "A", "source": source} for asked, source in rows]
    corpus = load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode())).corpus
    assert corpus.counts_of("source") == {"book": 2, "web": 2, "talk": 1} == corpus.report["sources"]
    asked = corpus.text("instruction")
    for source, wanted in (("web", ["Q0", "Q1"]), ("book", ["Q0", "Q2"]), ("talk", ["Q0"])):
        assert sorted(asked[row] for row in select(corpus, PoolSpec(sources=(source,)))) == wanted


@pytest.mark.parametrize(
    "turns",
    [
        {"messages": {"role": ["user", "assistant"], "content": ["q", "a"]}},
        {"conversations": {"from": ["human", "gpt"], "value": ["q", "a"]}},
    ],
)
def test_one_record_with_turns_as_columns_is_read_like_two_of_them(
    workspace: Workspace, turns: dict[str, dict[str, list[str]]]
) -> None:
    line = json.dumps(turns) + "\n"
    for number, text in enumerate((line, line * 2, f"[{line}]")):
        made = load(Workspace(workspace.home / str(number)), ("rows.jsonl", text.encode()))
        assert (made.corpus.text("instruction"), made.corpus.text("response")) == (["q"], ["a"])


def test_a_frame_whose_rows_have_names_is_still_columns(workspace: Workspace) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    other = [{"role": "user", "content": "q2"}, {"role": "assistant", "content": "a2"}]
    made = load(workspace, ("rows.json", json.dumps({"messages": {"first": turns, "second": other}}).encode()))
    assert sorted(made.corpus.text("instruction")) == ["q", "q2"]
