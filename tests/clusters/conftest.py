"""A small corpus with real text, and vectors shaped like sentence embeddings."""

from __future__ import annotations

import inspect
import statistics
import string
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.features.embedders import CARRIED
from core.workspace.artefacts import Workspace

BLOBS = 6


@dataclass(frozen=True)
class SmallCorpus:
    """What features ask of a corpus: an id and the text of a component."""

    id: str
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, component: str) -> list[str]:
        assert component == "response"
        return list(self.texts)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need no network, and do not wait to learn that there is none."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture(scope="session")
def texts() -> tuple[str, ...]:
    """Docstrings of the standard library, two Chinese lines, an empty text, and some of them twice."""
    found = [
        inspect.getdoc(value) or name
        for module in (statistics, textwrap, string)
        for name, value in sorted(vars(module).items())
        if not name.startswith("_")
    ]
    return (*found, "今天的天气很好，我们去公园散步。", "机器学习是人工智能的一个分支。", "", *found[:5])


@pytest.fixture
def corpus(texts: tuple[str, ...]) -> SmallCorpus:
    return SmallCorpus("c0ffee", texts)


@pytest.fixture(scope="session")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """(360, 32) unit vectors: six tight blobs of falling size, twelve strays; and the blob of each, -1 for a stray."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(BLOBS, 32))
    sizes = [88, 76, 64, 52, 40, 28]
    vectors = [centre + 0.12 * random.normal(size=(size, 32)) for centre, size in zip(centres, sizes, strict=True)]
    every = np.concatenate([*vectors, random.normal(size=(12, 32))])
    labels = np.concatenate([np.repeat(np.arange(BLOBS), sizes), np.full(12, -1)])
    order = random.permutation(len(every))
    every = every[order] / np.linalg.norm(every[order], axis=1, keepdims=True)
    return every.astype(np.float32), labels[order]


def store_embeddings(workspace: Workspace, corpus_id: str, vectors: np.ndarray) -> None:
    """Vectors as if they had been embedded, so that what follows can be tested without a model."""
    from core.features.embedding import embeddings_key

    manifest = {"feature": "embeddings", "distinct_texts": len(np.unique(vectors, axis=0)), "rows": len(vectors)}
    with workspace.create("features", embeddings_key(corpus_id, "response", CARRIED), manifest) as folder:
        np.save(folder / "embeddings.npy", vectors.astype(np.float32))
