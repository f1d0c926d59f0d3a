"""Token distributions of saved subsets: numbers counted by hand, on the page by its address, and by the command."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.bands import Band
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.features.tokens import compute_tokens
from core.row_positions import CorpusRows
from core.trial.rows import tokens_of
from core.workbench.inspections.token_distribution import CORPUS, band_shares, curves
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.evidence import seeded

PAGE = Path(__file__).resolve().parents[2] / "pages" / "tokens.py"
TEXTS = ["a a a b", "a b c", "a c d", "e"]  # a 5, b 2, c 2, d 1, e 1


def test_curves_and_shares_are_those_that_a_hand_counts() -> None:
    tokens = tokens_of(TEXTS)
    rows = {"first two": CorpusRows(np.array([0, 1])), "last": CorpusRows(np.array([3]))}
    data = curves(tokens, rows)
    by_name = {name: part.set_index("rank")["share"].to_dict() for name, part in data.groupby("subset", sort=False)}
    assert list(by_name) == [CORPUS, "first two", "last"]
    assert by_name[CORPUS] == pytest.approx({1: 5 / 11, 2: 2 / 11, 3: 2 / 11, 4: 1 / 11, 5: 1 / 11})
    assert by_name["first two"] == pytest.approx({1: 4 / 7, 2: 2 / 7, 3: 1 / 7})
    assert by_name["last"] == {1: 1.0}
    shares = band_shares(tokens, rows, band=Band(2, 4)).set_index("subset")
    assert shares.loc["first two", ["rows", "tokens", "types"]].tolist() == [2, 7, 3]
    assert shares.loc["first two", ["high", "mid", "low"]].tolist() == pytest.approx([4 / 7, 3 / 7, 0])
    assert shares.loc["last", ["high", "mid", "low", "mid_types"]].tolist() == [0, 0, 1, 0]
    assert shares.loc["first two", "mid_types"] == 1.0  # b and c


def test_a_long_curve_keeps_its_ends() -> None:
    tokens = tokens_of([" ".join(f"w{number}" for number in range(rank)) for rank in range(1, 500)])
    ranks = curves(tokens, {}, points=50)["rank"]
    assert len(ranks) <= 50
    assert (ranks.iloc[0], ranks.iloc[-1]) == (1, 499)


def test_the_page_draws_the_subsets_of_its_address_and_keeps_a_choice_there(workspace: Workspace) -> None:
    saved = seeded.subsets(workspace.home, measured=False)
    tokens = compute_tokens(CorpusText(_corpus(workspace, saved), "response"), "mistral-32k")
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.query_params[address.TOKEN_SUBSETS.name] = f"{saved[1].key},gone,{saved[5].key}"
    page.run()
    assert not page.exception, page.exception
    table = next(frame.value for frame in page.dataframe if "mid_types" in frame.value).set_index("subset")
    assert list(table.index) == [CORPUS, saved[1].name, saved[5].name]
    rows = _corpus(workspace, saved).positions_of(saved[1].ids)
    ids = np.concatenate([tokens.ids[tokens.indptr[row] : tokens.indptr[row + 1]] for row in rows])
    assert table.loc[saved[1].name, "tokens"] == len(ids)
    assert table.loc[saved[1].name, "types"] == len(Counter(ids.tolist()))
    box = next(box for box in page.multiselect if box.label == "Saved subsets")
    box.set_value([saved[6].key]).run()
    assert page.query_params[address.TOKEN_SUBSETS.name] == saved[6].key


def test_without_an_address_the_ends_of_the_newest_series_are_drawn(workspace: Workspace) -> None:
    saved = seeded.subsets(workspace.home, measured=False)
    compute_tokens(CorpusText(_corpus(workspace, saved), "response"), "mistral-32k")
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.query_params[address.TOKENS_VIEW.name] = "saved"
    page.run()
    box = next(box for box in page.multiselect if box.label == "Saved subsets")
    assert box.value == [saved[0].key, saved[-1].key]


def test_the_command_prints_the_same_shares_and_writes_the_curves(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = seeded.subsets(workspace.home, measured=False)
    out = tmp_path / "curves.csv"
    names = [saved[0].name, saved[6].name]
    assert main(["token-shares", *names, "--csv", str(out)]) == 0
    said = capsys.readouterr().out
    assert "response, mistral-32k, mid band 2 to 60" in said
    tokens = compute_tokens(CorpusText(_corpus(workspace, saved), "response"), "mistral-32k")
    rows = {subset.name: _corpus(workspace, saved).positions_of(subset.ids) for subset in (saved[0], saved[6])}
    shares = band_shares(tokens, rows, band=Band(2, 60)).set_index("subset")
    for name in (CORPUS, *names):
        line = next(line for line in said.splitlines() if line.startswith(f"{name} "))
        assert f"{shares.loc[name, 'mid']:.2%}" in line
    pd.testing.assert_frame_equal(pd.read_csv(out), curves(tokens, rows), check_dtype=False)
    assert main(["token-shares", "nothing"]) == 1


def _corpus(workspace: Workspace, saved: list):
    return open_corpus(workspace, saved[0].recipe.corpus)
