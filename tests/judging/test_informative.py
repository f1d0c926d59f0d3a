"""The most informative prompts: information by hand, planted levels, and the set that is stored."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.errors import InputError
from core.judging.informative import expected_information, most_informative
from core.judging.prompt_set import Prompt, keep_prompts, list_prompts

LEVELS = [-3.0, -1.0, 0.0, 0.2, 1.5, 3.0]


@pytest.fixture
def prompts(workspace):
    return keep_prompts(workspace, [Prompt.of(f"Question {n}?", f"q{n}") for n in range(len(LEVELS))], name="exam")


def test_information_equals_the_average_over_abilities() -> None:
    slope, level = np.array([0.5, 2.0]), np.array([1.0, -0.5])
    got = expected_information(slope, level, mean=0.3, spread=0.7)
    for item in range(2):
        points = [-4 + 8 * step / 40 for step in range(41)]
        weights = [math.exp(-point * point / 2) for point in points]
        chances = [1 / (1 + math.exp(-slope[item] * (0.3 + 0.7 * point - level[item]))) for point in points]
        mean = sum(w * slope[item] ** 2 * p * (1 - p) for w, p in zip(weights, chances)) / sum(weights)
        assert got[item] == pytest.approx(mean)


def test_prompts_near_the_ability_are_chosen_by_words_or_by_id(workspace, prompts) -> None:
    table = pd.DataFrame({"id": [f"q{n}" for n in range(6)], "b": LEVELS, "a": 1.7})
    chosen = most_informative(workspace, prompts, table, count=2, mean=0.1, spread=0.1)
    assert [prompt.given for prompt in chosen.prompts.prompts] == ["q2", "q3"]
    assert chosen.error > chosen.error_of_all > 0
    words = pd.DataFrame({"prompt": [f"Question  {n}?" for n in range(6)], "difficulty": LEVELS})
    high = most_informative(workspace, prompts, words, count=1, mean=3.0, spread=0.1)
    assert high.prompts.prompts[0].text == "Question 5?"
    with pytest.raises(InputError, match="asked for"):
        most_informative(workspace, prompts, words[:2], count=3)
    with pytest.raises(InputError, match="no column difficulty"):
        most_informative(workspace, prompts, words[["prompt"]], count=1)


def test_the_command_stores_a_set(workspace, prompts, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    path = tmp_path / "items.csv"
    pd.DataFrame({"id": [f"q{n}" for n in range(6)], "difficulty": LEVELS}).to_csv(path, index=False)
    asked = ["prompts", "--informative", "3", "--of", "exam", "--items", str(path), "--ability", "0", "0.5"]
    assert main(asked) == 0
    assert "with all" in capsys.readouterr().out
    assert {kept.name for kept in list_prompts(workspace)} == {"exam", "exam, 3 most informative"}
    assert main(["prompts", "--informative", "3", "--of", "exam", "--items", str(tmp_path / "none.csv")]) == 1
