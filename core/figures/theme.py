"""The Plotly template and the palette of all charts, legends and exports; each colour has one meaning."""

from __future__ import annotations

from typing import Any, Literal

import plotly.graph_objects as go

Mode = Literal["light", "dark"]

# A hue for each level (blue, green, orange); random is always grey. These and the hues below stay apart for eyes that
# see no red, no green or no blue: a test simulates the three.
LEVELS = {"macro": "#2F6DB5", "meso": "#1A936F", "micro": "#E07A1F", "random": "#8A919C"}
# Ranked strategies take these in the registry's order; they stay apart from the levels too.
RANKED = ("#7225E4", "#AC458C", "#4884FB", "#CD483E", "#1E6263", "#CE8ACA", "#52B576", "#C750E0")
# Clusters, sources, categories: twelve hues, then they repeat; they stay apart from noise and random too.
CATEGORIES = (
    "#6976FB", "#DD2E46", "#397005", "#AD9000", "#10ADF2", "#9229C0",
    "#FA7461", "#9D67AD", "#64AB77", "#E77AD4", "#727559", "#6E526E",
)  # fmt: skip
PLAIN = "#2F6DB5"  # what has no meaning of its own: counts, histograms, a single line
BANDS = {"high": "#6C7A91", "mid": "#E07A1F", "low": "#9B7FC7"}
NOISE = "#B8BEC8"
SEQUENTIAL = "Viridis"
DIVERGING = "RdBu_r"
WORSE_TO_BETTER = "RdBu"
INK: dict[Mode, str] = {"light": "#1C2430", "dark": "#E7ECF3"}
GRID: dict[Mode, str] = {"light": "#E3E7EE", "dark": "#2C3542"}
PAPER: dict[Mode, str] = {"light": "#FFFFFF", "dark": "#12161D"}
FONT = "Source Sans Pro, Source Sans, Segoe UI, Helvetica, Arial, sans-serif"


def level_colour(level: str, *, index: int = 0) -> str:
    """The colour of a strategy: its level's hue, or the ``index``-th of the ranked family."""
    return LEVELS.get(level, RANKED[index % len(RANKED)])


def component_shade(colour: str, component: str) -> str:
    """The light shade of ``colour`` for instruction, the colour itself for response and both."""
    if component != "instruction":
        return colour
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(c + (255 - c) * 0.45):02X}" for c in channels)


def template(mode: Mode = "light") -> go.layout.Template:
    """The template of every figure: quiet grid, readable at a projector's distance, no background of its own."""
    axis: dict[str, Any] = {
        "gridcolor": GRID[mode],
        "linecolor": GRID[mode],
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": GRID[mode],
        "title": {"standoff": 10},
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 15, "color": INK[mode]},
            "paper_bgcolor": PAPER[mode],  # that of the page: a downloaded picture stays readable wherever it is pasted
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(CATEGORIES),
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 64, "r": 16, "t": 40, "b": 56},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": {"text": ""}},
            "hoverlabel": {"font": {"family": FONT, "size": 14}},
            "modebar": {"bgcolor": PAPER[mode], "color": NOISE, "activecolor": INK[mode]},
            "separators": ".,",
        }
    )


def styled(figure: go.Figure, *, mode: Mode = "light", height: int = 420) -> go.Figure:
    """``figure`` with the house template and a height in pixels."""
    figure.update_layout(template=template(mode), height=height)
    return figure


def text(value: object) -> str:
    """Corpus text escaped for a Plotly label or hover text, which read a subset of HTML."""
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
