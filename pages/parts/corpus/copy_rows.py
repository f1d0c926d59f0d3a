"""Rows of a group of copies side by side, the words in which they differ marked. Texts reach the browser as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.curation.near_copies.differences import Pieces
from pages.parts.frame.plain_text import sendable

_HTML = '<div id="rows"></div>'
# Colour and underline both mark a word, so that it can be seen without colours.
_CSS = """
#rows { display: grid; grid-auto-columns: minmax(0, 1fr); grid-auto-flow: column; gap: 10px; }
section { border: 1px solid var(--st-border-color); border-radius: 8px; padding: 8px 12px; min-width: 0; }
section.stays { border-color: var(--st-primary-color); }
h4 { font: 600 13px var(--st-font); color: var(--st-text-color); margin: 0 0 6px; overflow-wrap: anywhere;
  opacity: 0.8; }
p { font: 15px/1.5 var(--st-font); color: var(--st-text-color); margin: 0; white-space: pre-wrap;
  overflow-wrap: anywhere; overflow-y: auto; max-height: 220px; }
mark { color: inherit; border-radius: 3px; border-bottom: 2px solid #E07A1F;
  background: color-mix(in srgb, #E07A1F 28%, transparent); }
"""
_JS = """
export default function ({ parentElement, data }) {
  const drawn = data.rows.map((row) => {
    const section = document.createElement("section"), head = document.createElement("h4");
    const text = document.createElement("p");
    if (row.stays) section.className = "stays";
    head.textContent = row.head;
    text.tabIndex = 0;
    for (const [piece, differs] of row.pieces) {
      const node = differs ? document.createElement("mark") : document.createTextNode(piece);
      if (differs) node.textContent = piece;
      text.append(node);
    }
    section.append(head, text);
    return section;
  });
  parentElement.querySelector("#rows").replaceChildren(...drawn);
}
"""


def copy_rows(rows: Sequence[tuple[str, Pieces, bool]], *, key: str) -> None:
    """Show rows side by side: each a head, the pieces of its text with whether they differ, and whether it stays."""
    data = [
        {"head": sendable(head), "pieces": [[sendable(piece), differs] for piece, differs in pieces], "stays": stays}
        for head, pieces, stays in rows
    ]
    _component()(data={"rows": data}, key=key)


def _component() -> Any:
    return st.components.v2.component("diverscope_copy_rows", html=_HTML, css=_CSS, js=_JS)
