"""Known diversity on the Measure page: a press queues the job, and the page then says what each metric follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.metrics.registry import metrics
from core.workbench.inspections import simulation
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.corpora import corpus_of, records
from tests.jobs.in_process import do_queued

FEW = ("rows", "ie", "novelsum", "mtld")
PAGE = Path(__file__).resolve().parents[3] / "pages" / "measure.py"


def test_the_press_measures_made_up_corpora_and_the_table_names_what_each_metric_follows(
    home: Path, no_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {name: metrics()[name] for name in FEW}  # the others take half a minute
    monkeypatch.setattr(simulation, "metrics", lambda: known)
    corpus_of(home, records())
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.session_state[address.MEASURE_VIEW.widget.name] = "known"
    page.run()
    assert any("Does a metric see diversity" in notice.value for notice in page.info)
    page.number_input(key="known-rows").set_value(128)
    page.number_input(key="known-seeds").set_value(2)
    page.run()
    assert page.button(key="known-start").label == "Measure 56 made-up corpora"
    page.button(key="known-start").click().run()
    assert not page.exception
    assert len(do_queued(Workspace(home))) == 1
    page.run()
    assert not page.exception
    table = next(frame.value for frame in page.dataframe if "verdict" in frame.value).set_index("metric")
    assert len(table) == len(FEW)
    assert table.loc["NovelSum", "verdict"] == "monotone in all three knobs; follows size"
    assert table.loc["Rows", "size moves"] == "only"
    assert any("it needs words of English" in caption.value for caption in page.caption)
    page.selectbox(key=address.KNOWN_METRIC.widget.name).select("mtld").run()
    assert page.query_params[address.KNOWN_METRIC.name] in ("mtld", ["mtld"])
    assert not page.exception
    assert any("At some steps without a value" in caption.value for caption in page.caption)
