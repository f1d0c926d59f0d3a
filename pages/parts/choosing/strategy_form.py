"""The form of a strategy: the strategy, its settings, the number of rows, and the rules that every answer obeys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.budgets.sizing import default_size
from core.corpus.corpus_list import list_corpora
from core.selection.registry import skipped, strategies
from core.selection.strategy import Strategy
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.previews import strategy_mark
from core.workbench.recipe import Recipe
from core.workbench.subset_cost import rows_expected
from pages.parts.choosing.make_examples import make_examples_form
from pages.parts.choosing.rules_form import rules_popover
from pages.parts.choosing.size_form import size_form
from pages.parts.choosing.strategy_list import strategy_button
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.page import Context, corpus_by_id
from pages.parts.frame.parameter_widgets import follow_band, knob
from pages.parts.frame.plain_text import plain

LEVEL_TITLES = {"macro": "Macro", "meso": "Meso", "micro": "Micro", "ranked": "Ranked", "random": "Random"}


def strategy_form(columns: Sequence[Any], ctx: Context, corpus_view: CorpusView) -> Recipe | None:
    """Draw the form in eight ``columns``; the recipe that it describes, without a position.

    None after saying what a size in minutes or money still needs.
    """
    known = strategies()
    if left_out := skipped():
        st.warning("Left out of the strategies: " + " · ".join(plain(reason) for reason in left_out))
    name = bound_select(
        columns[0],
        "Strategy",
        list(known),
        parameter=address.STRATEGY,
        default="micro",
        format_func=lambda item: titled(known[item], ctx.choice),
    )
    chosen = known[name]
    with columns[2].popover("Settings", icon=":material/tune:", width="stretch", disabled=not chosen.parameters):
        parameters, target = parameter_widgets(chosen, ctx, corpus_view)
    size = size_form(columns[3:6], ctx, corpus_view)
    seed = columns[6].number_input(
        "Seed", min_value=0, value=0, step=1, persist_state="session", **address.SUBSET_SEED.widget
    )
    with columns[1]:
        sizable = size is not None and corpus_view.not_counted(size.unit) is None
        wanted = rows_expected(corpus_view, size) if size and sizable else default_size(len(corpus_view.pool))
        strategy_button(ctx, corpus_view, chosen=name, size=wanted)
    rules = rules_popover(columns[7], ctx, corpus_view)
    for note in column_notes(chosen, parameters):
        st.caption(plain(note))
    if size is None:
        return None
    return Recipe(
        corpus=ctx.corpus.id,
        pool=ctx.pool.as_dict(),
        choice=ctx.choice.as_dict(),
        strategy=name,
        strategy_version=chosen.version,
        parameters=parameters,
        **size.as_fields(),
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
    """Draw the choice of the corpus of examples, for targeted strategies, and what one can be made of."""
    make_examples_form(ctx)
    others = {info.id: info.name for info in list_corpora(ctx.workspace) if info.id != ctx.corpus.id}
    chosen = st.selectbox(
        "Examples",
        list(others),
        format_func=lambda corpus: others.get(corpus, corpus),
        placeholder="Load the examples as a second corpus, or make them",
        key=session_keys.TARGET.name,
        persist_state="session",
        help="A second, small corpus of rows like those you want. Embed it with the same embedder and component.",
    )
    return str(chosen or "")


def titled(chosen: Strategy, choice: FeatureSettings) -> str:
    """A strategy's title in lists, with its level in front, unless the title begins with it, and "(preview)" behind."""
    level, mark = LEVEL_TITLES[chosen.level], strategy_mark(chosen, choice)
    title = chosen.title if chosen.title.startswith(level) else f"{level}: {chosen.title.replace(': ', ', ')}"
    return title + mark


def parameter_widgets(
    chosen: Strategy, ctx: Context, corpus_view: CorpusView, *, target: str | None = None
) -> tuple[dict[str, Any], str]:
    """Draw a widget for each knob; returns their values and the corpus of examples ("" for none).

    ``target`` is that corpus where it was chosen before; else its choice is drawn with the knobs that need it.
    Knobs of the mid band follow the Tokens page until one of them is changed: then all belong to this strategy.
    """
    band = ctx.choice.band_in(chosen.parameters)
    follow_band(chosen.name, band, {name: address.strategy_setting(chosen.name, name).key for name in band})
    values: dict[str, Any] = {}
    # The target is drawn before the first knob that names one of its columns, else after all knobs.
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
