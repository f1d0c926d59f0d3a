"""A small corpus, and an environment without keys of the person who runs the tests."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import without_own_keys


@dataclass(frozen=True)
class SmallCorpus:
    """What tagging asks of a corpus: where it lies, an id and the text of a component."""

    workspace: Workspace
    texts: tuple[str, ...]
    id: str = "c0"

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, component: str) -> list[str]:
        return list(self.texts)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
