"""The source mixture on Compare: RegMix's law, the user's own saved subsets, tables that are logged by a press."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from core.evidence import ledger
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.evidence import seeded
from tests.pages.compare.views import turn_to_view

PAGE = Path(__file__).resolve().parents[3] / "pages" / "compare.py"


def opened(**state: object) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=240)
    turn_to_view(page, "mixture")
    for name, value in state.items():
        page.session_state[name] = value
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    return page


def box(page: AppTest, label: str) -> Selectbox:
    return next(select for select in page.selectbox if select.label == label)


def test_the_law_of_the_regmix_runs_and_its_best_mixture_are_drawn(home: Path) -> None:
    page = opened(**{address.COMPARE_EVIDENCE.widget.name: "regmix"})
    assert not page.file_uploader
    assert box(page, "Runs").options == ["1M parameters", "60M parameters", "1B parameters"]
    page = checked(box(page, "Runs").select("1B parameters").run())
    assert box(page, "Score").value == "mean"
    page = checked(box(page, "Score").select("pile_cc").run())
    said = next(text.value for text in page.markdown if "Rank correlation" in text.value)
    assert "64 runs" in said
    assert float(said.split("**")[1]) == pytest.approx(0.987, abs=0.005)
    table = next(frame.value for frame in page.dataframe if "best, %" in frame.value)
    assert float(table.set_index("source").loc["pile_cc", "best, %"]) == pytest.approx(61.8, abs=0.1)
    assert address.MIXTURE_SOURCES.name not in page.query_params
    linked = AppTest.from_file(str(PAGE), default_timeout=240)
    linked.query_params.update(dict(page.query_params))
    linked = checked(linked.run())
    assert (box(linked, "Runs").value, box(linked, "Score").value) == ("1B parameters", "pile_cc")


def test_saved_subsets_of_few_runs_claim_nothing_and_an_empty_view_says_what_it_needs(home: Path) -> None:
    page = opened()
    assert any("several sources or categories" in text.value for text in page.text)
    seeded.scored(home)
    page = opened()
    assert box(page, "Sources").value == "category"
    other = next(option for option in box(page, "Sources").options if "category" not in option)
    page = checked(box(page, "Sources").select(other.removeprefix("saved subsets by ")).run())
    chosen = page.query_params[address.MIXTURE_SOURCES.name]
    linked = AppTest.from_file(str(PAGE), default_timeout=240)
    linked.query_params.update({address.COMPARE_VIEW.name: "mixture", address.MIXTURE_SOURCES.name: chosen})
    assert box(checked(linked.run()), "Sources").value == chosen
    page = opened()
    assert any("Nothing is claimed: 7 runs" in warning.value.replace("\\", "") for warning in page.warning)


def test_two_tables_are_logged_by_a_press_and_drawn_at_once(home: Path) -> None:
    page = opened()
    generator = np.random.default_rng(0)
    shares = generator.dirichlet(np.ones(3), 30)
    ratios = pd.DataFrame(shares, columns=["web", "code", "books"]).rename_axis("index").reset_index()
    losses = pd.DataFrame({"index": range(30), "loss": 2 + np.exp(-2 * shares[:, 1])})
    first, second = page.file_uploader
    first.set_value(("shares.csv", ratios.to_csv(index=False).encode(), "text/csv"))
    second.set_value(("losses.csv", losses.to_csv(index=False).encode(), "text/csv"))
    page.text_input(key="mixture-model").set_value("small")
    page = checked(page.run())
    assert len(page.dataframe[0].value) == 30
    page = checked(page.button(key="mixture-tables-log").click().run())
    assert len(ledger.read(Workspace(home)).scores()) == 30
    assert any("30 scores logged" in message.value for message in page.success)
    said = next(text.value for text in page.markdown if "Rank correlation" in text.value)
    assert float(said.split("**")[1]) > 0.99
    broken = ratios.assign(web=-1)
    page.file_uploader[0].set_value(("shares.csv", broken.to_csv(index=False).encode(), "text/csv"))
    page.file_uploader[1].set_value(("losses.csv", losses.to_csv(index=False).encode(), "text/csv"))
    page = checked(page.run())
    assert any("0 or more" in message.value for message in page.error)
