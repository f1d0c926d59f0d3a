"""Every figure of every page can be taken away as PNG, SVG and CSV: all are drawn by the one owner, with their data."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from core.settings import PROJECT_ROOT
from pages.parts.frame.figures import csv

OWNER = PROJECT_ROOT / "pages" / "parts" / "frame" / "figures.py"
FILES = [PROJECT_ROOT / "app.py", *sorted((PROJECT_ROOT / "pages").rglob("*.py"))]
# What Streamlit draws figures with; none of these has a menu of downloads.
CHARTS = {
    "plotly_chart", "line_chart", "area_chart", "bar_chart", "scatter_chart", "map", "pyplot", "altair_chart",
    "vega_lite_chart", "pydeck_chart", "graphviz_chart", "bokeh_chart",
}  # fmt: skip
OWN_FIGURES = {  # the scripts that save them, as picture and as drawing
    "diverscope_map": "pages/parts/frame/map/download.js",
    "diverscope_token_curve": "pages/parts/tokens/curve.js",
}


def calls(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))


def drawn_past_the_owner(path: Path) -> list[str]:
    """The calls in a file that draw a figure without a menu of downloads."""
    return [
        f"{path.name}:{call.lineno}"
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in CHARTS
        and not (call.func.attr == "map" and ast.unparse(call.func.value) not in ("st", "streamlit"))
    ]


def test_every_figure_of_a_page_is_drawn_by_the_owner() -> None:
    assert [line for path in FILES if path != OWNER for line in drawn_past_the_owner(path)] == []
    assert len(drawn_past_the_owner(OWNER)) == 1


def test_every_figure_brings_the_data_of_its_csv_and_a_name_for_its_files() -> None:
    shown = [
        (path, call)
        for path in FILES
        for call in calls(path)
        if isinstance(call.func, ast.Name) and call.func.id in ("show", "own_drawing") and path != OWNER
    ]
    assert len(shown) > 20
    missing = [
        f"{path.name}:{call.lineno}"
        for path, call in shown
        if not {"data", "name"} <= {keyword.arg for keyword in call.keywords}
    ]
    assert missing == []


def test_every_drawing_of_our_own_saves_a_picture_and_a_drawing() -> None:
    named = {
        call.args[0].value
        for path in FILES
        for call in calls(path)
        if ast.unparse(call.func) == "st.components.v2.component" and isinstance(call.args[0], ast.Constant)
    }
    assert set(OWN_FIGURES) <= named
    for name in OWN_FIGURES.values():
        script = (PROJECT_ROOT / name).read_text(encoding="utf-8")
        assert "svg" in script and "png" in script.lower()


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_the_csv_of_a_figure_holds_no_formula(cell: str) -> None:
    data = csv(pd.DataFrame({cell: [cell, "plain"], "number": [-1.5, 2.0]}))
    back = pd.read_csv(io.BytesIO(data), dtype=str)
    assert not any(str(value)[:1] in "=+-@\t" for value in [*back.columns, *back.iloc[:, 0]])
    assert back["number"].tolist() == ["-1.5", "2.0"]
