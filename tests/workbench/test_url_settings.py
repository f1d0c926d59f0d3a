"""What a link asks for is taken only where it can be used here, and never read before it is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.features import tokenizers
from core.workbench.feature_settings import FeatureSettings
from core.workbench.url_settings import settings_of_link

LOCAL = "127.0.0.1"


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path / "allowed"))


def test_what_can_be_used_is_taken() -> None:
    asked = {"component": "both", "tokenizer": "words", "low": "2", "min_cluster_size": "5", "noise": "own"}
    choice, refused = settings_of_link({**asked, "strategy": "micro"}, address=LOCAL)
    assert choice == FeatureSettings(component="both", tokenizer="words", low=2.0, min_cluster_size=5, noise="own")
    assert refused == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("component", "title", "A component is one of"),
        ("tokenizer", "nobody/nothing", "not in the local cache"),
        ("tokenizer", "", "needs a name"),
        ("tokenizer", "<b>x</b>", "not the name of a tokenizer"),
        ("embedder", "!!", "cannot be a hub id"),
        ("partition", "tree", "The partition is one of"),
        ("min_cluster_size", "-3", "between 2 and 100,000"),
        ("noise", "gone", "Noise is one of"),
        ("unit", "rows", "Bands are given in"),
        ("low", "nan", "A threshold is a number"),
        ("high", "-1", "A threshold is a number"),
        ("seed", "abc", "seed cannot be"),
        ("tagger", "magic", "tagger is one of"),
    ],
)
def test_what_cannot_be_used_stays_at_its_default_and_is_said(name: str, value: str, reason: str) -> None:
    choice, refused = settings_of_link({name: value, "high": "400"} if name != "high" else {name: value}, address=LOCAL)
    assert getattr(choice, name) == getattr(FeatureSettings(), name)
    assert len(refused) == 1
    assert reason in refused[0]
    assert name == "high" or choice.high == 400


@pytest.mark.parametrize("kind", ["tokenizer", "embedder"])
def test_a_folder_outside_the_roots_is_refused_before_it_is_read(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("the folder was read")

    monkeypatch.setattr(tokenizers, "_load", read)
    monkeypatch.setattr("core.features.embedders.find_embedder", read)
    secret = tmp_path / "secret"
    secret.mkdir()
    choice, refused = settings_of_link({kind: str(secret)}, address=LOCAL)
    assert choice == FeatureSettings()
    assert "outside the folders this server may read" in refused[0]
