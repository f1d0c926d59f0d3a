"""Bad input has a clear outcome: a message with what to do, or rows set apart with their line."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.clean import _END_MARKS, clean
from core.corpus.ingest import Holdout, ingest
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_bytes, from_path
from core.corpus.store import Corpus
from core.errors import DiverscopeError, InputError, WorkspaceError
from core.workspace.artefacts import Workspace

GOOD = b'{"instruction": "Hi", "output": "Hello."}'


def read(workspace: Workspace, data: bytes, name: str = "file.jsonl", **options: Any) -> Corpus:
    return ingest(workspace, [from_bytes(name, data)], **options)


NO_CORPUS = [
    ("empty.jsonl", b"", "is empty"),
    ("blank.json", b" \n\n", "nothing but white space"),
    ("list.json", b"[]", "holds no rows"),
    ("number.json", b"[1, 2, 3]", "No row is left"),
    ("essay.txt", b"Once upon a time there was a file without records.\n" * 20, "text without records"),
    ("one.csv", b"instruction\nHi\nHo\n", "no response column"),
    ("paper.json", b"%PDF-1.7 ...", "a PDF document"),
    ("picture.jsonl", b"\x89PNG\r\n\x1a\n", "a PNG image"),
    ("noise.json", bytes(range(256)) * 40, "binary data"),
    ("cut.parquet", b"PAR1abcdefgh", "cannot be read"),
    ("broken.json", b"[oops]", "no valid JSON"),
    ("deep.json", b"[" * 200_000, "no valid JSON|nested too deeply"),
    ("cut.jsonl.gz", gzip.compress(GOOD * 1000, mtime=0)[:60], "is damaged"),
    ("bad.zip", b"PK\x03\x04nonsense", "damaged zip"),
    ("digits.json", b'[{"instruction": "Hi", "n": ' + b"1" * 5000 + b"}]", "more than 4,300 digits"),
    ("texts.jsonl", b'{"text": "Only one text and no response at all."}', "no response column"),
]


@pytest.mark.parametrize(("name", "data", "message"), NO_CORPUS, ids=[name for name, _, _ in NO_CORPUS])
def test_a_file_that_is_no_corpus_gets_a_message_and_a_remedy(
    workspace: Workspace, name: str, data: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as refused:
        read(workspace, data, name)
    assert refused.value.remedy
    assert workspace.keys("corpora") == []


def test_broken_lines_are_kept_apart_with_their_numbers_and_never_become_empty_rows(workspace: Workspace) -> None:
    data = b"\n".join([GOOD, b'{"instruction": "cut', b"", b'["a list"]', b'{"instruction": "x", "output": "y"}'])
    corpus = read(workspace, data)
    (file,) = corpus.report["files"]
    assert file["broken"] == [2, 4]
    assert (len(corpus), corpus.report["records_read"], corpus.report["broken"]) == (2, 4, 2)
    rejected = [json.loads(line) for line in corpus.rejected.splitlines()]
    assert [entry["line"] for entry in rejected] == [2, 4]
    assert rejected[0]["text"] == '{"instruction": "cut'
    assert "No valid JSON" in rejected[0]["reason"]


def test_a_first_line_that_is_broken_spoils_nothing(workspace: Workspace) -> None:
    corpus = read(workspace, b'{"instruction": "cut\n' + b"\n".join([GOOD] * 3))
    assert corpus.report["files"][0]["broken"] == [1]
    assert corpus.rows([0])[0]["multiplicity"] == 3


def test_invalid_utf8_is_rejected_or_replaced_where_asked_and_named(workspace: Workspace) -> None:
    data = GOOD + b'\n{"instruction": "th\xc3\xa9, caf\xe9", "output": "x"}'
    rejecting = read(workspace, data)
    assert rejecting.report["files"][0]["broken"] == [2]
    assert len(rejecting) == 1
    replaced = read(workspace, data, reading=ReadingOptions(invalid_utf8="replace"))
    assert replaced.report["files"][0]["invalid_utf8"] == [2]
    assert "thé, caf\ufffd" in replaced.text("instruction")


@pytest.mark.parametrize("name", ["file.csv", "file.json"])
def test_invalid_utf8_in_other_containers_names_its_lines(workspace: Workspace, name: str) -> None:
    data = b"instruction,output\nHi,th\xc3\xa9 caf\xe9\nYes,No\n"
    if name == "file.json":
        data = b'[\n{"instruction": "Hi", "output": "th\xc3\xa9 caf\xe9"},\n{"instruction": "Yes", "output": "No"}]'
    replaced = read(workspace, data, name, reading=ReadingOptions(invalid_utf8="replace"))
    assert replaced.report["files"][0]["invalid_utf8"] == [2]
    rejecting = read(workspace, data, name)
    assert rejecting.text("instruction") == ["Yes"]
    assert b"no valid UTF-8" in rejecting.rejected


def test_nul_bytes_are_left_out_and_named(workspace: Workspace) -> None:
    corpus = read(workspace, GOOD + b'\n{"instruction": "a\x00b", "output": "c"}\n\x00\x00\n')
    (file,) = corpus.report["files"]
    assert file["nul"] == [2, 3]
    assert file["broken"] == [3]
    assert "ab" in corpus.text("instruction")
    escaped = read(workspace, b'{"instruction": "a\\u0000b", "output": "c"}')
    assert escaped.text("instruction") == ["ab"]


def test_a_truncated_list_keeps_the_rows_before_the_break(workspace: Workspace) -> None:
    whole = json.dumps([{"instruction": f"q{i}", "output": "a"} for i in range(5)], indent=1).encode()
    corpus = read(workspace, whole[:-10], "cut.json")
    assert len(corpus) == 4
    assert "breaks off at line" in corpus.report["files"][0]["notes"][0]
    assert corpus.report["broken"] == 1
    assert b"q4" in corpus.rejected


def test_columns_as_lists_with_something_behind_them_are_still_columns(workspace: Workspace) -> None:
    whole = {"instruction": ["One?", "Two?", "Three?"], "output": ["1", "2", "3"]}
    corpus = read(workspace, json.dumps(whole).encode() + b"]}]}", "columns.json")
    assert sorted(corpus.text("response")) == ["1", "2", "3"] and corpus.report["broken"] > 0


def test_a_row_of_another_width_and_an_open_quote_are_kept_apart(workspace: Workspace) -> None:
    data = b'instruction,output\nHi,Hello.\none,two,three\n"open,\nYes,No\n'
    corpus = read(workspace, data, "file.csv")
    assert corpus.report["files"][0]["broken"] == [3, 4]
    assert sorted(corpus.text("instruction")) == ["Hi", "Yes"]


def test_a_wrong_ending_is_read_and_said(workspace: Workspace) -> None:
    corpus = read(workspace, b"instruction,output\nHi,Hello.\nYes,No.\n", "file.json")
    assert corpus.report["files"][0]["notes"] == ["The file's ending is .json, its content is CSV; it was read."]
    assert read(workspace, b"\n".join([GOOD, GOOD]), "file.csv").report["files"][0]["container"] == "JSONL"


def test_utf16_is_read_and_said(workspace: Workspace) -> None:
    corpus = read(workspace, GOOD.decode().encode("utf-16"))
    assert corpus.text("response") == ["Hello."]
    assert "UTF-16" in corpus.report["files"][0]["notes"][0]


def test_nan_and_lone_surrogates_do_not_stop_a_file(workspace: Workspace) -> None:
    corpus = read(workspace, b'{"instruction": "x \\ud800", "output": "y", "score": NaN}')
    assert corpus.text("instruction") == ["x \ufffd"]
    assert corpus.rows([0])[0]["original"]["instruction"] == "x \ud800"


def test_empty_sides_are_counted_and_set_apart_or_kept(workspace: Workspace) -> None:
    pairs = ((b"a", b" "), (b"", b"b"), (b"", b""))
    data = b"\n".join([GOOD, *(b'{"instruction": "%s", "output": "%s"}' % pair for pair in pairs)])
    corpus = read(workspace, data)
    assert corpus.report["empty"] == {"response": 1, "instruction": 1, "both": 1}
    assert (len(corpus), corpus.report["rejected"]) == (1, 3)
    kept = read(workspace, data, reading=ReadingOptions(empty="keep"))
    assert (len(kept), kept.report["rejected"]) == (3, 1)


def test_a_file_of_empty_responses_says_why_nothing_is_left(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="The response is empty"):
        read(workspace, b'{"instruction": "a", "output": ""}')


def test_one_row_and_all_equal_rows_are_corpora(workspace: Workspace) -> None:
    result = read(workspace, GOOD)
    same = read(workspace, b"\n".join([GOOD] * 50))
    assert (len(result), len(same)) == (1, 1)
    assert result.id == same.id
    assert not result.holdout.any()


def test_every_record_read_is_accounted_for(workspace: Workspace) -> None:
    data = b"\n".join([GOOD, GOOD, b"{bad", b'{"instruction": "a", "output": ""}', b'{"other": 1}'])
    report = read(workspace, data).report
    assert report["records_read"] == report["rows_kept"] + report["exact_duplicates"] + report["rejected"] == 5


def test_a_server_path_outside_the_roots_and_a_link_out_are_not_read(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "a.jsonl").write_bytes(GOOD)
    (outside / "secret.jsonl").write_bytes(GOOD)
    (inside / "link.jsonl").symlink_to(outside / "secret.jsonl")
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(inside))
    assert [file.name for file in from_path(inside)] == ["a.jsonl"]
    for path in (outside / "secret.jsonl", inside / "link.jsonl", inside / ".." / "out"):
        with pytest.raises(InputError, match="outside the folders"):
            from_path(path)
    with pytest.raises(InputError, match="There is no file or folder"):
        from_path(inside / "nothing")


def test_a_full_disk_leaves_no_corpus_behind(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    import pyarrow.parquet as pq

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(WorkspaceError, match="full"):
        read(workspace, GOOD)
    monkeypatch.undo()
    assert workspace.keys("corpora") == []
    assert len(read(workspace, GOOD)) == 1


def test_a_corpus_of_a_newer_version_is_refused_with_a_message(workspace: Workspace) -> None:
    from core.corpus.store import open_corpus

    corpus = read(workspace, GOOD)
    path = workspace.folder("corpora", corpus.id) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(WorkspaceError, match="newer"):
        open_corpus(workspace, corpus.id)


def test_cancelling_leaves_nothing_half_made(workspace: Workspace) -> None:
    from core.errors import Cancelled

    def stop(done: float, total: float, note: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read(workspace, GOOD, progress=stop)
    assert workspace.keys("corpora") == []


def test_a_holdout_that_is_no_share_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DiverscopeError, match="holdout"):
        read(workspace, GOOD, holdout=Holdout(fraction=1.5))


@pytest.mark.parametrize(
    ("name", "start", "unit"),
    [
        ("broken.csv", b"instruction,output\n", b"a\n"),
        ("quotes.csv", b"instruction,output\n", b'"\n'),
        ("bytes.csv", b"instruction,output\n", b"\xff\n"),
        ("broken.jsonl", GOOD + b"\n", b'{"a":\n'),
        ("cut.json", b"[" + GOOD + b",", b"[{"),
        ("marks.jsonl", b'{"instruction": "Hi", "output": "Hello.', b"</s>"),
    ],
)
def test_reading_a_broken_file_of_twice_the_length_takes_twice_as_long(
    workspace: Workspace, name: str, start: bytes, unit: bytes
) -> None:
    """Half a megabyte within seconds; with the square of the length it would be an hour."""
    data = start + unit * (500_000 // len(unit)) + (b'"}' if name == "marks.jsonl" else b"")
    started = time.process_time()
    try:
        read(workspace, data, name)
    except InputError:
        assert name != "marks.jsonl"
    assert time.process_time() - started < 5.0


@given(st.lists(st.sampled_from([*_END_MARKS, " ", "\n", "a", "\u3000", "<", "/s>"]), max_size=12))
@settings(max_examples=300)
def test_end_marks_go_as_if_each_was_taken_away_in_its_turn(parts: list[str]) -> None:
    text = "".join(parts)
    slow = text.strip()
    while slow.endswith(_END_MARKS):
        slow = next(slow.removesuffix(mark) for mark in _END_MARKS if slow.endswith(mark)).rstrip()
    assert clean(text) == slow
