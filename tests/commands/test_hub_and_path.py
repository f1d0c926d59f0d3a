"""Rows of the hub and of a path in one corpus: by the command, by the page's job, and appended one to the other."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from core.__main__ import main
from core.corpus.naming import corpus_named
from core.progress import silent
from core.workbench.tasks.loading import ingest
from core.workspace.artefacts import Workspace
from tests.corpus.test_hub import SHA, server

__all__ = ["server"]  # the hub on this machine

HUB = ["--hub", "team/rows", "--split", "train"]


@pytest.fixture
def path(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str) -> Path:
    """A file of three rows, one of which the hub's five have too."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)  # the workspace's fixture sets it; this hub is on this machine
    rows = [{"instruction": f"q{number}", "output": f"a{number}"} for number in (4, 5, 6)]
    file = tmp_path / "mine.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return file


def test_the_command_reads_both_into_one_corpus(
    workspace: Workspace, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", str(path), *HUB, "--name", "both"]) == 0
    assert "7 rows kept, 1 exact duplicate" in capsys.readouterr().out
    corpus = corpus_named(workspace, "both")
    assert sorted(corpus.text("instruction")) == [f"q{number}" for number in range(7)]
    assert corpus.counts_of("source") == {"team/rows": 5, "mine": 3}  # one row came from both


def test_the_job_of_the_page_makes_the_same_corpus_and_says_which_revision(workspace: Workspace, path: Path) -> None:
    parts = [{"path": str(path)}, {"hub": "team/rows", "split": "train"}]
    made = ingest(workspace, {"parts": parts, "name": "by the page"}, silent)
    assert workspace.open("corpora", made["corpus"]).manifest["origin"] == {"hub": "team/rows", "revision": SHA}
    assert main(["load", str(path), *HUB, "--name", "by the command"]) == 0
    assert workspace.keys("corpora") == [made["corpus"]]  # the same rows are the same corpus


def test_the_hub_is_appended_to_a_file_and_a_file_to_the_hub(workspace: Workspace, path: Path) -> None:
    assert main(["load", str(path), "--name", "file first"]) == 0
    assert main(["append", "file first", *HUB, "--name", "then the hub"]) == 0
    assert main(["load", *HUB, "--name", "hub first"]) == 0
    assert main(["append", "hub first", str(path), "--name", "then the file"]) == 0
    assert corpus_named(workspace, "then the hub").counts_of("source") == {"team/rows": 5, "mine": 3}
    assert len(workspace.keys("corpora")) == 3  # both ways lead to one corpus
