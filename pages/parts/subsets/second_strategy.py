"""A second strategy beside the slider's: the same size, seed, rules and position, with its own settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.errors import FeatureMissing, Infeasible
from core.selection.registry import strategies, strategy
from core.workbench import plans
from core.workbench.build import Built, carry_out
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from core.workbench.subset_cost import with_equal_tokens
from pages.parts.choosing.strategy_form import titled
from pages.parts.frame import address, session_keys, view_cache
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

NONE = ""


@dataclass(frozen=True, eq=False)
class Second:
    """What the second strategy gives at the slider's position; ``beside`` is the level of the first."""

    built: Built
    beside: str


def second_choice(place: Any, ctx: Context, recipe: Recipe) -> str:
    """Draw the choice of a second strategy; "" for none."""
    known = strategies()
    options = [NONE, *(name for name in known if name != recipe.strategy)]
    return bound_select(
        place,
        "Second strategy",
        options,
        parameter=address.SECOND,
        default=NONE,
        format_func=lambda name: f"and {titled(known[name], ctx.choice)}" if name in known else name or "one strategy",
        hide_label=True,
    )


def equal_tokens() -> bool:
    """Draw the switch that sizes the second strategy to the tokens of the first."""
    return st.toggle(
        "Equal tokens", **address.EQUAL_TOKENS.widget, persist_state="session",
        help="The second strategy gets as many tokens of instruction and response as the first takes here, in however "
        "many rows.",
    )  # fmt: skip


def second_of(
    ctx: Context, corpus_view: CorpusView, recipe: Recipe, name: str, *, equal_to: Built | None = None
) -> tuple[Second | None, str]:
    """The subset of the strategy ``name`` where the slider stands; else None and why there is none.

    It has the size of the slider, or as many tokens as the rows of ``equal_to``.
    """
    chosen = strategy(name)
    wanted = replace(
        recipe,
        strategy=name,
        strategy_version=chosen.version,
        parameters=_settings(ctx, name),
        target=session_keys.TARGET.get("") or "",
        features={},
        ids_digest="",
        rows=0,
    )
    try:
        if equal_to is not None:
            wanted = with_equal_tokens(wanted, equal_to)
        whole = plans.completed(wanted, corpus_view)
        if plans.waits(corpus_view, whole):
            return None, f"{chosen.title} is prepared once: choose it as the strategy and press Prepare."
        whole, plan = view_cache.plan_of(corpus_view, whole)
        fixed = plan.kind == "ranked" and not chosen.tail
        built = carry_out(
            corpus_view=corpus_view, recipe=replace(whole, position=1.0 if fixed else recipe.position), plan=plan
        )
    except FeatureMissing as missing:
        return None, f"{chosen.title} reads {missing.feature}, which are not computed yet: choose it as the strategy."
    except Infeasible as error:
        return None, f"{chosen.title}: {error}"
    return Second(built, strategy(recipe.strategy).level), ""


def shared_rows(first: Built, second: Built) -> int:
    """The rows that both subsets hold."""
    return int((first.chosen & second.chosen).sum())


def second_line(first: Built, second: Second | None, why: str) -> None:
    """Draw how many rows both strategies choose, or why the second has no curve."""
    if second is None:
        st.caption(plain(why))
        return
    name, both = strategy(second.built.recipe.strategy).title, shared_rows(first, second.built)
    share = 100 * both / max(1, len(first.answer.rows))
    sizes = ""
    if second.built.recipe.unit != first.recipe.unit:
        here, there = (len(built.answer.rows) for built in (first, second.built))
        sizes = f" For the same {second.built.recipe.size:,} tokens it takes {there:,} rows, the first {here:,}."
    st.caption(plain(f"{both:,} rows ({share:.0f} %) are also chosen by {name} at this position.{sizes}"))


def _settings(ctx: Context, name: str) -> dict[str, Any]:
    """The settings of the strategy as they were set in this session, else as it starts."""
    values: dict[str, Any] = {}
    for parameter in strategy(name).parameters:
        value = address.strategy_setting(name, parameter.name).key.get(None)
        if value is None or (isinstance(value, Sequence) and not len(value)):
            continue
        values[parameter.name] = value
    return dict(ctx.choice.complete(strategy(name).parameters, values))
