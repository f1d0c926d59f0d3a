"""Appending on the command line: what files would add, the new version, the list of versions, what is renewed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from core.__main__ import main
from core.corpus.naming import corpus_named
from core.workspace.artefacts import Workspace
from tests.corpora import records
from tests.tiny_models import small_carried_model

ROWS = records(120)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    for path, rows in zip(paths, (ROWS[:80], ROWS[75:]), strict=True):
        path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return [str(path) for path in paths]


def test_files_are_appended_and_versions_listed(
    workspace: Workspace, files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", files[0], "--name", "rows"]) == 0
    assert main(["tokens", "rows"]) == 0
    capsys.readouterr()
    assert main(["append", "rows", files[1], "--name", "more rows"]) == 0
    said = capsys.readouterr().out
    assert "40 new rows; 5 records were there already. 120 rows now." in said
    assert "first.jsonl" in said and "second.jsonl" in said
    assert len(corpus_named(workspace, "more rows")) == 120 and len(corpus_named(workspace, "rows")) == 80
    assert main(["versions", "rows"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert any({"80"} <= {*line} for line in lines) and any({"120", "second.jsonl", "40"} <= {*line} for line in lines)
    assert main(["versions", "more rows"]) == 0
    assert "Tokens of the response (mistral-32k); --renew computes it, new rows only" in capsys.readouterr().out
    assert main(["versions", "more rows", "--renew"]) == 0
    said = capsys.readouterr().out
    assert "computed: Tokens of the response (mistral-32k)" in said and "of the older version" not in said
    assert main(["append", "rows", files[0]]) == 0
    assert "The files bring no new row" in capsys.readouterr().out


def test_what_files_would_add_is_said_before_they_are_appended(
    workspace: Workspace,
    files: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small_carried_model(tmp_path, monkeypatch)
    assert main(["load", files[0], "--name", "rows"]) == 0
    capsys.readouterr()
    assert main(["adds", "rows", files[1], "--draws", "3", "--size", "20", "--feature", "low=2"]) == 0
    said = capsys.readouterr().out
    assert "45 rows read: 40 new, 5 in the corpus already" in said
    assert "Information entropy (IE)" in said and "corpus, 20 rows" in said
    assert len(workspace.keys("corpora")) == 1


def test_a_command_without_files_says_what_is_missing(
    workspace: Workspace, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", files[0], "--name", "rows"]) == 0
    for command in ("append", "adds"):
        assert main([command, "rows"]) == 1
    assert "Give PATH" in capsys.readouterr().err
