"""A text with its tokens coloured by frequency band. Pieces reach the browser as text, never as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.figures.theme import BANDS

_HTML = '<div id="legend"></div><div id="text" tabindex="0" role="document" aria-label="Tokens of the row"></div>'
# Colour and underline both show the band, so that it can be seen without colours.
_COLOURS = ":host { " + " ".join(f"--{band}: {colour};" for band, colour in BANDS.items()) + " }"
_CSS = """
#legend { font: 14px var(--st-font); color: var(--st-text-color); margin-bottom: 8px; display: flex; gap: 18px; }
#text { font: 16px/1.9 var(--st-font); color: var(--st-text-color); white-space: pre-wrap; overflow: auto;
  overflow-wrap: anywhere; border: 1px solid var(--st-border-color); border-radius: 8px; padding: 12px 14px; }
#text span { border-radius: 3px; }
.high { border-bottom: 1px solid color-mix(in srgb, var(--high) 45%, transparent); }
.mid { background: color-mix(in srgb, var(--mid) 30%, transparent); border-bottom: 3px solid var(--mid); }
.low { background: color-mix(in srgb, var(--low) 24%, transparent); border-bottom: 2px dotted var(--low); }
.wanted { outline: 2px solid var(--st-primary-color); outline-offset: -1px; }
"""
_JS = """
export default function ({ parentElement, data }) {
  const text = parentElement.querySelector("#text"), legend = parentElement.querySelector("#legend");
  text.style.maxHeight = data.height + "px";
  const made = (label, band) => {
    const span = document.createElement("span");
    span.textContent = label;
    const known = band.split(" ").filter((name) => ["high", "mid", "low", "wanted"].includes(name));
    if (known.length) span.className = known.join(" ");
    return span;
  };
  legend.replaceChildren(...data.legend.map(([label, band]) => made(label, band)));
  const spans = data.pieces.map(([label, band, hint]) => {
    const span = made(label, band);
    if (hint) span.title = hint;
    return span;
  });
  text.replaceChildren(...spans);
  const wanted = text.querySelector(".wanted");
  text.scrollTop = wanted ? wanted.offsetTop - text.offsetTop - 60 : 0;
}
"""


def coloured_text(
    pieces: Sequence[tuple[str, str, str]], *, legend: Sequence[tuple[str, str]], key: str, height: int = 360
) -> None:
    """Show ``pieces`` of (text, band, hint) one after another; a band is high, mid, low or "" for no token.

    With " wanted" after it, or alone, the piece has a frame, and the first of these is scrolled to.
    """
    _component()(
        data={"pieces": [list(piece) for piece in pieces], "legend": [list(item) for item in legend], "height": height},
        key=key,
    )


def _component() -> Any:
    return st.components.v2.component("diverscope_coloured_text", html=_HTML, css=_COLOURS + _CSS, js=_JS)
