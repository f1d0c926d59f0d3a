"""Files that break off, hold several lists, or describe others: what can be read is read, the rest is said."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from core.corpus.formats.json_values import may_repeat_keys
from core.errors import InputError
from core.workspace.artefacts import Workspace
from tests.cases.test_containers import load, notes, pairs

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
