"""A figure on a page: drawn with the house template, downloadable as PNG, SVG and CSV of its data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.figures.present import enlarged
from core.figures.theme import Mode
from pages.parts.frame.look import presenting

# Plotly draws the picture in the browser; the buttons ask the figure's own camera for the wanted format.
_CAMERA = """
export default function ({ parentElement, data }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => {
      const box = document.querySelector(".st-key-" + CSS.escape(data.key));
      const plot = box && box.querySelector(".js-plotly-plot");
      if (box && !plot) {
        // A drawing of our own saves itself: it hears this and looks whether it is the one that is meant.
        const detail = { format: button.dataset.format, name: data.name };
        box.dispatchEvent(new CustomEvent("diverscope-picture", { bubbles: true, detail }));
        return;
      }
      const camera = plot && plot.querySelector('.modebar-btn[data-title*="Download"]');
      if (!camera || !plot._context) return;
      plot._context.toImageButtonOptions =
        { format: button.dataset.format, filename: data.name, width: 1280, height: data.height, scale: 2 };
      // Clicks that the document sees count as outside the popover and would close it: neither the camera's
      // nor that of the link through which Plotly saves the picture once it is drawn may get there.
      const hide = (event) => {
        if (!event.target.closest?.("a[download]")) return;
        event.stopPropagation();
        window.removeEventListener("click", hide, true);
      };
      window.addEventListener("click", hide, true);
      camera.dispatchEvent(new MouseEvent("click", { bubbles: false }));
    };
  }
}
"""
_HTML = '<button data-format="png">PNG</button><button data-format="svg">SVG</button>'
_CSS = """
button { font: inherit; font-size: 0.9rem; margin-right: 0.5rem; padding: 0.25rem 0.75rem; cursor: pointer;
  color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
"""


def mode() -> Mode:
    """Whether the browser shows the dark or the light theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show(
    figure: go.Figure,
    *,
    key: str,
    data: pd.DataFrame | None = None,
    name: str = "figure",
    on_select: Any = "ignore",
    selection_mode: Any = ("points", "box", "lasso"),
    caption: str = "",
    drag: str | None = None,
    tools: Any = None,
) -> Any:
    """Draw ``figure`` and return its selection event.

    ``key`` uses letters, digits and dashes only. ``data`` is the content of the CSV; ``name`` is the stem of downloaded
    files. ``drag`` is Plotly's drag mode ("lasso", "select", "pan"). The menu of downloads is drawn in ``tools``, by
    default below the figure.
    """
    if drag:
        figure.update_layout(dragmode=drag)
    figure.update_layout(uirevision=key)
    if presenting():
        figure = enlarged(figure)
    with st.container(key=f"{key}-box"):
        event = st.plotly_chart(
            figure,
            key=key,
            theme=None,
            on_select=on_select,
            selection_mode=selection_mode,
            config={
                "displaylogo": False,
                "scrollZoom": drag is not None,
                "responsive": True,
                "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"],  # dragging and Reset replace them
            },
        )
        if tools is None:
            _below(key=key, data=data, name=name, height=int(figure.layout.height or 420), caption=caption)
    if tools is not None:
        _menu(tools, key=key, data=data, name=name, height=int(figure.layout.height or 420))
    return event


@contextmanager
def own_drawing(*, key: str, data: pd.DataFrame, name: str, caption: str = "") -> Iterator[None]:
    """Draw a component of our own in here, with the same downloads below it as every figure has.

    Its script saves the picture when it hears the event ``diverscope-picture`` from around it. The other parameters are
    those of :func:`show`.
    """
    with st.container(key=f"{key}-box"):
        yield
        _below(key=key, data=data, name=name, height=0, caption=caption)


def _below(*, key: str, data: pd.DataFrame | None, name: str, height: int, caption: str) -> None:
    """The caption and the menu of downloads below a figure that is ``height`` pixels high."""
    left, right = st.columns([6, 1], vertical_alignment="top")
    if caption:
        left.caption(caption)
    _menu(right, key=key, data=data, name=name, height=height)


def _menu(place: Any, *, key: str, data: pd.DataFrame | None, name: str, height: int) -> None:
    """The menu of downloads of a figure that is ``height`` pixels high."""
    with place.popover("", icon=":material/download:", type="tertiary", help="Download this figure"):
        _camera()(
            data={"key": f"{key}-box", "name": name, "height": height * 1.4},
            key=f"{key}-camera",
        )
        if data is not None:
            st.download_button(
                "CSV of its data",
                data=lambda: csv(data),
                file_name=f"{name}.csv",
                mime="text/csv",
                key=f"{key}-csv",
                on_click="ignore",
            )


def csv(data: pd.DataFrame) -> bytes:
    """``data`` as CSV in which no spreadsheet finds a formula."""
    from core.export.report import csv_bytes

    return csv_bytes(data)


def _camera() -> Any:
    return st.components.v2.component("diverscope_camera", html=_HTML, css=_CSS, js=_CAMERA)
