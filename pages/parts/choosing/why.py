"""Why a row is in or out: what the plan says of it, and the kept row nearest to it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st

from core.corpus.row_ids import show_id
from core.errors import DiverscopeError
from core.features.bands import readable_pieces
from core.features.clusters import load_clusters
from core.features.keywords import load_keywords
from core.features.tokens import load_tokenizer
from core.row_positions import CorpusRow, PoolRow
from core.selection.nearest import nearest_kept
from core.selection.plan import Reason
from core.selection.typed_plan import TypedPlan
from core.workbench.build import Built
from core.workbench.inspections.why import why
from pages.parts.frame.plain_text import figure3

SHOWN = 12  # types named of a longer list


def why_panel(built: Built, picked: PoolRow) -> None:
    """The facts about the pool's row ``picked``, most important first."""
    reason = why(built, picked)
    with st.container(border=True):
        st.markdown("**Why it is in**" if reason.chosen else "**Why it is not in**")
        for name, value in reason.facts:
            st.text(f"{name}: {_told(built, name, value)}")
        near = nearest(built, picked)
        if near is not None:
            position, distance = near
            st.text(f"nearest kept row: {row_id(built, position)}, cosine distance {figure3(distance)}")


def nearest(built: Built, picked: PoolRow) -> tuple[PoolRow, float] | None:
    """(pool position, cosine distance) of the kept row nearest to ``picked``, other than itself.

    None without embeddings of the component, or when nothing else is kept.
    """
    corpus_view = built.corpus_view
    if not corpus_view.whole.has("embeddings"):
        return None
    position = corpus_view.corpus_position(picked)
    neighbour = nearest_kept(position, built.positions, embeddings=corpus_view.whole.embeddings)
    if neighbour is None:
        return None
    row = corpus_view.pool_position(CorpusRow(neighbour[0]))
    assert row is not None  # a kept row is in the pool
    return row, neighbour[1]


def covering(reason: Reason) -> PoolRow | None:
    """The pool position of the kept row that covers a dropped one, where the plan names it."""
    for name, value in reason.facts:
        if name == "covered by" and isinstance(value, (int, np.integer)):
            return PoolRow(int(value))
    return None


def row_id(built: Built, row: PoolRow) -> str:
    """The id of the row at position ``row`` of the pool, in hexadecimal."""
    return show_id(int(built.corpus_view.pool.ids[row]))


def _told(built: Built, name: str, value: Any) -> str:
    if name == "covered by" and isinstance(value, (int, np.integer)):
        return f"row {row_id(built, PoolRow(int(value)))}"
    if isinstance(value, (list, tuple)):
        shown = ", ".join(_types(built, list(value)[:SHOWN]))
        return f"{shown}{' …' if len(value) > SHOWN else ''}" if len(value) else "none"
    return figure3(value) if isinstance(value, float) else str(value)


def _types(built: Built, kinds: list[Any]) -> list[str]:
    """Types as a person reads them: a token's text, a cluster's number and words, any other by its own name."""
    numbers = [int(kind) for kind in kinds if isinstance(kind, (int, np.integer))]
    if len(numbers) < len(kinds) or not isinstance(built.plan, TypedPlan):
        return [str(kind) for kind in kinds]
    features, corpus_view = built.recipe.features, built.corpus_view
    if built.recipe.strategy == "micro":
        with suppress(DiverscopeError):  # a tokenizer of the hub that is out of reach leaves the numbers
            tokenizer = load_tokenizer(
                corpus_view.workspace, corpus_view.corpus, corpus_view.choice.component, corpus_view.choice.tokenizer
            )
            return readable_pieces(tokenizer, np.array(numbers, dtype=np.int64))
    if "clusters" in features:
        held = load_clusters(
            corpus_view.workspace, corpus_view.corpus, corpus_view.choice.component, corpus_view.choice.clustering
        )
        words = (load_keywords(corpus_view.workspace, held) if held else None) or []
        told = {kind: ", ".join(word.word for word in few[:3]) for kind, few in enumerate(words)}
        return [f"cluster {kind}" + (f" ({told[kind]})" if told.get(kind) else "") for kind in numbers]
    return [str(kind) for kind in numbers]
