"""What `choose` and `build` write: rows, and beside each export the recipe that made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from core.__main__ import main
from core.corpus.store import Corpus
from core.workbench.recipe import Recipe
from tests.corpora import corpus_of, records


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of(tmp_path_factory.mktemp("home"), records(60))[1]


@pytest.fixture(autouse=True)
def _home(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(corpus.workspace.home))


def choose(corpus: Corpus, *options: str) -> int:
    return main(["choose", corpus.id, "--strategy", "random", "--size", "10", *options])


def test_each_export_keeps_its_own_recipe_and_it_builds_the_same_rows(corpus: Corpus, tmp_path: Path, capsys) -> None:
    for stem, seed in (("one", "1"), ("two", "2")):
        assert choose(corpus, "--seed", seed, "--out", str(tmp_path / f"{stem}.jsonl")) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one.jsonl", "one.recipe.json", "two.jsonl", "two.recipe.json"
    ]  # fmt: skip
    assert "one.recipe.json beside it" in capsys.readouterr().out
    first, second = (Recipe.read(tmp_path / f"{stem}.recipe.json") for stem in ("one", "two"))
    assert (first.seed, second.seed) == (1, 2)
    assert main(["build", str(tmp_path / "one.recipe.json"), "--out", str(tmp_path / "again.jsonl")]) == 0
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()


def test_two_exports_under_one_stem_keep_two_recipes_where_their_rows_differ(corpus: Corpus, tmp_path: Path) -> None:
    choose(corpus, "--seed", "1", "--out", str(tmp_path / "x.jsonl"))
    choose(corpus, "--seed", "1", "--out", str(tmp_path / "x.parquet"))
    assert not (tmp_path / "x.parquet.recipe.json").exists()
    choose(corpus, "--seed", "2", "--out", str(tmp_path / "x.parquet"))
    assert Recipe.read(tmp_path / "x.recipe.json").seed == 1
    assert Recipe.read(tmp_path / "x.parquet.recipe.json").seed == 2


def test_rows_that_a_format_has_no_place_for_are_counted_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    silent = {"instruction": "Bye", "output": "Goodbye", "history": [["Hi", ""]], "extra": 1}
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    _, mixed = corpus_of(tmp_path / "home", [*records(9), silent])
    out = tmp_path / "out" / "subset.json"
    out.parent.mkdir()
    assert choose(mixed, "--format", "alpaca", "--out", str(out)) == 0
    said = capsys.readouterr()
    assert "9 rows as Alpaca JSON" in said.out
    assert "Left out: 1 row with an answer that is empty or missing" in said.err
    assert len(orjson.loads(out.read_bytes())) == 9
    (left_out,) = map(orjson.loads, (out.parent / "subset.left_out.jsonl").read_bytes().splitlines())
    assert mixed.rows(mixed.positions_of(np.array([int(left_out["id"], 16)], dtype=np.uint64)))[0]["turns"]


@pytest.mark.parametrize("position", ["250", "-1"])
def test_a_position_is_refused_in_the_unit_in_which_it_was_given(corpus: Corpus, position: str, capsys) -> None:
    assert choose(corpus, "--position", position) == 1
    assert f"between 0 and 100 %, not at {position} %" in capsys.readouterr().err


@pytest.mark.parametrize("position", ["nan", "inf", "half"])
def test_a_position_that_is_no_number_is_refused_with_its_option(corpus: Corpus, position: str, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        choose(corpus, "--position", position)
    assert f"argument --position: '{position}' is not a number" in capsys.readouterr().err
