"""Who runs the embedder: torch unless somebody asks, and openvino only where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from core import device as devices
from core.__main__ import main, parser
from core.corpus.store import Corpus
from core.errors import InputError
from core.features.backends import INSTALL, VARIABLE, backend, backend_of, installed
from core.features.embedders import CARRIED, INSTANT, find_embedder
from core.features.embedding import encode_texts, loaded_encoder
from core.features.encoder import load_encoder
from core.settings import PROJECT_ROOT
from core.workspace.artefacts import Workspace


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without openvino."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine with a package of that name, of which nothing is run."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    (tmp_path / "openvino").mkdir()
    (tmp_path / "openvino" / "__init__.py").write_text("raise ImportError('not to be imported')")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("present")
def test_torch_runs_the_embedder_until_somebody_asks_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed() and backend() == backend("auto") == "torch"
    monkeypatch.setenv(VARIABLE, "openvino")
    assert backend() == backend("auto") == "openvino"
    with backend_of("torch"):
        assert backend() == "torch" and backend("openvino") == "openvino"
        with backend_of(""):
            assert backend() == "torch"
    assert backend() == "openvino"


@pytest.mark.usefixtures("absent")
def test_where_it_is_not_installed_openvino_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not installed() and backend() == "torch"
    with pytest.raises(InputError, match=r"openvino is not installed. .*requirements-openvino.txt"):
        backend("openvino")
    monkeypatch.setenv(VARIABLE, "openvino")
    with pytest.raises(InputError, match="not installed"):
        encode_texts(["a text"], embedder=CARRIED, device="cpu")
    with backend_of(""):
        assert backend("torch") == "torch", "what needs no embedder is not refused"
    assert (PROJECT_ROOT / INSTALL.split()[3]).exists()


def test_a_backend_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "tensorrt")
    with pytest.raises(InputError, match="no backend 'tensorrt'"):
        backend()


@pytest.mark.usefixtures("present")
def test_openvino_is_refused_on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "pick", lambda name="auto": "cuda")
    with pytest.raises(InputError, match=r"not on cuda. .*DIVERSCOPE_DEVICE=cpu"):
        load_encoder(find_embedder(CARRIED), by="openvino")


@pytest.mark.usefixtures("present", "carried_embedder")
def test_the_instant_embedder_is_the_same_whatever_backend_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = encode_texts(["a river of walnut", "stone"], embedder=INSTANT)
    monkeypatch.setenv(VARIABLE, "openvino")
    assert np.array_equal(encode_texts(["a river of walnut", "stone"], embedder=INSTANT), before)
    assert loaded_encoder(find_embedder(INSTANT), device="cpu", precision="auto").arithmetic == {"dtype": "float32"}


@pytest.mark.usefixtures("absent", "carried_embedder")
def test_a_command_says_what_to_install_and_stores_nothing(
    workspace: Workspace, corpus: Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["embed", corpus.id, "--embedder", CARRIED, "--backend", "openvino"]) == 1
    error = capsys.readouterr().err
    assert "openvino is not installed." in error and INSTALL in error and "Traceback" not in error
    assert not list((workspace.home / "features").glob("*"))


@pytest.mark.parametrize("command", ["embed", "cluster", "place"])
def test_only_a_backend_that_was_asked_for_is_in_a_request(workspace: Workspace, corpus: Corpus, command: str) -> None:
    plain = parser().parse_args([command, corpus.id])
    asked = parser().parse_args([command, corpus.id, "--backend", "openvino"])
    assert "backend" not in plain.request(workspace, plain)
    assert asked.request(workspace, asked) == {**plain.request(workspace, plain), "backend": "openvino"}
