"""`load`, `list` and the naming of a corpus at the command line: nothing is left out unsaid."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from core.__main__ import main
from core.commands import docs
from core.corpus.corpus_list import list_corpora
from core.corpus.fingerprint import holdout
from core.corpus.store import open_corpus
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.workspace.artefacts import Workspace
from tests.corpus.test_hub import SHA, server  # noqa: F401 - a fixture

BAD = (
    b'{"instruction": "one", "output": "1"}\n'
    b'{"instruction": "broken\n'
    b'{"instruction": "two", "output": ""}\n'
    b'{"instruction": "thr\xffee", "output": "3"}\n'
    b"[1, 2]\n"
    b'{"instruction": "four", "output": ""}\n'
)


def write(path: Path, *records: dict[str, object]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


def test_load_says_where_and_why_and_writes_what_was_rejected(workspace: Workspace, tmp_path: Path, capsys) -> None:
    (tmp_path / "bad.jsonl").write_bytes(BAD)
    assert main(["load", str(tmp_path / "bad.jsonl"), "--rejected", str(tmp_path / "out.jsonl")]) == 0
    said = capsys.readouterr().out
    assert "bad.jsonl: 2 broken, lines 2, 5" in said
    assert "The file is not UTF-8: its letters read as Windows-1252" in said
    assert "2 records rejected: The response is empty. bad.jsonl:3, bad.jsonl:6" in said
    assert "2 rows kept, 0 exact duplicates, 4 records rejected" in said
    written = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert sorted(entry["line"] for entry in written) == [2, 3, 5, 6]
    assert all(entry["reason"] for entry in written)


def test_load_says_which_copies_differ_and_what_a_second_loading_brings(workspace, tmp_path: Path, capsys) -> None:
    row = {"instruction": "one", "output": "1"}
    first = write(tmp_path / "a.jsonl", {**row, "score": 1}, {**row, "score": 2}, {"instruction": "two", "output": "2"})
    main(["load", str(first), "--copies", str(tmp_path / "copies.jsonl")])
    said = capsys.readouterr().out
    assert "1 exact duplicate with other values than the row kept (score in 1)" in said
    (copy,) = (orjson.loads(line) for line in (tmp_path / "copies.jsonl").read_bytes().splitlines())
    assert (copy["file"], copy["line"], copy["content"]["score"]) == ("a.jsonl", 2, 2)
    second = write(tmp_path / "b.jsonl", {**row, "score": 9, "tags": ["x"]}, {"instruction": "two", "output": "2"})
    main(["load", str(second)])
    said = capsys.readouterr().out
    assert "(already here)" in said
    assert "kept beside it: tags" in said
    assert "score in 1 row" in said


def test_a_load_that_leaves_no_row_counts_in_words(workspace: Workspace, tmp_path: Path, capsys) -> None:
    path = write(tmp_path / "empty.jsonl", {"instruction": "one", "output": ""})
    assert main(["load", str(path)]) == 1
    assert "No row is left: 1 record rejected" in capsys.readouterr().err


def test_a_corpus_of_a_newer_format_is_named_and_not_left_out(workspace: Workspace, tmp_path: Path, capsys) -> None:
    main(["load", str(write(tmp_path / "a.jsonl", {"instruction": "one", "output": "1"})), "--name", "mine"])
    key = list_corpora(workspace)[0].id
    path = workspace.folder("corpora", key) / "manifest.json"
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "format": 99}))
    capsys.readouterr()
    assert main(["list"]) == 0
    assert f"corpora/{key} was written by a newer Diverscope (format 99" in capsys.readouterr().err
    for name in (key, key[:6], "mine"):
        assert main(["tokens", name]) == 1
        assert "newer Diverscope" in capsys.readouterr().err
    assert main(["tokens", "none-such"]) == 1
    assert "is not a corpus of this workspace" in capsys.readouterr().err


def test_only_markdown_escapes_what_html_would_take_for_an_element(capsys) -> None:
    assert main(["importers"]) == 0
    assert "&lt;" not in capsys.readouterr().out
    assert "<experiment>" in str(docs.importer_table())
    assert "&lt;experiment>" in docs.markdown(*docs.importer_table())


def test_load_asks_who_speaks_and_takes_the_answer(workspace: Workspace, tmp_path: Path, capsys) -> None:
    turns = [{"from": "UTILISATEUR", "value": "Où dort le chat ?"}, {"from": "ASSISTANTE", "value": "Sur le mur."}]
    path = write(tmp_path / "fr.jsonl", {"conversations": turns, "n": 1})
    assert main(["load", str(path)]) == 1
    said = capsys.readouterr().err
    assert "UTILISATEUR      1  Où dort le chat ?  user" in said
    assert "--role 'ASSISTANTE'=user" in said
    assert main(["load", str(path), "--role", "UTILISATEUR=pirate"]) == 1
    assert "cannot be 'pirate'" in capsys.readouterr().err
    assert main(["load", str(path), "--role", "UTILISATEUR"]) == 1
    assert "--role takes a role and who it is" in capsys.readouterr().err
    assert main(["load", str(path), "--role", "utilisateur=User", "--role", "ASSISTANTE=assistant"]) == 0
    corpus = open_corpus(workspace, list_corpora(workspace)[0].id)
    assert corpus.text("both") == ["Où dort le chat ?\nSur le mur."]
    assert corpus.roles == {"utilisateur": "User", "ASSISTANTE": "assistant"}
    (record,) = FORMATS["sharegpt"].write(rows_to_export(corpus, [0]), b"{}").splitlines()[1:-1]
    assert orjson.loads(record)["conversations"][1] == {"from": "gpt", "value": "Sur le mur."}


def test_load_holds_out_what_is_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    held_out = {}
    for name, options in {"share": [], "seed": ["--holdout-seed", "3"], "few": ["--holdout-most", "2"]}.items():
        # The holdout is fixed when a corpus is made, so each is made of rows of its own.
        path = write(tmp_path / f"{name}.jsonl", *({"a": f"{name} {n}", "b": f"answer {n}"} for n in range(50)))
        fields = [f"--map={name}.jsonl:{field}={column}" for field, column in (("instruction", "b"), ("response", "a"))]
        assert main(["load", str(path), "--name", name, "--holdout", "20", *options, *fields]) == 0
        (info,) = (info for info in list_corpora(workspace) if info.name == name)
        held_out[name] = open_corpus(workspace, info.id)
    assert {name: int(corpus.holdout.sum()) for name, corpus in held_out.items()} == {"share": 10, "seed": 10, "few": 2}
    for name, seed in (("share", 0), ("seed", 3)):
        assert held_out[name].holdout.tolist() == holdout(held_out[name].ids, fraction=0.2, seed=seed).tolist()
        assert held_out[name].text("response")[0].startswith(name)


def test_load_replaces_bytes_that_are_not_utf8_where_that_is_asked_for(workspace, tmp_path: Path, capsys) -> None:
    lines = b"".join(b'{"instruction": "q%d", "output": "\xc3\xa9 %d"}\n' % (n, n) for n in range(30))
    (tmp_path / "bad.jsonl").write_bytes(lines + b'{"instruction": "thr\xffee \x81", "output": "3"}\n')
    for policy, rows in (("reject", "30 rows kept"), ("replace", "31 rows kept")):
        assert main(["load", str(tmp_path / "bad.jsonl"), "--name", policy, "--not-utf8", policy]) == 0
        assert rows in capsys.readouterr().out


@pytest.mark.parametrize("bad", [b"\xff", b"\xe9t\xe9"])
@pytest.mark.parametrize("ending", ["jsonl", "json", "csv"])
def test_one_bad_line_of_a_plain_english_file_costs_no_other(
    workspace: Workspace, tmp_path: Path, capsys, bad: bytes, ending: str
) -> None:
    form, (start, between, end) = {
        "jsonl": (b'{"instruction": "Ask %d", "output": "Answer %s"}', (b"", b"\n", b"\n")),
        "json": (b'{"instruction": "Ask %d", "output": "Answer %s"}', (b"[\n", b",\n", b"\n]")),
        "csv": (b"Ask %d,Answer %s", (b"instruction,output\n", b"\n", b"\n")),
    }[ending]
    rows = [form % (row, bad if row == 501 else b"%d" % row) for row in range(1, 1001)]
    path = tmp_path / f"rows.{ending}"
    path.write_bytes(start + between.join(rows) + end)
    for policy, kept in (("reject", 999), ("replace", 1000)):
        assert main(["load", str(path), "--name", policy, "--not-utf8", policy]) == 0
        assert f"{kept:,} rows kept" in capsys.readouterr().out
        (info,) = (info for info in list_corpora(workspace) if info.name == policy)
        corpus = open_corpus(workspace, info.id)
        assert corpus.report["rejected"] == 1000 - kept
        assert corpus.report["invalid_utf8"] == (policy == "replace")
        assert sum("\ufffd" in text for text in corpus.text("response")) == (policy == "replace")


def test_a_short_file_in_no_known_encoding_is_replaced_only_where_that_is_asked_for(
    workspace: Workspace, tmp_path: Path, capsys
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"instruction": "q", "output": "a \xff"}\n{"instruction": "q2", "output": "a"}\n')
    assert main(["load", str(path), "--name", "bad"]) == 1
    assert "first at line 1" in capsys.readouterr().err
    assert main(["load", str(path), "--name", "bad", "--not-utf8", "replace"]) == 0
    assert "2 rows kept" in capsys.readouterr().out


@pytest.mark.usefixtures("server")
def test_load_reads_a_split_of_a_data_set_of_the_hub(workspace: Workspace, monkeypatch, capsys) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")  # the workspace's fixture sets it, and this hub is on this machine
    assert main(["load", "--hub", "team/rows", "--split", "train", "--name", "from the hub"]) == 0
    assert "5 rows kept" in capsys.readouterr().out
    (info,) = list_corpora(workspace)
    assert workspace.open("corpora", info.id).manifest["origin"] == {"hub": "team/rows", "revision": SHA}
    assert main(["load", "--hub", "team/rows", "--split", "nonsense"]) == 1
    assert main(["load"]) == 1
    assert "--hub" in capsys.readouterr().err


def test_a_mapping_that_names_no_field_is_refused(workspace: Workspace, tmp_path: Path, capsys) -> None:
    path = write(tmp_path / "rows.jsonl", {"a": "one", "b": "two"})
    for given in ("nonsense=a", "instruction", "instruction="):
        assert main(["load", str(path), "--map", given]) == 1
        assert "is not FIELD=COLUMN" in capsys.readouterr().err
    assert main(["load", str(path), "--map", "instruction=a", "--map", "rows.jsonl:response=b"]) == 1
    assert "Name the file in each" in capsys.readouterr().err
    assert main(["load", str(path), "--map", "instruction=a", "--map", "response=b"]) == 0


def test_load_takes_only_the_files_of_a_folder_that_are_named(workspace: Workspace, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a", "b", "c"):
        write(folder / f"{name}.jsonl", {"instruction": f"question {name}", "output": name})
    assert main(["load", str(folder), "--only", "a.jsonl", "--only", "c.jsonl"]) == 0
    (info,) = list_corpora(workspace)
    assert sorted(open_corpus(workspace, info.id).text("response")) == ["a", "c"]
