"""From a model behind an endpoint to a subset balanced over what it knows already, in the browser."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.corpus.store import open_corpus
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace
from tests.answers.abilities import Abilities, corpus_of_questions
from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.endpoint.stand_in import endpoint, without_own_keys

pytestmark = [pytest.mark.browser]

COUNT = 200
ABLE = Abilities({"m": 0.0}, {number: (number - 100) / 30 for number in range(COUNT)})


def test_sampled_answers_lead_to_levels_of_mastery_and_to_a_subset_balanced_over_them(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_own_keys(monkeypatch)
    home = tmp_path / "workspace"
    corpus = corpus_of_questions(Workspace(home), COUNT)
    with endpoint(ABLE) as (url, seen), serving(home) as address:
        desk = Desk(page, address)
        desk.open("scores")
        desk.choose("What a score needs", "A model")
        desk.choose("View", "Answers")
        desk.choose("Answers from", "A model behind an endpoint")
        page.get_by_role("textbox", name="Address").fill(url)
        page.keyboard.press("Enter")
        desk.settle()
        page.get_by_role("textbox", name="Model", exact=True).fill("m")
        page.keyboard.press("Enter")
        desk.sees(re.compile("there already"))
        assert not seen.bodies  # nothing is asked before the press
        desk.press(re.compile("^Draw [0-9]+ answers$"))
        desk.sees("Put together what is there", timeout=120_000)
        desk.settle()
        desk.shot("answers-drawn")

        desk.choose("Of the answers", "Mastery")
        desk.select("An answer agrees by", "The same final number")
        desk.press("Mark the answers")
        desk.sees("Keep these levels", timeout=120_000)
        desk.settle()
        desk.shot("answers-mastery")
        desk.press("Keep these levels")
        desk.sees(re.compile("hold these levels now"))
        assert "mastery level" in corpus.columns
        desk.no_errors()

        desk.turn_to("Subsets")
        desk.select("Strategy", "Balanced over categories")
        desk.press("Settings")
        desk.select("Columns", "mastery level")
        page.keyboard.press("Escape")
        desk.settle()
        desk.shot("answers-balanced")
        desk.press(re.compile("^Save$"))
        desk.sees(re.compile("Saved as"))
        desk.no_errors()
    (subset,) = list_subsets(Workspace(home))
    levels = open_corpus(Workspace(home), corpus.id).column("mastery level")
    rows = corpus.positions_of(subset.ids)
    taken, there = Counter(levels[rows].tolist()), Counter(levels[~corpus.holdout].tolist())
    fewest = min(taken.values())
    assert len(taken) > 2 and subset.recipe.strategy == "balanced"
    # A level gives as many rows as any other, or all that it has.
    assert all(number <= fewest + 1 or there[level] >= number for level, number in taken.items())
    assert all(number >= max(taken.values()) - 1 or number == there[level] for level, number in taken.items())
