"""advise proposes a strategy from three answers; card says what is published of one and what the scores here say."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.__main__ import main
from core.selection.adviser import WANT
from core.selection.registry import strategies
from tests.corpora import corpus_of, records
from tests.evidence.logged_series import logged


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("want", list(WANT))
def test_advise_names_a_strategy_and_why(home: Path, capsys: pytest.CaptureFixture[str], want: str) -> None:
    said = printed(capsys, "advise", "--want", want, "--size", "500", "--pool-rows", "20000")
    first = said.splitlines()[0]
    assert any(f"({name})" in first for name in strategies())
    assert "for 500 rows of 20,000" in first
    assert "because: " in said


def test_a_corpus_answers_what_there_is_and_how_many_rows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, corpus = corpus_of(home, records(60))
    balanced = printed(capsys, "advise", corpus.id, "--want", "balance", "--size", "20")
    assert balanced.startswith("B2NERD"), balanced  # the corpus has categories
    scored = printed(capsys, "advise", corpus.id, "--want", "both", "--size", "20")
    assert "lacks: " not in scored  # and a column of scores
    assert "of 5" in scored.splitlines()[0]  # without its holdout rows


def test_what_is_lacking_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "advise", "--want", "target", "--size", "500", "--pool-rows", "20000")
    assert "lacks: With example rows like those the model shall answer the proposal would be another." in said
    without = printed(
        capsys, "advise", "--want", "target", "--have", "examples", "--size", "500", "--pool-rows", "20000"
    )
    assert "lacks" not in without
    assert without.startswith("TSDS")


def test_advise_without_a_number_of_rows_says_what_to_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise"]) == 1
    assert "Name a corpus, or say --pool-rows." in capsys.readouterr().err


def test_a_card_has_both_sides_and_the_ledgers_word(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logged(home, strategies=("macro",), sizes=(100,), random=4)
    said = printed(capsys, "card", "qdit")
    assert "for: Points above a random draw of the same size: +1.31 with Llama-3.1-8B" in said
    assert "against: Diversity and quality pull against each other" in said
    assert "2503.01807" in said
    assert "here: Not yet known to beat random here." in said
    macro = printed(capsys, "card", "macro")
    assert "better than random, 1 of its own against 4 random" in " ".join(macro.split())


def test_a_card_of_an_examples_scores_has_intervals(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = " ".join(printed(capsys, "card", "macro", "--example", "measured-series").split())
    assert "(95 % interval" in said
    assert "3 of its own against 7 random" in said
