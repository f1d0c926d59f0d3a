"""A small corpus with real text, and no network."""

from __future__ import annotations

import inspect
import statistics
import string
import textwrap
from dataclasses import dataclass

import pytest

from core.workspace.artefacts import Workspace


@dataclass(frozen=True)
class SmallCorpus:
    """What features ask of a corpus: where it lies, an id and the text of a component."""

    workspace: Workspace
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


@pytest.fixture(scope="session")
def texts() -> tuple[str, ...]:
    """Docstrings of the standard library, two Chinese lines, an empty text, and some of them twice."""
    result = [
        inspect.getdoc(value) or name
        for module in (statistics, textwrap, string)
        for name, value in sorted(vars(module).items())
        if not name.startswith("_")
    ]
    return (*result, "今天的天气很好，我们去公园散步。", "机器学习是人工智能的一个分支。", "", *result[:5])


@pytest.fixture
def small_corpus(workspace: Workspace, texts: tuple[str, ...]) -> SmallCorpus:
    return SmallCorpus(workspace, "c0ffee", texts)
