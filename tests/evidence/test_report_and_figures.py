"""Figures show what they were given, and the report opens offline and runs nobody's script."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from core.evidence import views
from core.evidence.correlations import point_estimates
from core.evidence.published import curve_name, reference_curves, tables
from core.evidence.ranking import RANDOM
from core.evidence.report import MAX_BYTES, Section, csv_archive, html_report
from core.evidence.slopes import fit
from core.figures import evidence, evidence_panels, evidence_tables, theme
from core.figures.pareto import pareto

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


def points(count: int = 8) -> pd.DataFrame:
    x = np.arange(count, dtype=float)
    return pd.DataFrame({
        "name": [HOSTILE, *(f"s{i}" for i in range(1, count))], "strategy": ["micro", "random"] * (count // 2),
        "component": "response", "size": 100, "level": 100 * x / (count - 1), "ie": x, "score": 50 + x, "stderr": 0.5,
        "benchmark": ["b"] * (count // 2) + [HOSTILE] * (count // 2),
    })  # fmt: skip


def test_a_scatter_shows_every_point_and_its_line() -> None:
    kept = points()
    line = fit(kept["ie"], kept["score"])
    figure = evidence.score_scatter(kept, x="ie", x_title=HOSTILE, y_title="score", line=line)
    markers = [trace for trace in figure.data if trace.mode == "markers"]
    assert sum(len(trace.x) for trace in markers) == 8
    assert {trace.marker.line.color for trace in markers} == {theme.LEVELS["micro"], theme.LEVELS["random"]}
    assert any(trace.line.dash == "solid" for trace in figure.data if trace.mode == "lines")
    assert "<script" not in figure.to_json()


def test_a_fit_from_three_points_is_grey_dotted_and_labelled() -> None:
    three = points().head(3)
    figure = evidence.score_scatter(three, x="ie", x_title="x", y_title="y", line=fit(three["ie"], [1.0, 2.0, 2.5]))
    line = next(trace for trace in figure.data if trace.mode == "lines" and trace.name)
    assert line.line.color == evidence.GREY and line.line.dash == "dot" and "3 points: too few" in line.name


def test_the_frontier_holds_what_none_beats_on_both() -> None:
    x, y = [0, 1, 2, 3, 3, np.nan], [5, 6, 2, 3, 1, 9]
    assert pareto(x, y) == [1, 3]
    figure = evidence.frontier(points(), x="ie", y="score", x_title="d", y_title="q")
    assert list(figure.data[0].x) == [7.0]


def test_panels_one_a_size_and_component_with_the_baseline() -> None:
    concat = pd.concat(
        [
            points().assign(size=size, component=c, series="")
            for size in (10, 20, 30)
            for c in ("instruction", "response")
        ]
    )
    lines = {(10, "response", "micro", ""): fit([0, 0.5, 1], [50, 51, 52])}
    figure = evidence_panels.diversity_panels(concat, lines=lines, y_title="pairwise")
    assert len(list(figure.layout.annotations)) == 6
    assert len(figure.layout.shapes) == 6 and figure.layout.shapes[0].y0 == 50
    assert sum(1 for trace in figure.data if trace.mode == "lines" and trace.line.dash == "dot") == 1


def test_published_curves_are_open_and_all_there() -> None:
    curves = reference_curves()
    curves["curve"] = [curve_name(row) for row in curves.to_dict("records")]
    figure = evidence_panels.level_curves(curves.assign(published=True))
    assert len(figure.data) == 8 and figure.data[0].marker.symbol == "circle-open"


def test_heat_maps_bracket_what_is_not_claimed() -> None:
    table = tables()[8].frame.pivot_table(index="strategy", columns=["component", "size"], values="value")
    table.columns = [f"{component} {size}" for component, size in table.columns]
    claims = table.abs() > 0.5
    figure = evidence_tables.correlation_heat(table, claims=claims)
    said = [word for line in figure.data[0].text for word in line]
    assert said.count("<b>−0.50</b>") == 0 and "(−0.50)" in said and "<b>−0.69</b>" in said
    slopes = tables()[2].frame.pivot_table(index="size", columns="strategy", values="value")
    assert evidence_tables.slope_heat(slopes).data[0].zmax == slopes.abs().max().max()
    matrix = pd.DataFrame(np.eye(20), index=[f"m{i}" for i in range(20)], columns=[f"m{i}" for i in range(20)])
    assert evidence_tables.metric_matrix(matrix).data[0].z.shape == (20, 20)


def test_the_ranking_draws_random_in_grey_and_intervals_where_there_are_some() -> None:
    table = pd.DataFrame({
        "metric": ["good", RANDOM], "regret": [0.1, 0.5], "low": [0.0, np.nan], "high": [0.2, np.nan],
        "points": [1.0, 5.0],
    })  # fmt: skip
    figure = evidence_tables.ranking_bars(table, reference=RANDOM)
    assert figure.data[0].marker.color == (theme.LEVELS["random"], theme.RANKED[2])
    assert list(figure.data[0].error_x.array) == [0, 0.1]


def test_small_multiples_and_curves() -> None:
    kept = points()
    figure = evidence.small_multiples(
        kept, x="ie", facet="benchmark", x_title="IE", lines={"b": fit([0, 1, 2], [1, 2, 4])}
    )
    assert len(figure.layout.annotations) == 2 and "<script" not in figure.to_json()
    drawn = evidence.training_curves([{"name": "run", "steps": [1, 2], "values": [3.0, 2.0]}], y_title="loss")
    assert list(drawn.data[0].y) == [3.0, 2.0]


def test_the_report_is_one_file_without_requests_or_foreign_scripts() -> None:
    kept = points()
    figure = evidence.score_scatter(kept, x="ie", x_title=HOSTILE, y_title="score")
    figure.update_layout(title=HOSTILE)  # an unescaped title, as a careless caller might set
    page = html_report(HOSTILE, [Section(title=HOSTILE, notes=[HOSTILE], figures=[figure], tables={HOSTILE: kept})])
    assert len(page.encode()) < MAX_BYTES
    own = page[page.index("</head>") :]
    assert "alert(1)</script>" not in own and "<img" not in own and "&lt;img" in own
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", page[: page.index("<script>")] + own)
    assert "Plotly.newPlot" in own and own.count("<script>") == 1


def test_figures_that_would_make_the_report_large_are_left_out_and_said() -> None:
    big = go.Figure(go.Scatter(x=[f"{i:09d}" for i in range(150_000)], y=list(range(150_000))))
    page = html_report("r", [Section(title="s", figures=[big, big])])
    assert len(page.encode()) < MAX_BYTES and "A figure is left out here" in page


def test_the_csv_archive_holds_every_table() -> None:
    data = csv_archive(
        {"scores": points(), "a/../b": points(2)}, encode=lambda table: table.to_csv(index=False).encode()
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["scores.csv", "a----b.csv"]
        assert len(archive.read("scores.csv").splitlines()) == 9


def observed() -> pd.DataFrame:
    table = points().assign(
        model="m", trainer="", judge="", baseline="", measure="score", direction=1, seed=0, series="a"
    )
    return table.assign(subset=[f"s{i}" for i in range(8)], benchmark="b", strategy="micro")


def test_views_cut_points_panels_slopes_and_grids() -> None:
    kept = observed()
    shown, line = views.points(kept, "ie")
    assert len(shown) == 8 and line is not None and not line.claim and "1 series" in line.label
    few = views.points(pd.concat([kept.head(3)] * 3), "ie")[1]
    assert few is not None and not few.claim and "3 points" in few.label
    assert views.points(kept.head(1), "ie")[1] is None
    levels, lines = views.panels(kept)
    assert len(levels) == 8 and lines[100, "response", "micro", ""].slope == pytest.approx(7)
    values, claims, _ = views.slope_grid(views.slopes(kept))
    assert (
        values.iloc[0, 0] == pytest.approx(7)
        and bool(claims.iloc[0, 0])
        and list(values.columns) == ["response · micro"]
    )
    table = point_estimates(kept.assign(series=[f"s{number // 2}" for number in range(8)]), ["ie"])
    grid, claimed, enough = views.correlation_grid(table)
    assert grid.loc["ie"].iloc[0] == pytest.approx(1)
    # Nothing is claimed before discovery control has been through the table.
    assert enough.iloc[0, 0] and not claimed.iloc[0, 0]
    assert list(grid.columns) == ["b · score"]
    for q, low, claim in ((0.01, 0.2, True), (0.2, 0.2, False), (0.01, -0.36, False)):
        told = table.assign(q_pearson=q, pearson_low=low, pearson_high=0.92)
        assert views.correlation_grid(told)[1].iloc[0, 0] == claim
    words = evidence_tables.correlation_heat(grid, claims=claimed, enough=enough).data[0].text
    assert [list(line) for line in words] == [["1.00"]]
    assert list(views.group_choices(kept)) == ["response · 100 rows · m · b · score"]
    assert views.own_curves(kept)["value"].tolist() == [50 + i for i in range(8)]
    assert views.frontier_points(kept, diversity="ie", direction=-1)["x"].max() == 0
    facets, lines, slopes = views.level_lines(kept, ("component", "benchmark"))
    assert facets["facet"].unique().tolist() == ["response · b"] == list(lines)
    assert slopes["slope"].iloc[0] == pytest.approx(views.slopes(kept)["slope"].iloc[0])


def test_seeds_of_one_subset_are_one_point_of_a_line() -> None:
    table = observed().assign(score=[50, 52, 51, 55, 53, 57, 54, 58])
    thrice = pd.concat([table.assign(seed=seed) for seed in range(3)], ignore_index=True)
    for draw in (lambda frame: views.panels(frame)[1][100, "response", "micro", ""],
                 lambda frame: views.points(frame, "ie")[1]):  # fmt: skip
        once, again = draw(table), draw(thrice)
        assert again.n == once.n == 8
        for name in ("line", "low", "high"):
            np.testing.assert_allclose(getattr(again, name), getattr(once, name))
    first, second = (views.slopes(frame).iloc[0] for frame in (table, thrice))
    for name in ("slope", "stderr", "low", "high", "r_squared"):
        assert second[name] == pytest.approx(first[name])


def test_two_series_of_one_size_and_strategy_have_a_line_each() -> None:
    mine = observed().assign(name=[f"mine · {10 * i} %" for i in range(8)])
    other = mine.assign(series="b", score=70 - mine["score"] + 50, subset=[f"t{i}" for i in range(8)],
                        name=[f"other · {10 * i} %" for i in range(8)])  # fmt: skip
    both = pd.concat([mine, other], ignore_index=True)
    shown, lines = views.panels(both)
    assert {key[3]: round(line.slope, 6) for key, line in lines.items()} == {"mine": 7, "other": -7}
    values, _, _ = views.slope_grid(views.slopes(both))
    assert {name: round(value, 6) for name, value in values.iloc[0].items()} == {
        "response · micro · mine": 7, "response · micro · other": -7,
    }  # fmt: skip
    figure = evidence_panels.diversity_panels(shown, lines=lines, y_title="score")
    markers = {trace.name: trace.marker.symbol for trace in figure.data if trace.mode == "markers"}
    assert markers == {"micro · mine": "circle", "micro · other": "diamond"}
    assert set(views.own_curves(both)["curve"].str.split(" · ").str[-1]) == {"mine", "other"}
    # Names that say nothing common: the digests do.
    unnamed = views.told_series(both.assign(name=list("abcdefghijklmnop")))
    assert sorted(set(unnamed["series"])) == ["a", "b"]


def test_a_slope_is_bold_only_where_its_interval_leaves_zero_out() -> None:
    flat = observed().assign(score=[50, 52, 49, 51, 50, 52, 49, 51])
    values, claims, enough = views.slope_grid(views.slopes(flat))
    assert enough.iloc[0, 0] and not claims.iloc[0, 0]
    word = evidence_tables.slope_heat(values, claims=claims, enough=enough).data[0].text[0][0]
    assert "<b>" not in word and "(" not in word
    nothing = pd.DataFrame({"g": [-5.551e-17]}, index=["m"])
    assert evidence_tables.correlation_heat(nothing).data[0].text[0][0] == "<b>0.00</b>"


def test_published_curves_come_with_their_lines() -> None:
    curves, lines = views.published_curves([4])
    assert sorted(round(line.slope, 2) for line in lines.values()) == [4.53, 7.95]
    assert len(curves) == 8


def test_the_cell_of_a_loss_says_better_where_it_falls() -> None:
    loss = observed().assign(direction=-1, benchmark="held out", measure="loss")
    score = observed().assign(direction=1, benchmark="exam", measure="points")
    both = pd.concat([loss, score.assign(score=100 - score["score"])], ignore_index=True)
    table = point_estimates(both, ["ie"])
    grid, claims, enough = views.correlation_grid(table)
    better = views.better_correlations(table, both)
    # More of the metric: the loss rises, which is worse; the points fall, which is worse too.
    assert grid.loc["ie", "held out"] > 0 > grid.loc["ie", "exam"]
    assert (better.loc["ie"] < 0).all()
    figure = evidence_tables.correlation_heat(grid, claims=claims, enough=enough, better=better)
    assert (np.asarray(figure.data[0].z) == better.to_numpy()).all()
    said = dict(zip(grid.columns, figure.data[0].text[0], strict=True))
    assert said["held out"].startswith("▼ ") and "1.00" in said["held out"]
    assert said["exam"].startswith("▼ ") and "−1.00" in said["exam"]
    hovered = dict(zip(grid.columns, figure.data[0].customdata[0], strict=True))
    assert "worse scores (a lower score is better here)" in hovered["held out"]
    assert hovered["exam"].endswith("worse scores")
    mixed = both.assign(benchmark="one", measure="m")
    assert views.better_correlations(point_estimates(mixed, ["ie"]), mixed).isna().all(axis=None)


def test_slopes_of_a_loss_say_better_where_it_falls() -> None:
    loss = observed().assign(direction=-1)
    table = views.slopes(loss)
    values = views.slope_grid(table)[0]
    assert (views.better_slopes(table, loss).to_numpy() == -values.to_numpy()).all()
