"""The hub, played by a server on this machine: what it has, what it refuses, and when it misbehaves."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from core.corpus import hub
from core.corpus.ingest import ingest
from core.errors import InputError, NetworkError
from core.workspace.artefacts import Workspace

SHA = "0123456789abcdef0123456789abcdef01234567"
ROWS = b"\n".join(json.dumps({"instruction": f"q{i}", "output": f"a{i}"}).encode() for i in range(5))
FILES = {"data/train-00000-of-00001.jsonl": ROWS, "data/test.jsonl": ROWS[:37], "README.md": b"# hello"}
TOKEN = "hf_not_a_real_token"


class Hub(BaseHTTPRequestHandler):
    mode = "good"
    seen: list[str] = []  # noqa: RUF012 - filled by the test that reads it

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        Hub.seen.append(self.headers.get("Authorization", ""))
        path = self.path.split("?")[0]
        if Hub.mode.isdigit():
            return self.send(int(Hub.mode), b'{"error": "no"}', body)
        if "ghost" in path:
            return self.send(404, b"{}", body, {"X-Error-Code": "RepoNotFound"})
        if "gated" in path:
            return self.send(403, b"{}", body, {"X-Error-Code": "GatedRepo"})
        if path.startswith("/api/datasets/"):
            if "/revision/" in path and "nowhere" in path:
                return self.send(404, b"{}", body, {"X-Error-Code": "RevisionNotFound"})
            files = {"README.md": b""} if "readme" in path else FILES
            siblings = [{"rfilename": name, "size": len(data)} for name, data in files.items()]
            about = {
                "id": "team/rows",
                "sha": SHA,
                "siblings": siblings,
                "private": False,
                "tags": [],
                "downloads": 0,
            }
            return self.send(200, json.dumps(about).encode(), body)
        name = path.split(f"/resolve/{SHA}/", 1)[-1]
        if name not in FILES:
            return self.send(404, b"{}", body, {"X-Error-Code": "EntryNotFound"})
        data = FILES[name]
        headers = {"ETag": f'"{len(data)}abc"', "X-Repo-Commit": SHA}
        self.send(200, data, body, headers, cut=Hub.mode == "cut")

    def send(
        self, status: int, data: bytes, body: bool, headers: dict[str, str] | None = None, cut: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{running.server_port}"
    Hub.mode, Hub.seen = "good", []
    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # read once, from the environment of the first import
    for name in ("HF_HUB_OFFLINE", "DIVERSCOPE_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield address
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize("typed", ["team/rows", " https://huggingface.co/datasets/team/rows "])
def test_a_data_set_is_found_fetched_and_read(server: str, tmp_path: Path, typed: str) -> None:
    workspace = Workspace(tmp_path)
    dataset = hub.look_up(typed)
    assert (dataset.revision, dataset.splits) == (SHA, ("train", "test"))
    files = hub.fetch(workspace, dataset, split="train")
    assert len(ingest(workspace, files)) == 5
    assert "1 file, " in hub.describe(dataset, dataset.of_split("train"))
    assert not any(Hub.seen)


def test_a_token_is_sent_and_never_logged(
    server: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    caplog.set_level(logging.DEBUG)
    hub.look_up("team/rows")
    Hub.mode = "500"
    with pytest.raises(NetworkError) as failed:
        hub.look_up("team/rows")
    assert f"Bearer {TOKEN}" in Hub.seen
    assert TOKEN not in caplog.text + str(failed.value)


@pytest.mark.parametrize(
    ("name", "revision", "message"),
    [
        ("team/ghost", "", "There is no data set"),
        ("team/gated", "", "accept its terms"),
        ("team/rows", "nowhere", "no such revision"),
        ("team/readme", "", "no data file"),
        ("not an id", "", "not the id of a data set"),
        ("../../etc/passwd", "", "not the id of a data set"),
    ],
)
def test_what_cannot_be_read_is_said(server: str, name: str, revision: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        hub.look_up(name, revision=revision)
    assert refused.value.remedy


def test_a_private_data_set_and_a_failing_hub(server: str) -> None:
    for mode, kind in (("401", InputError), ("500", NetworkError), ("503", NetworkError)):
        Hub.mode = mode
        with pytest.raises(kind):
            hub.look_up("team/rows")


def test_a_file_that_comes_incomplete_is_not_read(server: str, tmp_path: Path) -> None:
    dataset = hub.look_up("team/rows")
    Hub.mode = "cut"
    with pytest.raises(NetworkError):
        hub.fetch(Workspace(tmp_path), dataset, split="train")


def test_too_large_and_unknown_splits_are_refused_before_fetching(server: str, tmp_path: Path) -> None:
    dataset = hub.look_up("team/rows")
    with pytest.raises(InputError, match="more than the 0 MB"):
        hub.fetch(Workspace(tmp_path), dataset, limit=10)
    with pytest.raises(InputError, match="no split 'dev'"):
        hub.fetch(Workspace(tmp_path), dataset, split="dev")


def test_no_network_and_switched_off_are_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(NetworkError, match="did not answer"):
        hub.look_up("team/rows")
    monkeypatch.setenv("DIVERSCOPE_OFFLINE", "1")
    with pytest.raises(NetworkError, match="switched off"):
        hub.look_up("team/rows")
