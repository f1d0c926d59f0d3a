"""Deleting can be undone; the disk's use adds up."""

from __future__ import annotations

import os
import time

import pytest

from core.errors import WorkspaceError
from core.workspace import atomic, trash
from core.workspace.artefacts import Workspace
from core.workspace.names import set_name


def make(workspace: Workspace, kind: str, key: str, *, size: int = 100, **manifest: object) -> None:
    with workspace.create(kind, key, manifest) as folder:
        (folder / "values.bin").write_bytes(b"\0" * size)


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    make(workspace, "corpora", "c1", name="Lima")
    make(workspace, "corpora", "c2", name="Dolly")
    make(workspace, "features", "tokens-1", corpus="c1")
    make(workspace, "features", "map-2", corpus="c2")
    make(workspace, "plans", "p1", corpus="c1")
    make(workspace, "subsets", "s1", corpus="c1", ids="kept")
    return workspace


def test_a_deleted_corpus_takes_its_features_along_and_leaves_subsets(filled: Workspace) -> None:
    following = trash.dependents(filled, "c1")
    assert sorted(artefact.key for artefact in following) == ["p1", "tokens-1"]
    deletion = trash.discard(filled, "corpora", "c1", along=following)
    assert not filled.has("corpora", "c1") and not filled.has("features", "tokens-1") and not filled.has("plans", "p1")
    assert filled.has("features", "map-2") and filled.has("corpora", "c2")
    assert filled.open("subsets", "s1").manifest["ids"] == "kept"
    result = [(item.kind, item.key, item.name) for item in deletion.items]
    assert sorted(result) == [("corpora", "c1", "Lima"), ("features", "tokens-1", ""), ("plans", "p1", "")]
    assert abs(deletion.at.timestamp() - time.time()) < 60


def test_what_was_deleted_together_comes_back_together(filled: Workspace) -> None:
    deletion = trash.discard(filled, "corpora", "c1", along=trash.dependents(filled, "c1"))
    assert trash.restore(filled, deletion.stamp) == []
    assert filled.open("corpora", "c1").path("values.bin").read_bytes() == b"\0" * 100
    assert filled.has("features", "tokens-1") and filled.has("plans", "p1")
    assert trash.deletions(filled) == []
    with pytest.raises(WorkspaceError, match="no longer in the trash"):
        trash.restore(filled, deletion.stamp)


def test_a_name_given_later_is_the_one_that_the_trash_shows(filled: Workspace) -> None:
    set_name(filled, "corpora", "c2", "Dolly, cleaned", expected_version=0)
    assert trash.discard(filled, "corpora", "c2").items[0].name == "Dolly, cleaned"


def test_what_is_there_again_stays_and_its_old_copy_stays_in_the_trash(filled: Workspace) -> None:
    deletion = trash.discard(filled, "corpora", "c1", along=trash.dependents(filled, "c1"))
    make(filled, "features", "tokens-1", corpus="c1", made="again")
    left = trash.restore(filled, deletion.stamp)
    assert [(item.kind, item.key) for item in left] == [("features", "tokens-1")]
    assert filled.open("features", "tokens-1").manifest["made"] == "again"
    assert [item.key for item in trash.find(filled, deletion.stamp).items] == ["tokens-1"]


def test_deletions_are_listed_newest_first_and_emptied_one_by_one_or_all(filled: Workspace) -> None:
    first = trash.discard(filled, "corpora", "c1")
    second = trash.discard(filled, "corpora", "c2")
    assert [deletion.stamp for deletion in trash.deletions(filled)] == [second.stamp, first.stamp]
    assert trash.empty(filled, first.stamp) == first.size > 100
    assert [deletion.stamp for deletion in trash.deletions(filled)] == [second.stamp]
    assert trash.empty(filled) == second.size
    assert trash.deletions(filled) == []
    assert trash.empty(filled) == 0


def test_deleting_what_is_not_there_says_so(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="not in the workspace"):
        trash.discard(workspace, "corpora", "c1")


def test_disk_use_names_every_byte_once(filled: Workspace) -> None:
    trash.discard(filled, "corpora", "c1")
    (filled.home / "cache.duckdb").write_bytes(b"\0" * 500)
    (filled.home / "notes.txt").write_bytes(b"\0" * 7)
    staging = filled.home / "features" / ".staging-x-1"
    staging.mkdir()
    (staging / "half.bin").write_bytes(b"\0" * 30)
    for path, size in (("passports/c1/e1.json", 11), ("partial/f1/block.npy", 13), ("incoming/u1/a.jsonl", 17)):
        (filled.home / path).parent.mkdir(parents=True)
        (filled.home / path).write_bytes(b"\0" * size)
    atomic.write_json(filled.folder("features", "map-2") / "manifest.json", {"format": 99})
    uses = {use.kind: use for use in trash.disk_use(filled)}
    assert (uses["corpora"].count, uses["features"].count, uses["trash"].count) == (1, 2, 1)
    assert uses["features"].unreadable == 1
    assert uses["cache"].size == 500
    assert (uses["unfinished"].count, uses["unfinished"].size) == (1, 30)
    assert [(uses[kind].count, uses[kind].size) for kind in ("passports", "resumable", "uploads", "downloads")] == [
        (1, 11), (1, 13), (1, 17), (0, 0)
    ]  # fmt: skip
    assert uses["other"].size >= 7
    assert sum(use.size for use in uses.values()) == trash.size_of(filled.home)


def test_sweeping_removes_only_what_was_abandoned(workspace: Workspace) -> None:
    for name, age in (("old", 2 * trash.ABANDONED), ("fresh", 0.0)):
        folder = workspace.home / "features" / f".staging-{name}-1"
        folder.mkdir(parents=True)
        (folder / "half.bin").write_bytes(b"\0" * 30)
        os.utime(folder, (time.time() - age, time.time() - age))
    assert trash.sweep(workspace) == 30
    assert [path.name for path in (workspace.home / "features").iterdir()] == [".staging-fresh-1"]
