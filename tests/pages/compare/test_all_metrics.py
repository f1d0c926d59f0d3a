"""The table of every metric on every saved subset, from the press to the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evidence import ledger
from core.jobs import job_names, queue
from core.metrics.registry import metric, metrics
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.evidence import seeded
from tests.jobs.in_process import do_queued
from tests.pages.compare.views import turn_to_view

PAGE = Path(__file__).resolve().parents[3] / "pages" / "compare.py"


def drawn(page: AppTest | None = None) -> AppTest:
    page = page or AppTest.from_file(str(PAGE), default_timeout=240)
    turn_to_view(page, "metrics")
    page.run()
    assert not page.exception and not page.error
    return page


@pytest.mark.usefixtures("no_worker")
def test_one_press_measures_every_metric_on_every_subset(home: Path) -> None:
    workspace, subsets = Workspace(home), seeded.subsets(home)
    page = drawn()
    page.toggle(key="all-metrics-embed").set_value(False).run()
    before = next(caption.value for caption in page.caption if "missing" in caption.value)
    assert "about" in before and "values missing" in before and "random bands missing" in before
    page.button(key="all-metrics-start").click().run()
    (job,) = do_queued(workspace)
    assert job.task == job_names.MEASURE_EVERY and set(job.request["metrics"]) == {*metrics()}
    assert queue.job(workspace, job.id).state == "done"
    page = drawn(page)
    assert "all-metrics-start" not in [button.key for button in page.button]
    (table,) = [shown.value for shown in page.dataframe if "metric" in shown.value]
    assert {subset.name for subset in subsets} <= {*table.columns}
    of_text = table.set_index(["metric", "component"])
    assert " to " in of_text.loc[(metric("cr").title, "response"), subsets[0].name]
    assert metric("ttr").title in set(table["metric"])
    why = "\n".join(text.value for text in page.text)
    assert metric("novelsum").title in why and "embeddings" in why  # no model is here, and none was asked for
    # The metrics that were measured correlate with scores at once.
    ledger.add_scores(workspace, seeded.scores_of(subsets), title="some")
    page = AppTest.from_file(str(PAGE), default_timeout=240)
    page.query_params[address.COMPARE_VIEW.name] = "correlations"
    page.run()
    (estimates,) = [shown.value for shown in page.dataframe if "pearson" in shown.value]
    assert any(name.startswith(metric("ttr").title) for name in estimates["metric"])


@pytest.mark.usefixtures("no_worker")
def test_the_table_shows_the_subsets_that_are_chosen(home: Path) -> None:
    seeded.three_series(home)
    page = drawn()
    box = next(box for box in page.multiselect if box.key == address.METRICS_ONLY["series"].several.name)
    assert len(box.options) == 3
    box.set_value([box.options[0]]).run()
    (table,) = [shown.value for shown in page.dataframe if "metric" in shown.value]
    assert len([name for name in table.columns if "%" in name]) == 7
    linked = AppTest.from_file(str(PAGE), default_timeout=240)
    only = address.METRICS_ONLY["series"]
    linked.query_params.update(dict(page.query_params))
    assert linked.run().session_state[only.several.name] == page.session_state[only.several.name] != []
    page.segmented_control(key="ds.bound.metrics-on.widget").set_value("response").run()
    (table,) = [shown.value for shown in page.dataframe if "metric" in shown.value]
    assert "instruction" not in set(table["component"])


def test_without_a_subset_it_says_what_to_press(home: Path) -> None:
    assert any("No saved subsets yet" in text.value for text in drawn().text)
