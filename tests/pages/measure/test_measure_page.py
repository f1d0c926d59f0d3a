"""The Measure page as a script: what it says in each view, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.budgets.profile_store import drop_profile, put_profile
from core.budgets.trainer_profile import TrainerProfile
from core.jobs import job_names, queue
from core.progress import silent
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.curves import measure_curves
from core.workbench.measuring import measure_sources
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.tasks.features import tokens
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.corpora import corpus_of, records
from tests.jobs.in_process import do_queued
from tests.metrics.faults import break_metric, put_metric

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.usefixtures("no_worker")


@pytest.fixture
def saved(home: Path) -> Workspace:
    """A corpus of two sources with subsets of 30 and 60 rows at five levels each."""
    rows = [{**row, "source": ("a", "b")[number % 2]} for number, row in enumerate(records(150))]
    workspace, corpus = corpus_of(home, rows)
    recipe = Recipe(
        corpus=corpus.id, choice=FeatureSettings(low=2, high=60).as_dict(), parameters={"low": 2, "high": 60}
    )
    for size in (30, 60):
        for level in (0.0, 0.25, 0.5, 0.75, 1.0):
            built = build(workspace, replace(recipe, size=size, position=level))
            save(workspace, built, name=f"{size} at {level}")
    return workspace


def corpus_view(view: str = "one", **query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in {"low": "2", "high": "60", "measure-view": view, **query}.items():
        test.query_params[name] = value
    test.run()
    test.switch_page("pages/measure.py")
    test.run()
    assert not test.exception
    assert "no message was written" not in said(test)
    return test


def said(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.title, test.subheader, test.text)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def line(test: AppTest, title: str):
    """One metric's line in the table."""
    frame = test.dataframe[0].value
    return frame[frame["Metric"] == title].iloc[0]


def finish(workspace: Workspace, task: str, run) -> None:
    """Do at once what the page asked a job for, and forget the job."""
    (asked,) = [job for job in queue.jobs(workspace) if job.task == task]
    run(workspace, dict(asked.request), silent)
    queue.cancel(workspace, asked.id)
    queue.forget(workspace, asked.id)


def test_without_a_corpus_the_page_invites(home: Path) -> None:
    assert "No corpus yet" in said(corpus_view())


def test_every_metric_has_a_line_with_its_bands_or_the_reason_why_not(saved: Workspace) -> None:
    from core.metrics.registry import metrics

    test = corpus_view()
    assert len(test.dataframe[0].value) == len(metrics())
    entropy = line(test, "Information entropy (IE)")
    assert entropy["Same rows"].split()[0] in ("▲", "●", "▼")
    assert entropy["Same tokens"].split()[0] in ("▲", "●", "▼")
    assert entropy["Moves with"] == "size, length"
    assert line(test, "Embedding distance (ED)")["Note"].startswith("undefined because it needs the embeddings")
    assert line(test, "Distinct-n")["Note"] == "not measured yet"


def test_every_metric_that_is_measured_is_a_dot_on_its_bands_as_a_picture(saved: Workspace) -> None:
    test = corpus_view()
    assert not test.get("plotly_chart")
    test.segmented_control(key=address.METRICS_AS.widget.name).set_value("picture").run()
    assert not test.exception
    (chart,) = test.get("plotly_chart")
    spec = chart.proto.spec
    assert "Information entropy (IE)" in spec and "of as many rows" in spec and "of as many tokens" in spec
    assert line(test, "Information entropy (IE)")["Value"] != "—"  # the table is below, folded


def test_a_press_measures_the_longer_ones_by_a_job(saved: Workspace) -> None:
    test = corpus_view()
    test.multiselect(key="measure-wanted").set_value(["distinct_n", "self_repetition"]).run()
    test.button(key="measure-start").click().run()
    assert not test.exception
    assert any(button.label == "Cancel" for button in test.button)
    finish(saved, job_names.MEASURE_SOURCES, measure_sources)
    test.run()
    assert " to " in line(test, "Distinct-n")["Same rows"]
    assert line(test, "Distinct-n")["Note"] == ""
    assert "Everything chosen is measured" in said(test)


def test_a_metrics_knobs_change_its_number(saved: Workspace) -> None:
    test = corpus_view()
    test.selectbox(key=address.PICKED_METRIC.widget.name).set_value("source_entropy").run()
    before = line(test, "Source entropy")["Value"]
    test.selectbox(key="m.source_entropy.column").set_value("script").run()
    assert not test.exception
    assert line(test, "Source entropy")["Value"] != before


def test_a_whole_pool_has_no_random_band(saved: Workspace) -> None:
    test = corpus_view(of="pool")
    assert "Same rows" not in test.dataframe[0].value
    assert "A whole pool has no random band" in said(test)


def test_two_subsets_of_unequal_size_are_read_at_the_smaller_size(saved: Workspace) -> None:
    from core.workbench.subsets import list_subsets

    keys = {subset.name: subset.key for subset in list_subsets(saved)}
    test = corpus_view("sides", **{"of": keys["60 at 1.0"], "with": keys["30 at 1.0"]})
    entropy = line(test, "Information entropy (IE)")
    assert entropy["Read"] == "at 30 rows"
    assert entropy["Note"].startswith("A at 30 rows")
    assert line(test, "Embedding distance (ED)")["Read"] == "refused"
    same = corpus_view("sides", **{"of": keys["30 at 1.0"], "with": keys["30 at 1.0"]})
    assert "A and B are the same" in said(same)


