"""A figure for a room: everything larger, nothing else changed."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from core.figures.present import HEIGHT, LINES, POINTS, TYPE, enlarged
from core.figures.theme import styled


def _figure() -> go.Figure:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], line={"width": 2}, marker={"size": 8, "color": "#2F6DB5"}))
    figure.add_trace(go.Scatter(x=[1, 2], y=[3, 4], marker={"size": np.array([4, 6])}, mode="markers"))
    figure.add_annotation(x=1, y=3, text="here", font={"size": 12})
    return styled(figure, height=400)


def test_type_lines_points_and_height_grow_by_their_factors() -> None:
    small, large = _figure(), enlarged(_figure())
    assert large.layout.template.layout.font.size == small.layout.template.layout.font.size * TYPE
    assert large.layout.annotations[0].font.size == 12 * TYPE
    assert large.data[0].line.width == 2 * LINES and large.data[0].marker.size == 8 * POINTS
    assert list(large.data[1].marker.size) == pytest.approx([4 * POINTS, 6 * POINTS])
    assert large.layout.height == round(400 * HEIGHT)


def test_data_colours_and_words_stay_and_so_does_the_figure_itself() -> None:
    small = _figure()
    large = enlarged(small)
    assert list(large.data[0].x) == [1, 2] and list(large.data[0].y) == [3, 4]
    assert large.data[0].marker.color == "#2F6DB5" and large.layout.annotations[0].text == "here"
    assert small.data[0].line.width == 2 and small.layout.height == 400
