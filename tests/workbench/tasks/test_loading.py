"""Bringing a corpus in as a job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.corpus.formats.mapped import UNKNOWN
from core.corpus.ingest import previews
from core.corpus.sources import from_bytes
from core.corpus.store import open_corpus
from core.errors import InputError
from core.progress import silent
from core.workbench.tasks import loading as tasks
from core.workspace.artefacts import Workspace

ODD = b"\n".join(json.dumps({"x": f"q{i}", "y": f"a{i}"}).encode() for i in range(4))


def test_uploads_wait_in_the_workspace_until_the_job_has_read_them(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    kept = tasks.keep_uploads(workspace, [from_bytes("odd.jsonl", ODD)])
    request = {"uploads": kept, "name": "Mine", "mapping": {"odd.jsonl": {"instruction": "x", "response": "y"}}}
    request["holdout"] = {"fraction": 0.5}
    result = tasks.ingest(workspace, json.loads(json.dumps(request)), silent)
    corpus = open_corpus(workspace, result["corpus"])
    assert (corpus.name, len(corpus), int(corpus.holdout.sum())) == ("Mine", 4, 2)
    assert result["artefacts"] == [["corpora", corpus.id]]
    with pytest.raises(InputError, match="no longer there"):
        tasks.ingest(workspace, request, silent)


def test_a_path_is_read_under_the_servers_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_bytes(b'{"prompt": "a", "completion": "b"}')
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path / "in"))
    workspace = Workspace(tmp_path / "home")
    assert not tasks.ingest(workspace, {"path": str(tmp_path / "in")}, silent)["already_here"]
    assert tasks.ingest(workspace, {"path": str(tmp_path / "in" / "a.jsonl")}, silent)["already_here"]
    monkeypatch.delenv("DIVERSCOPE_DATA_ROOTS")
    with pytest.raises(InputError, match="outside the folders"):
        tasks.ingest(workspace, {"path": str(tmp_path / "in"), "address": "0.0.0.0"}, silent)


def test_the_message_of_unknown_columns_leads_to_previews(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    request = {"uploads": tasks.keep_uploads(workspace, [from_bytes("odd.jsonl", ODD)])}
    with pytest.raises(InputError) as needed:
        tasks.ingest(workspace, request, silent)
    assert needed.value.what.startswith(UNKNOWN)
    (view,) = previews(tasks.files_of(workspace, request)[0])
    assert (view.file, view.columns) == ("odd.jsonl", ("x", "y"))


def test_a_request_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names no file"):
        tasks.ingest(Workspace(tmp_path), {}, silent)
