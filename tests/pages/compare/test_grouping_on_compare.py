"""Groups, scores and colours as a person chooses them on Compare, in the address; and the views that follow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from core.evidence import ledger
from core.evidence.entries import LoggedSubset, Run, Score
from core.jobs import queue
from core.workspace.artefacts import Workspace
from pages.parts.frame import address
from tests.evidence.logged_series import logged
from tests.jobs.in_process import do_queued

PAGE = Path(__file__).resolve().parents[3] / "pages" / "compare.py"


def drawn(query: Mapping[str, str] | None = None, page: AppTest | None = None) -> AppTest:
    """The page at this address, without an exception."""
    if page is None:
        page = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in (query or {}).items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    assert not page.error, [box.value for box in page.error]
    return page


def table_with(page: AppTest, *columns: str) -> pd.DataFrame:
    """The one table of the page that has all these columns."""
    (table,) = [shown.value for shown in page.dataframe if {*columns} <= {*shown.value.columns}]
    return table


def warnings(page: AppTest) -> str:
    return "\n".join(box.value for box in page.warning).replace("\\", "")


def captions(page: AppTest) -> str:
    return "\n".join(box.value for box in page.caption).replace("\\", "")


def group_of(page: AppTest) -> str:
    """The grouping that the address names."""
    value = page.query_params["group"]
    return value[0] if isinstance(value, list) else value


def widget(page: AppTest, parameter: address.Selected) -> Any:
    (box,) = [box for box in page.multiselect if box.key == parameter.several.name]
    return box


def test_correlations_follow_the_grouping_of_the_address(home: Path) -> None:
    logged(home)
    usual = table_with(drawn({"view": "correlations"}), "metric", "pearson")
    assert sorted(set(usual["size"])) == [100, 200] and len(usual) == 3 * 2 * 2
    assert set(usual["series"]) == {3} and set(usual["subsets"]) == {18}
    by_strategy = table_with(drawn({"view": "correlations", "group": "size,strategy,benchmark"}), "metric", "pearson")
    assert len(by_strategy) == 3 * 2 * 3 * 2 and set(by_strategy["series"]) == {1}
    assert "1 series" in by_strategy["note"].iloc[0]  # one series claims nothing, whatever it is grouped by
    pooled = table_with(drawn({"view": "correlations", "group": "none"}), "metric", "pearson")
    assert len(pooled) == 3 and set(pooled["series"]) == {6}


def test_a_press_groups_as_in_the_paper_and_the_address_says_it(home: Path) -> None:
    logged(home)
    page = drawn({"view": "correlations"})
    next(button for button in page.button if "G.2" in button.label).click().run()
    assert {*widget(page, address.COMPARE_GROUP).value} == {"size", "strategy", "benchmark"}
    assert group_of(page) == "size,strategy,benchmark"
    widget(page, address.COMPARE_GROUP).set_value(["size", "benchmark"]).run()
    assert "group" not in page.query_params  # the usual grouping
    widget(page, address.COMPARE_GROUP).set_value([]).run()
    assert group_of(page) == "none"


def test_a_link_to_facts_that_do_not_differ_here_is_read_and_a_strange_one_is_named(home: Path) -> None:
    logged(home)
    page = drawn({"view": "correlations", "group": "size,model,benchmark"})
    assert not page.warning and set(table_with(page, "metric", "pearson")["series"]) == {3}
    assert "shape" in warnings(drawn({"view": "correlations", "group": "size,shape"}))


def test_benchmarks_are_one_score_by_choice(home: Path) -> None:
    logged(home)
    page = drawn({"view": "correlations", "score": "z", "group": "none"})
    frame = ledger.read(Workspace(home)).scores().pivot_table(index="subset", columns="benchmark", values="value")
    means = frame.apply(stats.zscore).mean(axis=1)
    ie = ledger.read(Workspace(home)).subsets().set_index("subset")["response.ie@words"]
    row = table_with(page, "metric", "pearson").set_index("metric")
    (name,) = [name for name in row.index if "ntropy" in name]
    assert row.loc[name, "pearson"] == pytest.approx(stats.pearsonr(ie[means.index], means).statistic)
    one = drawn({"view": "correlations", "score": "z", "group": "none", "benchmarks": "AlpacaEval"})
    alone = stats.pearsonr(ie[frame.index], frame["AlpacaEval"]).statistic
    assert table_with(one, "metric", "pearson").set_index("metric").loc[name, "pearson"] == pytest.approx(alone)
    union = drawn({"view": "correlations", "score": "union", "group": "none"})
    pooled = (805 * frame["AlpacaEval"] + 500 * frame["Arena-Hard"]) / 1305
    expected = stats.pearsonr(ie[pooled.index], pooled).statistic
    assert table_with(union, "metric", "pearson").set_index("metric").loc[name, "pearson"] == pytest.approx(expected)


def test_every_grouped_view_draws_with_every_score_and_grouping(home: Path) -> None:
    logged(home, proxies=True, random=3)
    for view in ("scatter", "correlations", "slopes", "best-pick", "decision", "size", "more"):
        for score in ("logged", "z", "union"):
            for group in ("size,benchmark", "strategy,model", "series,benchmark", "none"):
                drawn({"view": view, "score": score, "group": group, "shown": "every-group", "lines": "group"})


def test_colours_and_panels_follow(home: Path) -> None:
    logged(home)
    page = drawn({"view": "scatter", "group": "benchmark", "colour": "size"})
    (figure,) = [chart.proto for chart in page.get("plotly_chart")]
    assert "100 rows" in figure.spec and "200 rows" in figure.spec
    panels = drawn({"view": "scatter", "shown": "every-group"}).get("plotly_chart")[0].proto.spec
    assert all(name in panels for name in ("100 rows · AlpacaEval", "200 rows · Arena-Hard"))


def test_slopes_of_a_group_pool_its_series(home: Path) -> None:
    logged(home)
    table = table_with(drawn({"view": "slopes", "lines": "group"}), "slope", "series")
    assert set(table["series"]) == {3} and len(table) == 4 and table["low"].notna().all()
    alone = table_with(
        drawn({"view": "slopes", "lines": "group", "group": "size,series,benchmark"}), "slope", "subsets"
    )
    assert len(alone) == 12 and alone.get("low", pd.Series(dtype=float)).isna().all()


def test_the_score_over_the_size_has_a_line_for_each_strategy_and_a_band(home: Path) -> None:
    logged(home, random=3)
    page = drawn({"view": "size"})
    table = table_with(page, "line", "at")
    assert set(table["line"]) == {"macro", "meso", "micro", "random"}
    random = table[table["line"] == "random"]
    assert set(random["at"]) == {100, 200} and (random["low"] < random["score"]).all()
    top = table_with(drawn({"view": "size", "at-level": "100"}), "line", "at")
    assert top.set_index("line").loc["macro", "subsets"].tolist() == [1, 1]
    none = drawn({"view": "size", "group": "benchmark"})
    assert "No random subset" not in captions(none)


def test_metrics_and_a_proxy_order_pairs_and_the_proxy_is_marked(home: Path) -> None:
    logged(home, proxies=True)
    page = drawn({"view": "decision"})
    table = table_with(page, "accuracy", "pairs").set_index("metric")
    (proxy,) = [name for name in table.index if "(proxy)" in name]
    assert table.loc[proxy, "accuracy"] == 1  # its loss falls as AlpacaEval rises
    assert "DataDecide" in captions(page) and "3 series" not in captions(page)
    assert "6 independent series" in captions(page)
    pooled = drawn({"view": "decision", "group": "benchmark,proxy"})
    (row,) = table_with(pooled, "accuracy", "pairs").query("metric.str.contains('proxy')").to_dict("records")
    assert row["low"] <= row["accuracy"] <= row["high"] and row["series"] == 6


def test_the_scores_of_a_proxy_stand_in_groups_of_their_own(home: Path) -> None:
    logged(home, proxies=True)
    for query in ({}, {"score": "z"}, {"group": "size,proxy"}):
        page = drawn({"view": "correlations", **query})
        table = table_with(page, "metric", "pearson")
        assert set(table["proxy"]) == {True, False} and set(table["subsets"]) == {18}
    spec = drawn({"view": "correlations"}).get("plotly_chart")[0].proto.spec
    assert "proxy" in spec


def test_runs_that_differ_in_more_than_the_data_are_named_on_every_view(home: Path) -> None:
    logged(home, trainers={"100": {"epochs": 3, "learning_rate": 2e-05}, "200": {"epochs": 1, "learning_rate": 2e-05}})
    views = ("scatter", "correlations", "best-pick", "decision", "size")
    for view in views:
        assert "epochs (1, 3)" in warnings(drawn({"view": view, "group": "benchmark"})), view
        if view != "size":  # which compares sizes, whatever the grouping
            assert "epochs" not in warnings(drawn({"view": view})), view
    assert "epochs (1, 3)" in warnings(drawn({"view": "slopes", "lines": "group", "group": "benchmark"}))
    assert "learning rate" not in warnings(drawn({"view": "scatter", "group": "benchmark"}))


@pytest.mark.usefixtures("no_worker")
def test_intervals_are_computed_for_the_grouping_that_is_shown(home: Path) -> None:
    logged(home)
    workspace = Workspace(home)
    page = drawn({"view": "correlations", "group": "benchmark"})
    page.button(key="statistics-start").click().run()
    assert len(do_queued(workspace)) == 1
    table = table_with(drawn({"view": "correlations", "group": "benchmark"}), "metric", "pearson_low")
    assert set(table["units"]) == {6} and len(table) == 6
    page = drawn({"view": "correlations"})  # another grouping has intervals of its own
    assert "statistics-start" in [button.key for button in page.button] and not queue.jobs(workspace)[1:]


def test_an_empty_ledger_says_on_every_view_what_to_press(home: Path) -> None:
    for view in ("scatter", "correlations", "slopes", "best-pick", "decision", "size", "more"):
        page = drawn({"view": view})
        button = next(button for button in page.button if button.label == "Log scores")
        button.click().run()
        assert page.session_state[address.COMPARE_VIEW.chosen.name] == "log" and not page.exception


def test_scores_of_datasets_without_a_metric_are_counted_and_drawn_over_their_size(home: Path) -> None:
    """As of a table that was copied from a paper: names, sizes and scores, and nothing that could be measured."""
    entries: list[LoggedSubset | Score] = []
    for strategy, size in ((s, n) for s in ("k-center", "random") for n in (100, 1_000, 10_000)):
        digest = LoggedSubset.unseen(f"{strategy} {size}")
        entries.append(LoggedSubset(digest=digest, name=f"{strategy} {size}", size=size, strategy=strategy))
        for seed in (0, 1):
            run = Run(label=f"{strategy} {size}", subset=digest, model="m", seed=seed)
            entries.append(Score(run=run, benchmark="vicuna", measure="mean", value=len(str(size)) + seed))
    ledger.append(Workspace(home), entries, title="copied")
    page = drawn({"view": "size"})
    assert set(table_with(page, "line", "at")["at"]) == {100, 1_000, 10_000}
    assert {*widget(page, address.COMPARE_GROUP).options} >= {"size", "strategy", "training seed"}
    assert any("12 scores logged, all of datasets without any metric" in text.value for text in drawn().text)
    assert len(table_with(drawn({"view": "more"}, _at_runs()), "name", "score")) == 12


def _at_runs() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    page.session_state[address.COMPARE_MORE.widget.name] = "runs"
    return page
