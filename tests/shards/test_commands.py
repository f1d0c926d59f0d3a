"""From the command line: how a corpus is cut, and the same files whatever engine is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.__main__ import main
from core.corpus.store import Corpus
from core.features.tokens import tokens_key
from core.shards.engine import described


def test_the_cut_is_shown(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shards", corpus.id, "--engine", "pool:2", "--shards", "3"]) == 0
    said = capsys.readouterr().out
    assert "a pool of 2 processes: this corpus is computed by shards" in said and "58 rows" in said
    assert "38 to 58" in said
    assert main(["shards", corpus.id, "--engine", "one"]) == 0
    assert "one process: this corpus is computed whole" in capsys.readouterr().out


def test_tokens_by_shards_are_what_every_page_reads(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tokens", corpus.id, "--engine", "one", "--shards", "4"]) == 0
    by_shards = capsys.readouterr().out
    key = tokens_key(corpus.id, "response", "mistral-32k")
    assert corpus.workspace.open("features", key).manifest["shards"] == 4
    for path in corpus.workspace.folder("features", key).iterdir():
        path.unlink()
    assert main(["tokens", corpus.id, "--engine", "one"]) == 0
    assert capsys.readouterr().out == by_shards
    assert "shards" not in corpus.workspace.open("features", key).manifest


def test_neighbours_need_vectors_and_say_how_to_make_them(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["neighbours", corpus.id, "--embedder", "instant"]) == 1
    assert "python -m core embed CORPUS --component response --embedder instant" in capsys.readouterr().err
    assert main(["embed", corpus.id, "--embedder", "instant", "--engine", "one", "--shards", "2"]) == 0
    assert main(["neighbours", corpus.id, "--embedder", "instant", "--shards", "3", "--engine", "one"]) == 0
    assert "58 rows, 32 neighbours of each" in capsys.readouterr().out
    assert main(["cluster", corpus.id, "--embedder", "instant", "--min-cluster-size", "5"]) == 0
    assert "Neighbours: those that `neighbours` found, exactly." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--engine", "dask"], "There is no engine 'dask'."), (["--shards", "-1"], "cut into at least one shard")],
)
def test_what_is_no_engine_is_refused(
    corpus: Corpus, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tokens", corpus.id, *words]) == 1
    assert said in capsys.readouterr().err


def test_who_computes_is_said_and_so_is_a_wrong_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIVERSCOPE_ENGINE", "pool:3")
    assert described() == "Features are computed by a pool of 3 processes."
    monkeypatch.setenv("DIVERSCOPE_ENGINE", "nothing")
    assert described().startswith("There is no engine 'nothing'.")
