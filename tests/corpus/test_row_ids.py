"""A row is called by its id or by the place it came from, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus.ingest import ingest
from core.corpus.named_rows import named_row, named_rows, names_in
from core.corpus.reading import ReadingOptions
from core.corpus.row_ids import id_in_file, parse_id, recorded_ids, renewed, show_id, show_place
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.errors import InputError
from core.workspace.artefacts import Workspace


def jsonl(rows: list[dict[str, object]]) -> bytes:
    return b"\n".join(map(orjson.dumps, rows))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Two files with lines, one with records; a broken line, a copy within a file and one across files."""
    rows: list[dict[str, object]] = [{"instruction": f"Ask {row}", "output": f"Say {row}"} for row in range(9)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([{"instruction": "P", "output": f"Q {row}"} for row in range(4)]), sink)
    files = [
        from_bytes("a.jsonl", jsonl(rows[:3]) + b"\n{broken\n" + jsonl([rows[3], rows[0]])),
        from_bytes("my own file.jsonl", jsonl([rows[1], *rows[4:]])),
        from_bytes("p.parquet", sink.getvalue().to_pybytes()),
    ]
    return ingest(Workspace(tmp_path), files)


def test_an_id_is_typed_as_it_is_shown_and_in_no_other_way() -> None:
    assert show_id(255) == "00000000000000ff"
    assert parse_id(" 00000000000000FF\n") == 255
    for typed in (
        "",
        "12",
        "255",
        "ff",
        "0xff",
        "0x00000000000000ff",
        "xyz",
        "-1",
        "f" * 17,
        "１２３４５６７８９０１２３４５６",
    ):
        with pytest.raises(InputError, match="is not a row id") as refused:
            parse_id(typed)
        assert "16 digits" in str(refused.value)


def test_every_place_of_every_row_names_that_row_and_no_other(corpus: Corpus) -> None:
    expected: dict[str, set[int]] = {}
    for row in corpus.rows(range(len(corpus))):
        for place in row["positions"]:
            name = show_place(place["file"], place["line"] or place["record"])
            expected.setdefault(name, set()).add(row["id"])
    assert len(expected) == 5 + 6 + 4
    assert expected["a.jsonl:1"] == expected["a.jsonl:6"]  # the copy's line gives the row that was kept
    for name, row_ids in expected.items():
        assert named_rows(corpus, name) == sorted(row_ids)
        assert named_row(corpus, f" {name} ") == named_row(corpus, show_id(named_row(corpus, name)))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12", r"'12' is not a row id.*16 digits.*such as a\.jsonl:12"),
        ("first", "'first' is not a row id"),
        ("a.jsonl:4", "No row of .* came from a.jsonl:4"),  # broken
        ("a.jsonl:99", "No row of .* came from a.jsonl:99"),
        ("a.jsonl:0", "No row"),
        ("A.jsonl:1", "no file “A.jsonl”.*a.jsonl, my own file.jsonl, p.parquet"),
        ("a.jsonl:", "not a row id"),
        ("a.jsonl:-1", "not a row id"),
        (f"a.jsonl:{'9' * 40}", "not a row id"),
    ],
)
def test_what_names_no_row_is_refused_with_what_would(corpus: Corpus, typed: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        named_rows(corpus, typed)


def test_a_line_of_several_rows_names_them_all_where_all_are_wanted_and_none_where_one_is(tmp_path: Path) -> None:
    turns = [{"role": role, "content": f"{role} {turn}"} for turn in range(3) for role in ("user", "assistant")]
    data = jsonl([{"messages": turns}])
    made = ingest(Workspace(tmp_path), [from_bytes("talk.jsonl", data)], reading=ReadingOptions(multi_turn="turn"))
    assert named_rows(made, "talk.jsonl:1") == made.ids.tolist()
    with pytest.raises(InputError, match=rf"holds 3 rows.*{show_id(int(made.ids[1]))}"):
        named_row(made, "talk.jsonl:1")


def test_an_id_that_the_corpus_lacks_is_an_id_all_the_same(corpus: Corpus) -> None:
    assert named_row(corpus, show_id(1)) == 1


def test_several_names_stand_on_lines_or_between_blanks_and_commas() -> None:
    single, other = show_id(1), show_id(2)
    assert names_in(f"{single}, {other}\n\n{single} a.jsonl:3\n") == [single, other, "a.jsonl:3"]
    assert names_in(" my own file.jsonl:3 \na,b.jsonl:4\n12 13") == ["my own file.jsonl:3", "a,b.jsonl:4", "12", "13"]
    assert names_in(" \n,") == []


def test_recipes_and_links_may_lack_leading_zeros() -> None:
    assert recorded_ids(["F", "0a", "f", "00000000000000ff"]).tolist() == [10, 15, 255]
    assert recorded_ids([]).dtype == np.uint64
    assert renewed("12") == show_id(0x12)
    assert renewed("first row") == "first row"
    for text in ("0xzz", "f" * 17, "", "-1"):
        with pytest.raises(InputError, match="not a row id"):
            recorded_ids([text])


def test_a_cell_of_ids_is_text_as_typed_or_the_number_itself() -> None:
    assert id_in_file(show_id(12)) == id_in_file(12) == 12
    for value in ("12", None, True, 1.0, -1, 1 << 64):
        with pytest.raises(InputError, match="not a row id"):
            id_in_file(value)
