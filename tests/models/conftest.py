from __future__ import annotations

from pathlib import Path

import pytest

from core.corpus.store import Corpus
from core.workspace.artefacts import Workspace
from tests.models.tiny import tiny_model
from tests.workbench.corpora import corpus_of, records


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models: two checkpoints of one shape, and one without a begin token."""
    folder: Path = tmp_path_factory.mktemp("models")
    return {
        "first": tiny_model(folder / "first"),
        "second": tiny_model(folder / "second", seed=1),
        "bare": tiny_model(folder / "bare", seed=2, begin=False),
    }


@pytest.fixture
def made(tmp_path: Path) -> tuple[Workspace, Corpus]:
    rows = records(40)
    rows[4]["output"] = "a"
    rows[5]["output"] = "river " * 400
    rows[6]["instruction"] = "walnut " * 400
    return corpus_of(tmp_path / "home", rows)
