"""The form of a strategy: the strategy, its settings, the number of rows, and the rules that every answer obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.corpus.store import list_corpora
from core.counted import counted
from core.selection.registry import skipped, strategies
from core.selection.strategy import Strategy
from core.workbench.build import default_budget, default_size
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from pages.parts.choosing.rules_form import rules_popover
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.page import Context, corpus_by_id
from pages.parts.frame.parameter_widgets import follow_band, knob
from pages.parts.frame.plain_text import plain

LEVEL_TITLES = {"macro": "Macro", "meso": "Meso", "micro": "Micro", "ranked": "Ranked", "random": "Random"}


def strategy_form(ctx: Context, corpus_view: CorpusView) -> Recipe:
    """Draw the form and return the recipe that it describes, without a position."""
    known = strategies()
    if left_out := skipped():
        st.warning("Left out of the strategies: " + " · ".join(plain(reason) for reason in left_out))
    columns = st.columns([2.5, 0.6, 1.2, 1.4, 1.2, 0.9, 1.1], vertical_alignment="bottom")
    name = bound_select(
        columns[0],
        "Strategy",
        list(known),
        parameter=address.STRATEGY,
        default="micro",
        format_func=lambda item: titled(known[item]),
    )
    chosen = known[name]
    with columns[1]:
        notes = f"{chosen.summary} {chosen.tail}".strip()
        explain(chosen.title, formula=chosen.formula, source=chosen.source, notes=notes, key="strategy-help")
    with columns[2].popover("Settings", icon=":material/tune:", width="stretch", disabled=not chosen.parameters):
        parameters, target = parameter_widgets(chosen, ctx, corpus_view)
    unit = columns[3].segmented_control(
        "Size in",
        ["rows", "tokens"],
        default="rows",
        required=True,
        **address.SIZE_UNIT.widget,
        persist_state="session",
        help="A number of rows, or a budget of the chosen tokenizer's tokens.",
    )
    pool_rows = len(corpus_view.pool)
    proposed = default_budget(corpus_view.pool) if unit == "tokens" else default_size(pool_rows)
    size = columns[4].number_input(
        "How many",
        min_value=1,
        value=proposed,
        step=max(1, 10 ** (len(str(proposed)) - 2)),
        **(address.ROWS_WANTED if unit == "rows" else address.TOKENS_WANTED).widget,
        persist_state="session",
        help=f"The pool holds {counted(pool_rows, 'row')}.",
    )
    seed = columns[5].number_input(
        "Seed", min_value=0, value=0, step=1, persist_state="session", **address.SUBSET_SEED.widget
    )
    rules = rules_popover(columns[6], ctx, corpus_view)
    for note in column_notes(chosen, parameters):
        st.caption(plain(note))
    return Recipe(
        corpus=ctx.corpus.id,
        pool=ctx.pool.as_dict(),
        choice=ctx.choice.as_dict(),
        strategy=name,
        strategy_version=chosen.version,
        parameters=parameters,
        size=int(size),
        unit=str(unit),
        seed=int(seed),
        target=target,
        **rules,
    )


def column_notes(chosen: Strategy, values: Mapping[str, Any]) -> list[str]:
    """Notes on the columns in the folded settings: a column used instead of the usual one, or a missing column."""
    notes = []
    for parameter in chosen.parameters:
        value = values.get(parameter.name)
        counts = not parameter.only_with or values.get(parameter.only_with[0]) == parameter.only_with[1]
        if parameter.without and not value:
            notes.append(parameter.without)
        elif parameter.kind == "column" and counts and parameter.default and value and value != parameter.default:
            notes.append(f"{parameter.title}: {value}. Another can be chosen in the settings.")
    return notes


def target_widget(ctx: Context) -> str:
    """Draw the choice of the corpus of examples, for targeted strategies."""
    others = {info.id: info.name for info in list_corpora(ctx.workspace) if info.id != ctx.corpus.id}
    chosen = st.selectbox(
        "Examples",
        list(others),
        format_func=lambda corpus: others.get(corpus, corpus),
        placeholder="Load the examples as a second corpus",
        key=session_keys.TARGET.name,
        persist_state="session",
        help="A second, small corpus of rows like those you want. Embed it with the same embedder and component.",
    )
    return str(chosen or "")


def titled(chosen: Strategy) -> str:
    """A strategy's title in lists, with its level in front, unless the title begins with it."""
    level = LEVEL_TITLES[chosen.level]
    return chosen.title if chosen.title.startswith(level) else f"{level}: {chosen.title.replace(': ', ', ')}"


def parameter_widgets(chosen: Strategy, ctx: Context, corpus_view: CorpusView) -> tuple[dict[str, Any], str]:
    """Draw a widget for each knob; returns their values and the corpus of examples ("" for none).

    Knobs of the mid band follow the Tokens page until one of them is changed: then all belong to this strategy.
    """
    band = ctx.choice.band_in(chosen.parameters)
    follow_band(chosen.name, band, {name: address.strategy_setting(chosen.name, name).key for name in band})
    values: dict[str, Any] = {}
    target: str | None = None  # drawn before the first knob that names one of its columns, else after all knobs
    for parameter in chosen.parameters:
        if parameter.only_with and values.get(parameter.only_with[0]) != parameter.only_with[1]:
            values[parameter.name] = ctx.choice.start_of(parameter)
            continue
        default = ctx.choice.start_of(parameter)
        carried, elsewhere = (
            address.strategy_setting(chosen.name, parameter.name, number=parameter.kind in ("int", "float")),
            None,
        )
        widget = carried.widget
        if parameter.of_target and values.get(parameter.of_target[0]) == parameter.of_target[1]:
            target = target_widget(ctx) if target is None else target
            widget = {"key": session_keys.OF_TARGET.of(carried.name, target or "none").name}
            elsewhere = _columns_of(ctx, target)
        values[parameter.name] = knob(parameter, default, corpus_view, widget=widget, elsewhere=elsewhere)
    if target is None:
        completed = ctx.choice.complete(chosen.parameters, values)
        target = target_widget(ctx) if "target" in chosen.needs(completed) else ""
    return values, target


def _columns_of(ctx: Context, corpus: str) -> list[str]:
    return list(corpus_by_id(str(ctx.workspace.home), corpus).columns) if corpus else []
