"""Artefacts: whole or absent, immutable, versioned."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest

from core.errors import WorkspaceError
from core.workspace import atomic
from core.workspace.artefacts import FORMATS, Workspace


def test_an_artefact_reads_back_as_it_was_written(workspace: Workspace) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    with workspace.create("features", "abc", {"corpus": "c1"}) as folder:
        np.save(folder / "values.npy", values)
    artefact = workspace.open("features", "abc")
    assert artefact.manifest["corpus"] == "c1" and artefact.manifest["format"] == FORMATS["features"]
    assert np.array_equal(artefact.array("values"), values)
    assert not artefact.array("values").flags.writeable


def test_writing_that_fails_leaves_nothing(workspace: Workspace) -> None:
    with pytest.raises(RuntimeError), workspace.create("features", "abc", {}) as folder:
        (folder / "half.bin").write_bytes(b"half")
        raise RuntimeError("interrupted")
    assert not workspace.has("features", "abc")
    assert list((workspace.home / "features").iterdir()) == []


def test_the_first_writer_of_a_key_wins(workspace: Workspace) -> None:
    for text in ("first", "second"):
        with workspace.create("features", "abc", {"text": text}):
            pass
    assert workspace.open("features", "abc").manifest["text"] == "first"
    assert [path.name for path in (workspace.home / "features").iterdir()] == ["abc"]


def test_a_newer_format_is_refused_with_what_to_do_and_an_older_one_is_read(workspace: Workspace) -> None:
    with workspace.create("corpora", "abc", {}) as folder:
        pass
    path = workspace.folder("corpora", "abc") / "manifest.json"
    atomic.write_json(path, {"format": FORMATS["corpora"] + 1})
    with pytest.raises(WorkspaceError, match="newer Diverscope") as caught:
        workspace.open("corpora", "abc")
    assert "Update" in caught.value.remedy
    assert workspace.list("corpora") == []
    assert folder.name.startswith(".staging")
    atomic.write_json(path, {"format": 0})
    assert workspace.open("corpora", "abc").manifest["format"] == 0


def test_a_missing_and_a_damaged_artefact_say_so(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="not in the workspace"):
        workspace.open("corpora", "abc")
    with workspace.create("corpora", "abc", {}):
        pass
    (workspace.folder("corpora", "abc") / "manifest.json").write_text("{half")
    with pytest.raises(WorkspaceError, match="damaged"):
        workspace.open("corpora", "abc")


@pytest.mark.parametrize("key", ["", "..", "a/b", "../../etc", ".hidden", "a b"])
def test_a_key_cannot_leave_the_workspace(workspace: Workspace, key: str) -> None:
    with pytest.raises(WorkspaceError):
        workspace.folder("corpora", key)
    with pytest.raises(KeyError):
        workspace.folder("elsewhere", "abc")


def test_listing_is_newest_first_and_skips_what_is_being_written(workspace: Workspace) -> None:
    for key in ("b", "a", "c"):
        with workspace.create("plans", key, {}):
            pass
    with workspace.create("plans", "d", {}) as folder:
        atomic.write_json(folder / "manifest.json", {"format": 1})
        assert [artefact.key for artefact in workspace.list("plans")] == ["c", "a", "b"]


def elsewhere(workspace: Workspace, code: str) -> None:
    """Run ``code`` in another process, which has ``workspace``."""
    lines = f"""
from pathlib import Path
from core.workspace.artefacts import Workspace
workspace = Workspace(Path({str(workspace.home)!r}))
{code}"""
    subprocess.run([sys.executable, "-c", lines], check=True)


def test_what_another_process_makes_deletes_and_makes_again_is_seen(workspace: Workspace) -> None:
    for key in ("abc", "def"):
        with workspace.create("subsets", key, {"text": "first"}):
            pass
    assert [artefact.manifest["text"] for artefact in workspace.list("subsets")] == ["first", "first"]
    shutil.rmtree(workspace.folder("subsets", "abc"))
    elsewhere(workspace, """
for key in ("abc", "ghi"):
    with workspace.create("subsets", key, {"text": "again"}): pass
""")  # fmt: skip
    listed = {artefact.key: artefact.manifest["text"] for artefact in workspace.list("subsets")}
    assert listed == {"abc": "again", "def": "first", "ghi": "again"}
    assert workspace.open("subsets", "abc").manifest["text"] == "again"
    shutil.rmtree(workspace.folder("subsets", "def"))
    assert workspace.keys("subsets") == ["abc", "ghi"] and len(workspace.list("subsets")) == 2
    with pytest.raises(WorkspaceError):
        workspace.open("subsets", "def")


def test_a_manifest_that_is_damaged_after_it_was_read_is_named_and_one_mended_is_read(workspace: Workspace) -> None:
    with workspace.create("subsets", "abc", {"text": "whole"}):
        pass
    manifest = workspace.folder("subsets", "abc") / "manifest.json"
    whole = manifest.read_bytes()
    assert workspace.list("subsets") and not workspace.unreadable("subsets")
    manifest.write_bytes(whole[:-5])
    assert workspace.list("subsets") == [] and list(workspace.unreadable("subsets")) == ["abc"]
    manifest.write_bytes(whole)
    assert workspace.open("subsets", "abc").manifest["text"] == "whole" and not workspace.unreadable("subsets")


def test_an_unchanged_artefact_is_not_read_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("abc", "def"):
        with workspace.create("subsets", key, {}):
            pass
    first = workspace.list("subsets")
    monkeypatch.setattr(Workspace, "_read", None)
    assert [a is b for a, b in zip(first, workspace.list("subsets"), strict=True)] == [True, True]
    assert workspace.open("subsets", "abc") in first


@pytest.mark.parametrize("key", ["k" * 100_000, "é" * 200, "", "a/b"])
def test_what_no_folder_can_be_called_is_the_name_of_no_artefact(workspace: Workspace, key: str) -> None:
    for ask in (workspace.open, workspace.has, workspace.folder):
        with pytest.raises(WorkspaceError, match="is not the name of an artefact"):
            ask("subsets", key)
