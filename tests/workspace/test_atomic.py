"""Files are whole or as they were; a full disk says so."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import WorkspaceError
from core.jobs import queue, record
from core.workspace import atomic, values
from core.workspace.artefacts import Workspace


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 KiB, where this machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    with pytest.raises(OSError), open(folder / "filler", "wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.json"
    atomic.write_json(path, {"b": 1, "a": [1, 2]})
    atomic.write_json(path, {"b": 2})
    assert path.read_text() == '{\n  "b": 2\n}'
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


def test_a_write_onto_a_device_without_space_says_what_to_do() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with (
        pytest.raises(WorkspaceError, match="full") as caught,
        atomic.explained(Path("/somewhere/file")),
        open("/dev/full", "wb") as file,
    ):
        file.write(b"\0" * 100_000)
    assert "Free some space" in caught.value.remedy


def test_on_a_full_disk_the_old_file_stays_as_it_was(small_disk: Path) -> None:
    path = small_disk / "file.bin"
    atomic.write_bytes(path, b"old")
    fill(small_disk)
    with pytest.raises(WorkspaceError, match="full"):
        atomic.write_bytes(path, b"new" * 10_000)
    assert path.read_bytes() == b"old"
    assert sorted(entry.name for entry in small_disk.iterdir()) == ["file.bin", "filler"]


def test_on_a_full_disk_an_artefact_does_not_appear_and_others_still_read(small_disk: Path) -> None:
    workspace = Workspace(small_disk / "home")
    with workspace.create("features", "before", {}) as folder:
        (folder / "values.bin").write_bytes(b"kept")
    with pytest.raises(WorkspaceError, match="full"), workspace.create("features", "after", {}) as folder:
        (folder / "values.bin").write_bytes(b"\0" * 1_000_000)
    assert workspace.keys("features") == ["before"]
    assert workspace.open("features", "before").path("values.bin").read_bytes() == b"kept"
    assert [entry.name for entry in (workspace.home / "features").iterdir()] == ["before"]


def test_on_a_full_disk_a_job_can_still_say_that_it_failed(small_disk: Path) -> None:
    workspace = Workspace(small_disk / "home")
    job = queue.submit(workspace, "tests.jobs.tasks:add", {"a": 1, "b": 2}, title="Sum")
    fill(small_disk)
    with record.queue_lock(workspace):
        record.change(workspace, job.id, state="failed", message="The disk is full.", remedy="Free some space.")
    now = queue.job(workspace, job.id)
    assert (now.state, now.message) == ("failed", "The disk is full.")
    with pytest.raises(WorkspaceError, match="full"):
        queue.submit(workspace, "tests.jobs.tasks:add", {"a": 1, "b": 3}, title="Sum")
    with pytest.raises(WorkspaceError, match="full"):
        values.put(workspace, "0123456789abcdef", [0.0] * 1000)


def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(atomic.os, "replace", refuse)  # root may write anywhere, so a real folder proves nothing
    with pytest.raises(WorkspaceError, match="cannot be written"):
        atomic.write_bytes(tmp_path / "file", b"x")
    assert list(tmp_path.iterdir()) == []
