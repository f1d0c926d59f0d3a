"""Every view of the Compare page draws: without anything, with a scored series, and with hostile names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.corpus.sources import from_bytes
from core.corpus.tasks import keep_uploads
from core.evidence import ledger
from core.evidence.entries import Curve, Run, Score
from core.workbench import comparison
from core.workspace.artefacts import Workspace
from tests.evidence import seeded

PAGE = Path(__file__).resolve().parents[2] / "pages" / "compare.py"
VIEWS = ("Scores and metrics", "Correlations", "Slopes", "Best pick", "More views", "Log scores", "Ledger", "Published")
MORE = ("Frontier", "By benchmark", "Metrics among themselves", "Length and size held fixed", "Across models",
        "All benchmarks as one", "Training curves")  # fmt: skip
HOSTILE = "<script>alert(1)</script> **bold** :red[x] $x$"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path))
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()


def drawn(page: AppTest | None = None, **state: object) -> AppTest:
    """The page with this session state, in a session of its own unless ``page`` goes on."""
    page = page or AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception, page.exception
    assert not page.error, [each.value for each in page.error]
    return page


def test_an_empty_workspace_shows_what_the_paper_reports(home: Path) -> None:
    page = drawn()
    for view in VIEWS[1:]:
        drawn(page, view=view)
        assert any("0 saved subsets · 0 scores" in each.value for each in page.caption)
    drawn(page, view=VIEWS[0])
    assert any("No scores yet" in each.value for each in page.text)
    assert any("Original responses" in str(each.value) or "original" in str(each.value) for each in page.dataframe)


def test_every_view_of_a_scored_series_draws(home: Path) -> None:
    seeded.scored(home)
    page = drawn()
    for view in VIEWS[1:]:
        drawn(page, view=view)
    for view in MORE:
        drawn(page, **{"view": "More views", "more-view": view})
    for way in ("Import files", "Type in", "Datasets not here"):
        drawn(page, **{"view": "Log scores", "log-way": way})
    for number in (2, 4, 5, 6, 7, 8):
        drawn(page, **{"view": "Published", "published-table": number})


def test_the_scatter_says_how_many_scores_of_how_many_subsets(home: Path) -> None:
    found = seeded.scored(home)
    page = drawn()
    distinct = len({subset.digest for subset in found})
    assert any(f"{distinct * 2} scores of {distinct} subsets, 2 training seeds" in c.value for c in page.caption)
    facts = next(each.value for each in page.dataframe if "estimate" in each.value)
    assert facts["estimate"].iloc[0] != "—"


def test_a_dataset_is_measured_from_its_file(home: Path) -> None:
    rows = [{"instruction": f"Say {word}.", "output": f"{word} and {word} again"} for word in ("one", "two", "three")]
    workspace = Workspace(home)
    held = keep_uploads(workspace, [from_bytes("mine.json", orjson.dumps(rows))])
    asked = {"uploads": held, "name": "mine.json", "tokenizer": "mistral-32k"}
    made = comparison.measure_file(workspace, asked)
    logged = ledger.read(workspace).subsets().iloc[0]
    assert (logged["subset"], logged["size"]) == (made["dataset"], 3)
    assert logged["response.ie@mistral-32k"] > 0 and logged["instruction.sl@mistral-32k"] > 0


def test_hostile_names_are_shown_as_text(home: Path) -> None:
    seeded.scored(home, label=HOSTILE)
    workspace = Workspace(home)
    run = Run(label=HOSTILE, model=HOSTILE)
    lost = Score(run=run, benchmark=HOSTILE, measure=HOSTILE, value=1.0, judge=HOSTILE)
    ledger.append(
        workspace, [lost, Curve(run=run, measure=HOSTILE, steps=(1.0, 2.0), values=(2.0, 1.0))], title=HOSTILE
    )
    page = drawn()
    for view in VIEWS:
        drawn(page, view=view)
        for each in (*page.markdown, *page.caption, *page.info, *page.warning):
            assert "**bold**" not in each.value and "<script>" not in each.value
    drawn(page, **{"view": "More views", "more-view": "Training curves"})


def test_an_undone_batch_leaves_the_page_without_its_scores(home: Path) -> None:
    seeded.scored(home)
    page = drawn(view="Ledger")
    next(button for button in page.button if button.label == "Undo").click().run()
    assert not page.exception
    assert ledger.read(Workspace(home)).scores().empty
    assert any("taken back" in each.value for each in page.text)
