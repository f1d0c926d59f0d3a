"""Warns where the session's embedder learnt from English, and many rows are in other languages."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.features.embedders import default_embedder
from core.features.languages.reading import language_warning
from core.view import of_need
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

VECTORS = ("embeddings", "clusters", "tags")  # features that an embedder's vectors are in


def embedder_note(ctx: Context, *, needs: Iterable[str] = VECTORS) -> None:
    """Draw the warning, if there is one and any of ``needs`` is computed from the embedder's vectors."""
    if not any(of_need(need)[1] in VECTORS for need in needs):
        return
    said = language_warning(ctx.corpus, ctx.component, ctx.embedder or default_embedder())
    if said:
        st.warning(plain(said), icon=":material/translate:")
