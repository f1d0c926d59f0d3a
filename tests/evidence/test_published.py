"""The published tables carry the printed numbers, and our slope of Table 4 is the one that its note states."""

from __future__ import annotations

import pytest

from core.evidence.published import COLUMNS, FIGURE_4_NOTE, curve_name, figure_4, reference_curves, tables
from core.evidence.slopes import fit


def curve(number: int, **where: str) -> tuple[list[float], list[float]]:
    frame = tables()[number].frame
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame["level"].tolist(), frame["value"].tolist()


def test_table_4_gives_the_stated_slopes() -> None:
    for judge, slope, shrunk in (("GPT-4o", 4.53, 4.19), ("Qwen2.5-72B", 7.95, 7.69)):
        levels, values = curve(4, judge=judge)
        assert levels == [0, pytest.approx(100 / 3), pytest.approx(200 / 3), 100]
        line = fit([level / 100 for level in levels], values)
        assert line.slope == pytest.approx(slope, abs=0.01)
        assert line.shrunk == pytest.approx(shrunk, abs=0.01)
        assert not line.claim


@pytest.mark.parametrize(
    ("number", "benchmark", "values"),
    [
        (5, "Arena-Hard", [37.6, 43.8, 48.5, 50.8, 55.1, 59.4, 61.4]),
        (5, "AlpacaEval 2.0", [43.3, 49.1, 57.2, 61.5, 64.9, 66.4, 64.5]),
        (6, "MMLU", [54.96, 52.62, 54.42, 52.27, 56.31, 56.50, 55.68]),
        (6, "LiveBench", [12.14, 13.27, 13.13, 12.28, 14.55, 13.75, 14.47]),
        (7, "Arena-Hard", [45.0, 51.1, 45.9, 52.6, 54.1, 56.9, 58.5]),
        (7, "AlpacaEval 2.0", [41.6, 50.7, 45.5, 58.1, 51.4, 61.6, 53.8]),
    ],
)
def test_curves_of_seven_levels(number: int, benchmark: str, values: list[float]) -> None:
    levels, printed = curve(number, benchmark=benchmark)
    assert printed == values
    assert [round(level, 1) for level in levels] == [0, 16.7, 33.3, 50, 66.7, 83.3, 100]


def test_table_2_has_its_lost_signs() -> None:
    assert curve(2, component="instruction", strategy="micro")[1] == [-5.45, -2.83, -1.80]
    assert curve(2, component="response", strategy="micro")[1] == [5.35, 6.68, 10.06]
    assert (tables()[2].frame["value"] < 0).sum() == 3
    assert "minus signs" in tables()[2].provenance


def test_table_8_is_negative_for_response_kurtosis_and_gini_only() -> None:
    frame = tables()[8].frame
    negative = frame[frame["value"] < 0]
    assert set(zip(negative["component"], negative["strategy"])) == {("response", "kurtosis"), ("response", "gini")}
    assert curve(8, component="response", strategy="gini")[1] == [-0.42, -0.50, -0.69]
    assert curve(8, component="instruction", strategy="kurtosis")[1] == [0.29, 0.52, 0.68]


def test_every_table_has_the_same_columns_and_a_provenance() -> None:
    for number, table in tables().items():
        assert tuple(table.frame.columns) == COLUMNS
        assert f"Table {number}" in table.provenance
    curves = reference_curves()
    assert len(curves) == 2 * 4 + 6 * 7
    assert len({curve_name(row) for row in curves.to_dict("records")}) == 8


@pytest.mark.parametrize("number", [2, 8])
def test_a_table_without_levels_is_a_grid_of_sizes_and_columns(number: int) -> None:
    table = tables()[number]
    grid = table.grid
    assert grid.notna().all(axis=None) and grid.size == len(table.frame)
    for row in table.frame.to_dict("records"):
        assert grid.loc[f"{row['size'] // 1000}K", f"{row['component']} · {row['strategy']}"] == row["value"]


def test_the_printed_values_of_figure_4_agree_with_table_8() -> None:
    printed = figure_4().set_index(["component", "metric"])
    assert printed["r"].to_dict() == {
        ("instruction", "Self-BLEU (BL)"): 0.42, ("response", "mean length (SL)"): 0.73,
        ("response", "information entropy (IE)"): 0.58,
    }  # fmt: skip
    table = tables()[8].frame
    same = table[(table["component"] == "response") & (table["strategy"] == "information entropy")].set_index("size")
    assert same.loc[10_000, "value"] == printed.loc[("response", "information entropy (IE)"), "r"]
    assert printed["sign"].tolist() == ["lost", "as printed", "as printed"] and "10K" in FIGURE_4_NOTE
