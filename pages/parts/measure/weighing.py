"""How much of each domain to take: balance weights by vectors, and a budget from an imported table of effects."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.errors import DiverscopeError, InputError
from core.evidence.effect_budget import effect_budget, effects_of
from core.features.balance_weights import balance_weights
from core.features.embedding import load_embeddings
from pages.parts.frame import session_keys
from pages.parts.frame.explain import explain
from pages.parts.frame.given_file import given_file
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.selection import SelectionState

AIMS = {"least": "the smallest worth", "sum": "the sum"}


def weighing(ctx: Context, column: str) -> None:
    """Draw both for the values of ``column``; a press makes the weights the quotas of the Subsets page."""
    with st.expander("How much of each: balance weights", icon=":material/balance:", key="balance"):
        _balance(ctx, column)
    with st.expander("How much of each: from effects on each other", icon=":material/hub:", key="effect-budget"):
        _effects(ctx, column)


def _balance(ctx: Context, column: str) -> None:
    vectors = load_embeddings(ctx.corpus_text, ctx.embedder or None)
    if vectors is None:
        st.text("Balance weights read vectors: embed the rows on the Clusters page, or attach gradients as vectors.")
        return
    left, help_ = st.columns([6, 0.5], vertical_alignment="bottom")
    sharpness = left.slider("Sharpness", 0.0, 100.0, 10.0, 1.0, key="balance-sharpness",
                            help="0: all alike. Larger: most to the domain that helps the others most.")  # fmt: skip
    with help_:
        explain(
            "balance weights",
            formula="softmax(sharpness · G π), G the inner products of the domains' mean vectors, π their wanted "
            "shares (here all alike)",
            source="after R&B (arXiv 2505.00358), from memory: there vectors are gradients, taken anew in training",
            key="balance.explain",
        )
    try:
        table = balance_weights(vectors, ctx.corpus.column(column), sharpness=float(sharpness))
    except DiverscopeError as error:
        st.info(plain(str(error)))
        return
    st.dataframe(table, hide_index=True, key="balance-table", column_config={
        "rows": st.column_config.NumberColumn(format="localized"),
        **{name: st.column_config.NumberColumn(format="percent") for name in ("share", "wanted", "weight")},
    })  # fmt: skip
    if st.button("Use as shares on Subsets", key="balance-use"):
        shares = {str(line["domain"]): round(100 * float(line["weight"]), 2) for line in table.to_dict("records")}
        _quotas(ctx, column, {"shares": shares})


def _effects(ctx: Context, column: str) -> None:
    st.text("A table (CSV): line i, column j says how many rows of j a row of i is worth; from runs of your own.")
    given = given_file("Effects", kinds=(".csv",), key="effects")
    left, right, help_ = st.columns([2, 3, 0.5], vertical_alignment="bottom")
    size = left.number_input("Rows in all", 1, max(1, len(ctx.corpus)), value=min(1_000, len(ctx.corpus)),
                             key="effects-size")  # fmt: skip
    aim = right.segmented_control("As large as possible", ("least", "sum"), default="least", required=True,
                                  key="effects-aim", format_func=lambda way: AIMS[way])  # fmt: skip
    with help_:
        explain(
            "a budget from effects",
            formula="b ≥ 0 rows a category, Σ b = N, b ≤ rows there: maximise Σ_j w_j or the smallest w_j, "
            "w_j = Σ_i b_i e_ij (a linear program), then whole rows",
            source="after Beyond IID (arXiv 2409.07045), from memory; a reconstruction",
            key="effects.explain",
        )
    if given is None:
        return
    try:
        try:
            read = pd.read_csv(io.BytesIO(given.read()))
        except ValueError as error:
            raise InputError(f"{given.name} cannot be read as CSV.") from error
        names, effects = effects_of(read)
        there = Counter(str(value) for value in ctx.corpus.column(column)[~ctx.corpus.holdout].tolist() if value)
        table = effect_budget(names, effects, there, size=int(size), aim="sum" if aim == "sum" else "least")
    except DiverscopeError as error:
        st.warning(plain(str(error)))
        return
    st.dataframe(table, hide_index=True, key="effects-table")
    if st.button("Use as quotas on Subsets", key="effects-use"):
        bounds = {str(line["category"]): int(line["rows"]) for line in table.to_dict("records")}
        _quotas(ctx, column, {"minimum": bounds, "maximum": bounds})


def _quotas(ctx: Context, column: str, rule: Mapping[str, Mapping[str, float]]) -> None:
    """Let ``rule``, shares or bounds by value, be the quota of the column; a step that Undo takes back."""
    state = SelectionState(ctx.corpus)
    before = session_keys.QUOTAS.of(ctx.corpus.id).get({})
    state.do(f"Set the quota of {column}", quotas={**before, column: {"column": column, **rule}})
    session_keys.SELECTION_SAID.set(("success", f"The quota of {column} holds on Subsets."))
    st.rerun()
