"""Which files a list on the server offers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.corpus.folders import entries_of, folder_of
from core.corpus.sources import from_path
from core.errors import InputError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "readable"
    (folder / "sub").mkdir(parents=True)
    for name in ("b.jsonl", "a.csv.gz", "notes.txt", ".hidden.jsonl", "sub/c.parquet"):
        (folder / name).write_text("x")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.jsonl").write_text("x")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "out.jsonl").symlink_to(tmp_path / "secret" / "s.jsonl")
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(folder))
    return folder


def test_folders_come_before_data_files_and_what_may_not_be_read_is_left_out(root: Path) -> None:
    assert [(entry.path.name, entry.size) for entry in entries_of(root)] == [
        ("sub", None),
        ("a.csv.gz", 1),
        ("b.jsonl", 1),
    ]


def test_the_list_follows_the_path_and_never_leaves_the_roots(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_of("") == root
    assert folder_of(str(root / "sub")) == root / "sub"
    assert folder_of(str(root / "sub" / "c.parquet")) == root / "sub"
    assert folder_of(str(root / "sub" / "nothing" / "here")) == root / "sub"
    for outside in (str(root.parent), "/", "/etc/passwd", str(root / ".." / "secret"), "\0", "~nobody-at-all/x"):
        assert folder_of(outside) == root
    other = root.parent / "other"
    other.mkdir()
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", os.pathsep.join([str(root), str(other)]))
    assert folder_of("") is None
    assert [entry.path for entry in entries_of(None)] == [root, other]
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", "")
    assert folder_of(str(root)) is None
    assert entries_of(None) == ()
    assert entries_of(root / "missing") == ()


def test_what_is_hidden_is_not_looked_into_and_a_folder_that_is_too_full_is_refused(root: Path) -> None:
    (root / ".cache").mkdir()
    for number in range(50):
        (root / ".cache" / f"{number}.jsonl").write_text("x")
    assert [file.name for file in from_path(root, at_most=20)] == ["a.csv.gz", "b.jsonl", "sub/c.parquet"]
    with pytest.raises(InputError, match="More than 3 files"):
        from_path(root, at_most=3)


def test_some_files_of_a_folder_can_be_taken(root: Path) -> None:
    assert [file.name for file in from_path(root, only=["b.jsonl", "sub/c.parquet"])] == ["b.jsonl", "sub/c.parquet"]
    with pytest.raises(InputError, match="No file of the folder was chosen"):
        from_path(root, only=[])
