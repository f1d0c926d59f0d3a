"""A stranger opens Compare: real runs are offered, every view draws them, and no ledger is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evidence.mixture_entries import ALL_DOMAINS
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.evidence import seeded
from tests.pages.compare.views import turn_to_view

PAGE = Path(__file__).resolve().parents[3] / "pages" / "compare.py"
VIEWS = ("scatter", "correlations", "slopes", "best-pick", "mixture", "more", "log", "ledger", "published")


def opened(**state: object) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in state.items():
        page.session_state[name] = value
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    assert not page.error, [message.value for message in page.error]
    return page


def pressed(page: AppTest, key: str) -> AppTest:
    return checked(next(button for button in page.button if button.key == key).click().run())


def turned(page: AppTest, view: str) -> AppTest:
    turn_to_view(page, view)
    return checked(page.run())


def test_an_empty_ledger_offers_the_runs_and_the_press_shows_their_correlations(home: Path) -> None:
    page = pressed(opened(), "compare-open-regmix")
    assert page.query_params["evidence"] == "regmix"
    said = " ".join(caption.value for caption in page.caption).replace("\\", "")
    assert "832 data sets · 832 runs · 11,648 scores" in said
    assert "MIT" in said and "2407.01492" in said
    turned(page, "correlations")
    page.session_state[address.COMPARE_ESTIMATE.widget.name] = "spearman"
    checked(page.run())
    table = next(frame.value for frame in page.dataframe if "spearman" in frame.value)
    entropy = table[(table["metric"] == "Source entropy") & (table["benchmark"] == ALL_DOMAINS)].set_index("model")
    assert entropy["spearman"].astype(float).to_dict() == {
        "1M parameters": pytest.approx(-0.828, abs=0.001),
        "60M parameters": pytest.approx(-0.828, abs=0.001),
        "1B parameters": pytest.approx(-0.555, abs=0.001),
    }
    turned(page, "more")
    page.session_state[address.COMPARE_MORE.widget.name] = "fixed"
    checked(page.run())
    held = next(frame.value for frame in page.dataframe if "partial" in frame.value)
    turn = held[(held["metric"] == "Source entropy") & (held["benchmark"] == "pile_cc")].set_index("model")
    assert float(turn.loc["1B parameters", "plain"]) == pytest.approx(0.156, abs=0.001)
    assert float(turn.loc["1B parameters", "partial"]) == pytest.approx(-0.388, abs=0.001)
    assert Workspace(home).keys("ledger") == []


def test_every_view_draws_the_example_and_takes_nothing(home: Path) -> None:
    page = opened(**{address.COMPARE_EVIDENCE.widget.name: "regmix"})
    for view in VIEWS[1:]:
        turned(page, view)
        keys = [button.key for button in page.button]
        assert not any(str(key).startswith(("undo-", "import-", "match-")) for key in keys), keys
    turned(page, "log")
    assert not page.text_input
    pressed(page, "compare-to-mine")
    assert address.COMPARE_EVIDENCE.name not in page.query_params
    assert any("0 saved subsets · 0 scores" in caption.value for caption in page.caption)


def test_own_scores_stand_first_and_the_examples_beside_them(home: Path) -> None:
    seeded.scored(home)
    page = opened()
    assert not any(str(button.key).startswith("compare-open") for button in page.button)
    before = Workspace(home).keys("ledger")
    group = next(box for box in page.selectbox if box.key == address.COMPARE_METRIC.widget.name).value
    page.session_state[address.COMPARE_EVIDENCE.widget.name] = "regmix"
    checked(page.run())
    assert next(box for box in page.selectbox if box.key == address.COMPARE_METRIC.widget.name).value != group
    page.session_state[address.COMPARE_EVIDENCE.widget.name] = "mine"
    checked(page.run())
    assert next(box for box in page.selectbox if box.key == address.COMPARE_METRIC.widget.name).value == group
    assert Workspace(home).keys("ledger") == before