def test_curves_are_drawn_from_what_the_job_stored_and_marked(saved: Workspace) -> None:
    test = corpus_view("curves")
    test.button(key="measure-curve-start").click().run()
    assert not test.exception
    finish(saved, job_names.CURVES, measure_curves)
    test.run()
    assert len(test.get("plotly_chart")) == 1
    assert "random band here" in said(test)


def test_curves_over_sizes_are_counted_in_tokens_and_minutes(saved: Workspace) -> None:
    put_profile(saved, TrainerProfile(name="mine", tokens_a_second=3, supervised_only=True))
    tokens(saved, {"corpus": queue_corpus(saved), "component": "instruction", "tokenizer": "mistral-32k"}, silent)
    asked = {"measure-axis": "size", "curves-unit": "minutes", "curves-of": "length", "curves-sizes": "3"}
    test = corpus_view("curves", **asked)
    test.button(key="measure-curve-start").click().run()
    assert not test.exception
    finish(saved, job_names.CURVES, measure_curves)
    test.run()
    assert len(test.get("plotly_chart")) == 1 and not test.error
    assert "more minutes" in said(test)
    drop_profile(saved, "mine")


def test_agreement_names_the_metrics_worth_keeping(saved: Workspace) -> None:
    from core.metrics.registry import metrics
    from core.workbench.inspections import comparison
    from core.workbench.subsets import list_subsets

    waiting = said(corpus_view("agreement"))
    assert "not measured yet" in waiting and "10 subsets of this corpus are here" in waiting
    assert "nothing to compare yet" not in waiting
    names = [name for name, result in metrics().items() if result.instant]
    comparison.measure(saved, {"subsets": [subset.key for subset in list_subsets(saved)], "metrics": names}, silent)
    text = said(corpus_view("agreement"))
    assert "Worth keeping" in text
    assert "over 10 subsets" in text


def test_domains_that_speak_and_one_that_is_alone(saved: Workspace) -> None:
    assert len(corpus_view("domains").get("plotly_chart")) == 1
    corpus = queue_corpus(saved)
    tokens(saved, {"corpus": corpus, "component": "instruction", "tokenizer": "mistral-32k"}, silent)
    assert len(corpus_view("domains", component="instruction", measured="instruction").get("plotly_chart")) == 1
    assert "divergence needs two" in said(corpus_view("domains", **{"domains-by": "script"}))


def queue_corpus(workspace: Workspace) -> str:
    from core.corpus.corpus_list import list_corpora

    return str(list_corpora(workspace)[0].id)


def test_hostile_names_are_shown_as_text(home: Path) -> None:
    rows = [{**row, "source": "<img src=x> **b**" if number % 2 else "b"} for number, row in enumerate(records(60))]
    corpus_of(home, rows, name="<script>alert(1)</script>")
    for view in ("one", "domains"):
        test = corpus_view(view)
        assert not any("<img" in str(element.value) for element in (*test.markdown, *test.caption))


def measure_wanted(test: AppTest, workspace: Workspace) -> None:
    """Press the button, and let the worker do what it asks for."""
    test.button(key="measure-start").click().run()
    assert not test.exception
    (job,) = do_queued(workspace)
    assert queue.job(workspace, job.id).state == "done"
    test.run()
    assert not test.exception


def test_a_metric_that_fails_is_told_leaves_the_others_and_is_measured_again(
    saved: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = break_metric(monkeypatch, "self_repetition")
    test = corpus_view()
    test.multiselect(key="measure-wanted").set_value(["self_repetition", "distinct_n"]).run()
    measure_wanted(test, saved)
    note = line(test, whole.title)["Note"]
    assert note.startswith("failed: a fault of the program (ValueError: operands could not be broadcast)")
    assert line(test, whole.title)["Value"] == "—"
    assert " to " in line(test, "Distinct-n")["Same rows"]
    test.selectbox(key=address.PICKED_METRIC.widget.name).set_value("self_repetition").run()
    assert "Failed: a fault of the program" in said(test).replace("\\", "")
    assert "Measure 1 more" in [button.label for button in test.button]
    (job,) = [job for job in queue.jobs(saved) if job.task == job_names.MEASURE_SOURCES]
    assert "Traceback" in job.log_path.read_text()
    put_metric(monkeypatch, whole)
    measure_wanted(test, saved)
    assert line(test, whole.title)["Note"] == ""
    assert " to " in line(test, whole.title)["Same rows"]
    assert "Everything chosen is measured" in said(test)


def test_an_instant_metric_that_fails_is_told_on_both_sides(saved: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.workbench.subsets import list_subsets

    keys = {subset.name: subset.key for subset in list_subsets(saved)}
    break_metric(monkeypatch, "gini")
    test = corpus_view("sides", **{"of": keys["60 at 1.0"], "with": keys["30 at 1.0"]})
    broken = line(test, "Gini of the token shares")
    assert broken["Read"] == "failed"
    assert broken["Note"].startswith("A failed: a fault of the program")
    assert line(test, "Information entropy (IE)")["Read"] == "at 30 rows"


def test_the_points_of_a_curve_that_failed_are_told_and_offered_again(
    saved: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = break_metric(monkeypatch, "ie")
    test = corpus_view("curves")
    test.button(key="measure-curve-start").click().run()
    do_queued(saved)
    test.run()
    assert not test.exception
    told = said(test).replace("\\", "")
    assert "points without a value. failed: a fault of the program" in told
    assert "Random band failed: a fault of the program" in told
    put_metric(monkeypatch, whole)
    test.button(key="measure-curve-start").click().run()
    do_queued(saved)
    test.run()
    assert len(test.get("plotly_chart")) == 1
    assert "failed" not in said(test)
