"""Every view of the Compare page draws: without anything, with a scored series, and with hostile names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import orjson
import pandas as pd
import pyarrow
import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.sources import from_bytes
from core.corpus.store import open_corpus
from core.evidence import ledger, uncertainty
from core.evidence.entries import Curve, Match, Run, Score
from core.figures.evidence import score_scatter
from core.jobs import queue
from core.metrics.registry import metric, metrics, names_shown_by_default
from core.workbench.inspections import comparison
from core.workbench.tasks.loading import keep_uploads
from core.workspace import trash
from core.workspace.artefacts import Workspace
from pages.parts.compare.point_card import pressed_digest
from pages.parts.frame import address
from tests.corpora import store_embeddings
from tests.evidence import seeded
from tests.evidence.score_files import write_scores
from tests.jobs.in_process import do_queued
from tests.jobs.running import wait
from tests.metrics.faults import break_metric, put_metric
from tests.pages.compare.views import turn_to_view

PAGE = Path(__file__).resolve().parents[3] / "pages" / "compare.py"
VIEWS = (
    "scatter", "correlations", "slopes", "best-pick", "decision", "size", "metrics", "mixture", "more", "log", "ledger",
    "published",
)  # fmt: skip
MORE = ("frontier", "among", "fixed", "across", "runs", "curves")
HOSTILE = "<script>alert(1)</script> **bold** :red[x] $x$"


def drawn(page: AppTest | None = None, **state: object) -> AppTest:
    """The page with this session state, ``view`` its view, in a session of its own unless ``page`` goes on."""
    page = page or AppTest.from_file(str(PAGE), default_timeout=120)
    if "view" in state:
        turn_to_view(page, str(state.pop("view")))
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
        drawn(page, **{"view": "more", address.COMPARE_MORE.widget.name: view})
    for way in ("import", "type", "elsewhere"):
        drawn(page, **{"view": "log", address.COMPARE_LOG.widget.name: way})
    for number in ("2", "4", "5", "6", "7", "8"):
        drawn(page, **{"view": "published", address.COMPARE_TABLE.widget.name: number})


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
    drawn(page, **{"view": "more", address.COMPARE_MORE.widget.name: "curves"})


def imported(home: Path, path: Path) -> AppTest:
    """The import of ``path``, seen and logged without a change to what stands there."""
    page = drawn(**{"view": "log", "score-path": str(path)})
    button = next(each for each in page.button if each.key == "import-confirm")
    button.click().run()
    assert not page.exception, page.exception
    return page


def test_exact_names_go_to_their_own_subsets_under_either_of_two_names(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    seeded.subsets(home)
    twins = seeded.again(home, name="twin of deep")
    path = tmp_path / "scores.csv"
    lines = [f"{subset.name},{50 + number}" for number, subset in enumerate(twins)]
    path.write_text("\n".join(["subset,arena", *lines]) + "\n")
    imported(home, path)
    held = ledger.read(Workspace(home))
    assert held.matches == {subset.name: subset.digest for subset in twins}
    assert {match.how for match in held.of(Match)} == {"same name"}
    page = drawn(view="slopes")
    assert not any("No scored subset belongs" in each.value for each in page.text)


def test_what_is_logged_already_is_not_logged_again_and_the_numbers_add_up(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    seeded.subsets(home)
    folder = tmp_path / "scores"
    folder.mkdir()
    (folder / "a.csv").write_text("subset,arena\none,50\ntwo,51\n")
    (folder / "b.csv").write_text("subset,arena\none,50\ntwo,52\nthree,53\n")
    page = drawn(**{"view": "log", "score-path": str(folder)})
    files = next(each.value for each in page.dataframe if "scores read" in each.value)
    assert files[["scores read", "said twice", "scores"]].to_numpy().tolist() == [[2, 0, 2], [3, 2, 1]]
    line = "5 scores read − 1 that repeat another − 1 that contradict another and are left out = 3 scores."
    assert line in [text.value for text in page.text]
    button = next(each for each in page.button if each.key == "import-confirm")
    assert button.label == "Log 3 scores"
    button.click().run()
    batches = len(Workspace(home).keys(ledger.KIND))
    page = drawn(**{"view": "log", "score-path": str(folder)})
    button = next(each for each in page.button if each.key == "import-confirm")
    assert button.disabled and button.label == "Nothing new to log"
    page.radio(key="import-unknown").set_value("a dataset that is not here").run()
    button = next(each for each in page.button if each.key == "import-confirm")
    assert button.label == "Log 3 matched names, 3 datasets that are not here" and not button.disabled
    button.click().run()
    assert not page.exception and len(Workspace(home).keys(ledger.KIND)) == batches + 1
    page = drawn(**{"view": "log", "score-path": str(folder), "import-unknown": "a dataset that is not here"})
    assert next(each for each in page.button if each.key == "import-confirm").disabled


def test_similar_names_wait_for_a_tick(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    found = seeded.subsets(home)
    path = tmp_path / "scores.csv"
    path.write_text(f"subset,arena\nmy {found[3].name},50\n{found[3].name} 7,51\n")
    imported(home, path)
    assert ledger.read(Workspace(home)).matches == {}
    page = drawn(**{"view": "log", "score-path": str(path)})
    alike = next(each.value for each in page.dataframe if "is like" in each.value)
    assert alike[["is like", "the same"]].values.tolist() == [[found[3].name, False]]


def test_a_folder_of_strange_names_is_logged_without_any_match(home: Path, tmp_path: Path) -> None:
    scores = write_scores(tmp_path / "scores")
    seeded.subsets(home)
    page = imported(home, scores)
    held = ledger.read(Workspace(home))
    assert len(held.scores()) > 60 and set(held.scores()["subset"]) == {""} and held.matches == {}
    assert "mean_score_chatgpt" not in set(held.scores()["measure"])
    assert page.success


def test_an_empty_ledger_says_what_to_do(home: Path) -> None:
    page = drawn(view="ledger")
    assert any("No score is logged yet" in each.value for each in page.markdown) and not page.dataframe
    next(button for button in page.button if button.label == "Log scores").click().run()
    assert page.session_state[address.COMPARE_VIEW.chosen.name] == "log" and not page.exception


def test_scores_that_wait_for_a_subset_are_said_where_scores_are_logged_and_lead_to_the_matching(home: Path) -> None:
    subsets = seeded.subsets(home)
    ledger.add_scores(Workspace(home), seeded.scores_of(subsets), title="known")
    page = drawn(view="log")
    assert not [button for button in page.button if button.key == "logged-match"]
    lost = [
        replace(score, run=replace(score.run, label="elsewhere", subset="")) for score in seeded.scores_of(subsets[:1])
    ]
    ledger.add_scores(Workspace(home), lost, title="not known")
    page = drawn(view="log")
    (match,) = [button for button in page.button if button.key == "logged-match"]
    assert match.label == "4 scores wait for a subset: match them"
    match.click().run()
    assert not page.exception and any("4 scores have no subset here" in each.value for each in page.text)


def test_a_pressed_point_names_the_subset_that_it_opens(home: Path) -> None:
    subset = seeded.subsets(home)[2]
    figure = score_scatter(
        pd.DataFrame({"x": [1.0], "score": [2.0], "name": ["one"], "strategy": ["micro"], "subset": [subset.digest]}),
        x="x", x_title="x", y_title="score",
    )  # fmt: skip
    carried = figure.data[0].customdata[0]
    pressed = SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": list(carried)}]))
    assert pressed_digest(pressed) == subset.digest
    assert pressed_digest(SimpleNamespace(selection=SimpleNamespace(points=[]))) == "" and pressed_digest(None) == ""


def test_two_subsets_have_no_correlation_to_draw(home: Path) -> None:
    found = seeded.subsets(home)
    distinct = list({subset.digest: subset for subset in found}.values())
    for count, shown in ((2, False), (3, True)):
        scores = [
            Score(run=Run(label=subset.name, subset=subset.digest, seed=seed), benchmark="b", measure="acc",
                  value=50.0 + 3 * number + seed)
            for number, subset in enumerate(distinct[:count])
            for seed in range(3)
        ]  # fmt: skip
        ledger.add_scores(Workspace(home), scores, title="some")
        page = drawn(view="correlations")
        assert any("3 different subsets" in each.value for each in page.text) != shown


def test_zero_up_to_rounding_is_zero_and_a_probability_stays() -> None:
    table = pd.DataFrame({"metric": ["a"], "slope": [5.551e-17], "regret": [0.000003958123], "p": [1e-15],
                          "value": [1985.4321]})  # fmt: skip
    page = AppTest.from_function(_tabled, kwargs={"table": table}).run()
    (found,) = page.dataframe
    assert not page.exception and found.value["slope"].iloc[0] == 0 and found.value["p"].iloc[0] == 1e-15
    words = list(pyarrow.ipc.open_stream(found.proto.arrow_data.styler.display_values).read_pandas().iloc[0])
    assert words[1:] == ["0", "0.00000396", "1.00 × 10⁻¹⁵", "1985.4321"]


def _tabled(table) -> None:  # a script of its own: it knows no name of this file
    from pages.parts.compare import tables as compare_tables

    compare_tables.table(table, key="some", as_logged=("value",))


def test_an_undone_batch_leaves_the_page_without_its_scores(home: Path) -> None:
    seeded.scored(home)
    page = drawn(view="ledger")
    next(button for button in page.button if button.label == "Undo").click().run()
    assert not page.exception
    assert ledger.read(Workspace(home)).scores().empty
    assert any("taken back" in each.value for each in page.text)


def captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption).replace("\\", "")


@pytest.mark.usefixtures("no_worker")
def test_a_metric_that_fails_is_told_once_and_measured_again_by_a_press(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, subsets = Workspace(home), seeded.scored(home)
    whole = break_metric(monkeypatch, "gini")
    page = drawn()
    assert len(do_queued(workspace)) == 1  # unasked, as the metric was never measured in this version
    drawn(page)
    told = f"{whole.title} failed: a fault of the program (ValueError: operands could not be broadcast)"
    assert told in captions(page) and f"(on {len(subsets)} subsets)" in captions(page)
    assert do_queued(workspace) == []  # and not again while nothing changes
    put_metric(monkeypatch, whole)
    page.button(key="measure-again").click().run()
    assert len(do_queued(workspace)) == 1
    drawn(page)
    assert "failed" not in captions(page)
    assert "measure-again" not in [button.key for button in page.button]


@pytest.mark.usefixtures("no_worker")
def test_a_feature_that_arrives_is_measured_unasked_although_a_like_job_was_done(home: Path) -> None:
    """The request names the situation: the same subsets and metrics are another job once there are embeddings."""
    workspace, subsets = Workspace(home), seeded.subsets(home, measured=False)
    page = drawn()
    assert len(do_queued(workspace)) == 1
    drawn(page)
    assert do_queued(workspace) == []
    (corpus,) = {subset.recipe.corpus for subset in subsets}
    vectors = np.random.default_rng(0).standard_normal((len(open_corpus(workspace, corpus)), 8))
    store_embeddings(workspace, corpus, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    drawn(page)
    assert len(do_queued(workspace)) == 1
    table = comparison.readings_table(workspace, subsets)
    (address,) = [name for name in table if name.startswith("response.ed@")]
    assert table[address].notna().all()


@pytest.mark.usefixtures("no_worker")
def test_the_button_offers_the_slow_metrics_that_are_shown_by_default(home: Path) -> None:
    workspace = Workspace(home)
    seeded.scored(home)
    page = drawn(view="correlations")
    page.button(key="measure-more").click().run()
    (job,) = do_queued(workspace)
    slow = [name for name in names_shown_by_default() if not metrics()[name].instant]
    assert job.request["metrics"] == slow and "cr" in slow
    drawn(page)
    assert "measure-more" not in [button.key for button in page.button]


@pytest.mark.usefixtures("no_worker")
def test_three_series_have_intervals_and_one_says_why_it_has_none(home: Path) -> None:
    seeded.three_series(home)
    page = drawn(view="correlations")
    page.button(key="statistics-start").click().run()
    assert do_queued(Workspace(home))
    drawn(page)
    assert "statistics-start" not in [button.key for button in page.button]
    (table,) = [shown.value for shown in page.dataframe if "units" in shown.value]
    assert set(table["drawn"]) == {"series"} and set(table["units"]) == {3}
    assert (table["pearson_low"] <= table["pearson"]).all() and (table["pearson"] <= table["pearson_high"]).all()


@pytest.mark.usefixtures("no_worker")
def test_intervals_of_an_older_version_are_computed_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded.three_series(home)
    page = drawn(view="correlations")
    page.button(key="statistics-start").click().run()
    (first,) = do_queued(Workspace(home))
    monkeypatch.setattr(uncertainty, "VERSION", uncertainty.VERSION + 1)
    drawn(page).button(key="statistics-start").click().run()
    (again,) = do_queued(Workspace(home))
    assert (again.request, again.attempt) == (first.request, 2)
    drawn(page)
    assert "statistics-start" not in [button.key for button in page.button]


@pytest.mark.usefixtures("no_worker")
def test_one_series_has_no_intervals_and_the_page_says_why(home: Path) -> None:
    seeded.scored(home)
    page = drawn(view="correlations")
    assert "statistics-start" not in [button.key for button in page.button]
    assert "all subsets are of 1 series" in captions(page) and "needs 3 series" in captions(page)


@pytest.mark.usefixtures("no_worker")
def test_subsets_of_a_deleted_corpus_are_counted_and_not_asked_for(home: Path) -> None:
    workspace, subsets = Workspace(home), seeded.subsets(home, measured=False)
    gone = trash.discard(workspace, "corpora", subsets[0].recipe.corpus)
    page = drawn()
    assert queue.jobs(workspace) == []
    assert f"The corpus of {len(subsets)} saved subsets is deleted, so no more is measured of it" in captions(page)
    assert not {"measure-again", "measure-more"} & {button.key for button in page.button}
    trash.restore(workspace, gone.stamp)
    drawn(page)
    assert len(do_queued(workspace)) == 1
    assert "is deleted" not in captions(drawn(page))


def test_the_page_sees_what_a_worker_measured_meanwhile(home: Path) -> None:
    """The worker is a process of its own: it writes readings under the keys that the page has read before."""
    workspace = Workspace(home)
    seeded.scored(home)
    page = drawn(view="correlations")
    page.button(key="measure-more").click().run()
    (job,) = queue.jobs(workspace)
    assert wait(workspace, job.id, 120).state == "done"
    drawn(page)
    assert "measure-more" not in [button.key for button in page.button]
    named = [name for table in page.dataframe if "metric" in table.value for name in table.value["metric"]]
    assert any(name.startswith(metric("nr").title) for name in named)


def test_scores_of_a_proxy_are_marked_and_the_caution_stands_over_every_view(workspace: Workspace) -> None:
    run = Run(label="a", subset="0" * 16, model="small", seed=0)
    ledger.append(workspace, [Score(run=run, benchmark="holdout", measure="nll", value=3.0)], title="one")
    page = drawn(view="ledger")
    assert not any("DataDecide" in caption.value for caption in page.caption)
    assert "proxy" not in page.dataframe[-1].value.columns
    ledger.append(workspace, [Score(run=run, benchmark="holdout", measure="bits", value=1.0, proxy=True)], title="two")
    for view in VIEWS:
        page = drawn(view=view)
        assert any("DataDecide" in caption.value for caption in page.caption), view
    tables = [table.value for table in drawn(view="ledger").dataframe if "proxy" in table.value.columns]
    assert tables and tables[0].set_index("measure")["proxy"].to_dict() == {"nll": False, "bits": True}
