"""GGUF files are known by their content; without the package that reads them a plain word says what to install."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from core.errors import InputError
from core.features.models.files import fetch_model, find_model
from core.features.models.gguf import PACKAGED, gguf_file
from core.workspace.artefacts import Workspace
from tests.tiny_models import tiny_model

WITHOUT = pytest.mark.skipif(importlib.util.find_spec("gguf") is not None, reason="gguf is installed")


def test_a_gguf_file_is_known_by_its_ending_or_its_first_bytes(workspace: Workspace, tmp_path: Path) -> None:
    ending, content, other = tmp_path / "a.gguf", tmp_path / "weights.bin", tmp_path / "notes.txt"
    ending.write_bytes(b"")
    content.write_bytes(b"GGUF\3\0\0\0")
    other.write_bytes(b"text")
    assert gguf_file(str(ending)) == ending and gguf_file(str(content)) == content and gguf_file(str(other)) is None
    assert gguf_file("owner/model") is None
    assert find_model(str(content)).folder is None, "it is converted by the job that needs it, not by looking at it"


def test_a_folder_with_one_file_means_it_and_one_with_several_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.gguf").write_bytes(b"GGUF")
    assert gguf_file(str(folder)) == folder / "a.gguf"
    (folder / "b.gguf").write_bytes(b"GGUF")
    with pytest.raises(InputError, match=r"holds 2 GGUF files: a\.gguf, b\.gguf"):
        gguf_file(str(folder))
    model = Path(tiny_model(tmp_path / "model"))
    (model / "also.gguf").write_bytes(b"GGUF")
    assert gguf_file(str(model)) is None, "a folder with a model of transformers is that model"


@WITHOUT
def test_without_the_package_the_message_names_what_to_install(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "a.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises(InputError, match=r"a\.gguf is a GGUF file, and the package") as refused:
        fetch_model(str(file))
    assert "requirements-model.txt" in refused.value.remedy
    with pytest.raises(InputError, match="which is not installed"):
        find_model(next(iter(PACKAGED)))
