"""Files that break off, hold several lists, or describe others: what can be read is read, the rest is said."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from core.corpus.formats.json_values import may_repeat_keys
from core.errors import InputError
from core.workspace.artefacts import Workspace
from tests.cases.test_containers import load, notes, pairs, parquet

ROWS = [json.dumps({"instruction": f"Q{n}", "output": f"A{n}"}) for n in range(6)]
PAIRS = [(f"Q{n}", f"A{n}") for n in range(6)]


@pytest.mark.parametrize("between", ["]\n[", "][", "]\n\n [ ", "],["])
def test_lists_one_after_another_are_all_read(workspace: Workspace, between: str) -> None:
    data = f"[{', '.join(ROWS[:2])}{between}{', '.join(ROWS[2:])}]".encode()
    made = load(workspace, ("rows.json", data))
    assert pairs(made) == PAIRS and not made.rejected
    assert "reading went on" in notes(made)


def test_text_between_two_lists_costs_what_it_hides_and_is_counted(workspace: Workspace) -> None:
    made = load(workspace, ("rows.json", f"[{', '.join(ROWS[:3])}]<!-- cut -->\n{', '.join(ROWS[3:])}".encode()))
    assert pairs(made) == PAIRS
    assert [str(entry["text"]).strip() for entry in made.rejected] == ["<!-- cut -->"]


def test_what_follows_the_list_of_a_broken_wrapper_is_not_taken_for_rows(workspace: Workspace) -> None:
    data = (
        f'{{"data": [{ROWS[0]}, {{"instruction": bad}}, {ROWS[1]}], "info": {{"instruction": "no", "output": "row"}}}}'
    )
    made = load(workspace, ("rows.json", data.encode()))
    assert pairs(made) == PAIRS[:2]
    assert len(made.rejected) == 1


@pytest.mark.parametrize("written", ['"output":', '"output" :', '"output"  :', '"output"\t:', '"output"\n :'])
def test_a_key_named_twice_is_seen_however_it_is_spaced(workspace: Workspace, written: str) -> None:
    text = f'{{"instruction": "Is \\" : a colon?", {written} "A", {written} "B"}}'
    assert may_repeat_keys(text.encode(), json.loads(text))
    once = f'{{"instruction": "Is \\" : a colon?", {written} "A"}}'
    assert not may_repeat_keys(once.encode(), json.loads(once))
    if "\n" not in written:
        made = load(workspace, ("rows.jsonl", f"{text}\n{ROWS[0]}".encode()))
        assert "1 record name a key twice; the last value counts (lines 1)" in notes(made)


def test_fields_beside_the_rows_are_said_at_every_depth(workspace: Workspace) -> None:
    document = {"version": 2, "data": {"licence": "MIT", "train": [json.loads(ROWS[0])]}}
    made = load(workspace, ("rows.json", json.dumps(document).encode()))
    assert pairs(made) == PAIRS[:1]
    assert "licence" in notes(made) and "version" in notes(made)


def test_an_object_that_describes_the_files_beside_it_is_refused_and_asks_for_no_mapping(workspace: Workspace) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in (
            ("set/train.jsonl", "\n".join(ROWS)),
            ("set/dataset_infos.json", '{"default": {"size": 9}}'),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data.encode()))
    made = load(workspace, ("set.tar.gz", buffer.getvalue()))
    assert pairs(made) == PAIRS
    refused = {file["name"]: file["refused"] for file in made.report["files"] if file["refused"]}
    assert list(refused) == ["set.tar.gz/set/dataset_infos.json"]
    assert "holds one object, with the fields default" in refused["set.tar.gz/set/dataset_infos.json"]


def test_a_pointer_of_git_annex_is_called_one(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="git-annex pointer"):
        load(workspace, ("rows.jsonl", b"/annex/objects/SHA256E-s123--0a1b2c.jsonl\n"))


def test_files_put_one_behind_the_other_lose_no_row(workspace: Workspace) -> None:
    lines = ("\ufeff" + "\n".join(ROWS[:3]) + "\n\ufeff" + "\n".join(ROWS[3:])).encode()
    assert pairs(load(workspace, ("rows.jsonl", lines))) == PAIRS
    table = "instruction,output\n" + "".join(f"{q},{a}\n" for q, a in PAIRS[:3])
    made = load(Workspace(workspace.home / "csv"), ("rows.csv", (table + table.replace("Q", "R")).encode()))
    assert len(pairs(made)) == 6
    assert [entry["reason"] for entry in made.rejected] == ["The line repeats the header."]


def test_objects_without_a_line_end_between_them_are_all_read_and_the_lost_counted(workspace: Workspace) -> None:
    data = "\n".join([ROWS[0] + ROWS[1], ROWS[2] + '{"instruction": broken}' + ROWS[3], ROWS[4], ROWS[5]])
    made = load(workspace, ("rows.jsonl", data.encode()))
    assert pairs(made) == PAIRS
    assert [(entry["line"], entry["text"]) for entry in made.rejected] == [(2, '{"instruction": broken}')]


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_rows_that_are_json_text_in_json_are_opened(workspace: Workspace, ending: str) -> None:
    data = json.dumps(ROWS) if ending == "json" else "\n".join(map(json.dumps, ROWS))
    assert pairs(load(workspace, (f"rows.{ending}", data.encode()))) == PAIRS


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_rows_as_python_prints_them_are_read_and_never_evaluated(workspace: Workspace, ending: str) -> None:
    rows = [{**json.loads(row), "note": "it's", "kept": True, "none": None} for row in ROWS]
    data = str(rows) if ending == "json" else "\n".join(map(str, rows))
    assert pairs(load(workspace, (f"rows.{ending}", data.encode()))) == PAIRS
    call = "[{'instruction': 'Q', 'output': __import__('os').getcwd()}]"
    with pytest.raises(InputError):
        load(Workspace(workspace.home / "call"), ("rows.json", call.encode()))


def test_a_list_of_rows_under_a_header_is_a_table(workspace: Workspace) -> None:
    data = json.dumps([["instruction", "output", "n"], *([q, a, n] for n, (q, a) in enumerate(PAIRS)), ["short"]])
    made = load(workspace, ("rows.json", data.encode()))
    assert pairs(made) == PAIRS
    assert sorted(made.corpus.column("n")) == [0, 1, 2, 3, 4, 5]
    assert len(made.rejected) == 1


def test_conversations_in_columns_of_bytes_are_read(workspace: Workspace) -> None:
    turns = json.dumps([{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}])
    data = parquet(messages=[turns.encode()], picture=[b"\xff\xd8\xff"])
    assert pairs(load(workspace, ("rows.parquet", data))) == [("Q", "A")]
