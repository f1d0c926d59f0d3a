"""What stands on the slider of Subsets: the one place that every other page asks, and that an address carries.

A page that starts from the slider's subset names it in its own address, as far as it differs from what Subsets starts
with: opened in another session, or by Back and Forward, it shows the same, and Subsets then shows it too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.budgets.profile_store import profiles
from core.budgets.sizing import default_size
from core.budgets.units import BY_PROFILE, check_counted
from core.errors import DiverscopeError, InputError, quoted
from core.selection.registry import strategies, strategy
from core.workbench import plans
from core.workbench.feature_settings import FeatureSettings
from core.workbench.quotas import typed_rule
from core.workbench.recipe import Recipe
from core.workbench.subsets import default_name, list_subsets
from pages.parts.choosing.set_rules import set_rules
from pages.parts.frame import address, session, session_keys, view_cache
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

# The fields of a recipe that belong to the slider; corpus, pool and feature settings an address names by themselves.
FIELDS = (
    "strategy",
    "parameters",
    "size",
    "unit",
    "row_cutoff",
    "budget",
    "position",
    "seed",
    "target",
    "given",
    "pinned",
    "excluded",
    "quotas",
)
RULES = ("given", "pinned", "excluded", "quotas")


def on_slider(ctx: Context) -> Recipe:
    """The recipe of the slider with the session's pool, settings and rules; a built one still names its rows.

    Before Subsets was opened it is what Subsets starts with. The page's address carries it from then on.
    """
    start = starting_recipe(ctx)
    named = address.ON_SLIDER
    if session.came_back() or (named.get() is not None and not session.slider_recipe()):
        _take_from_address(ctx, start)
    recipe = _now(ctx, start)
    named.put_values(_differing(ctx, recipe, start))
    return recipe


def starting_recipe(ctx: Context) -> Recipe:
    """What Subsets shows before anything is chosen there."""
    first = strategy(Recipe(corpus=ctx.corpus.id).strategy)
    return Recipe(
        corpus=ctx.corpus.id,
        pool=ctx.pool.as_dict(),
        choice=ctx.choice.as_dict(),
        strategy_version=first.version,
        parameters=ctx.choice.complete(first.parameters),
        size=default_size(len(view_cache.corpus_view(ctx).pool)),
    )


def slider_title(recipe: Recipe) -> str:
    """How a list names the subset that stands on the slider."""
    return f"On the slider: {default_name(recipe)}"


def answers_at_once(ctx: Context, recipe: Recipe) -> bool:
    """Whether a recipe's rows can be had now: what it reads is computed, and its plan needs no job."""
    corpus_view = view_cache.with_given_rows(ctx, view_cache.corpus_view(ctx), recipe.given)
    if not len(corpus_view.pool):
        return False
    try:
        return not plans.waits(corpus_view, plans.completed(recipe, corpus_view))
    except DiverscopeError:
        return False


def put_on_slider(recipe: Recipe, *, known: Collection[str], pool_rows: int) -> None:
    """Set strategy, its settings, size, seed, rules and position of Subsets as the recipe names them.

    To be called before the widgets of Subsets are drawn. ``known`` are the keys of saved subsets: rows in training that
    are none of them any more are left out. ``pool_rows`` gives the size where the recipe names none.
    """
    if recipe.strategy in strategies():
        address.STRATEGY.turn_to(recipe.strategy)
        address.STRATEGY.refused.drop()
        _put_settings(recipe)
    _put_size(recipe, size=int(recipe.size or default_size(pool_rows)))
    address.SUBSET_SEED.key.set(int(recipe.seed))
    address.POSITION.key.set(round(recipe.position * 100, 1))
    set_rules(
        recipe.corpus,
        recipe.pool,
        given=recipe.given if recipe.given in known else "",
        pinned=recipe.pinned,
        excluded=recipe.excluded,
        quotas=recipe.quotas,
    )


def _put_size(recipe: Recipe, *, size: int) -> None:
    """The number and its unit: minutes and money where the profile that made tokens of them still has its figures."""
    budget = recipe.budget
    figures = budget.get("profile")
    name = str(figures.get("name", "")) if isinstance(figures, Mapping) else ""
    known = profiles(session.workspace()).get(name)
    unit, number = recipe.unit, float(size)
    if known is not None and known.as_dict() == figures and budget.get("unit") in BY_PROFILE:
        unit, number = str(budget["unit"]), float(budget["amount"])
        address.PROFILE.turn_to(known.name)
    address.SIZE_UNIT.turn_to(unit)
    address.SIZE_WANTED[unit].key.set(number if unit in BY_PROFILE else int(number))
    address.ROW_CUTOFF.key.set(int(recipe.row_cutoff))


def _put_settings(recipe: Recipe) -> None:
    """The strategy's settings, each in the widget that shows it."""
    chosen = strategies()[recipe.strategy]
    choice = FeatureSettings.of(recipe.choice)
    values = choice.complete(chosen.parameters, recipe.parameters)
    session_keys.BAND_START.of(chosen.name).set(dict(choice.band_in(chosen.parameters)))
    for parameter in chosen.parameters:
        value = values.get(parameter.name, parameter.default)
        carried = address.strategy_setting(chosen.name, parameter.name)
        if parameter.of_target and values.get(parameter.of_target[0]) == parameter.of_target[1]:
            session_keys.OF_TARGET.of(carried.name, recipe.target or "none").set(value or None)
        elif parameter.kind == "columns":
            carried.key.set(list(value or ()))
        elif parameter.kind in ("text", "bool"):
            carried.key.set(value)
        else:
            carried.key.set(None if value in ("", None) else value)
    if recipe.target:
        session_keys.TARGET.set(recipe.target)


def _now(ctx: Context, start: Recipe) -> Recipe:
    """The stored recipe, or ``start``, with the session's settings, pool and rules as they are now."""
    stored = session.slider_recipe()
    if not stored or stored.get("strategy") not in strategies():  # a user's own strategy may have been removed
        return replace(start, **_session_rules(ctx))
    before = Recipe.of(stored)
    recipe = before if dict(before.choice) == ctx.choice.as_dict() else plans.through(before, ctx.choice)
    recipe = replace(recipe, pool=ctx.pool.as_dict(), **_session_rules(ctx))
    return before if recipe == before else replace(recipe, features={}, ids_digest="", rows=0, thresholds=())


def _session_rules(ctx: Context) -> dict[str, Any]:
    """The session's rules, as far as they are not those of the recipe: other pages pin and exclude rows too."""
    session.take_linked_rules()
    rules: dict[str, Any] = {
        "pinned": tuple(session_keys.PINNED.get([])), "excluded": tuple(session_keys.EXCLUDED.get([])),
    }  # fmt: skip
    given, quotas = session_keys.GIVEN.of(ctx.corpus.id), session_keys.QUOTAS.of(ctx.corpus.id)
    if given.there:
        rules["given"] = str(given.get("") or "")
    if not quotas.get({}):
        rules["quotas"] = ()
    return rules


def _differing(ctx: Context, recipe: Recipe, start: Recipe) -> dict[str, Any]:
    """The fields in which a recipe differs from that of the start, as JSON values."""
    said = {name: getattr(recipe, name) for name in FIELDS if getattr(recipe, name) != getattr(start, name)}
    chosen = strategy(recipe.strategy)
    usual = ctx.choice.complete(chosen.parameters)
    own = {name: value for name, value in dict(recipe.parameters).items() if usual.get(name, value) != value}
    said.pop("parameters", None)
    if own:
        said["parameters"] = own
    return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def _take_from_address(ctx: Context, start: Recipe) -> None:
    """Let the slider stand where the address says, at its start where it says nothing; a line says what is refused."""
    try:
        recipe = _checked(ctx, start, address.ON_SLIDER.values())
    except (DiverscopeError, TypeError, ValueError) as error:
        said = f"The link's slider is not used. {error}"
        session_keys.REFUSED.set([*session_keys.REFUSED.get([]), said])
        st.warning(plain(said))
        return
    known = [subset.key for subset in list_subsets(ctx.workspace, ctx.corpus.id)]
    put_on_slider(recipe, known=known, pool_rows=len(view_cache.corpus_view(ctx).pool))
    session.keep_slider(recipe.as_dict())


def _checked(ctx: Context, start: Recipe, named: Mapping[str, Any]) -> Recipe:
    """The recipe of an address; raises :class:`InputError` for values that no widget of Subsets could have."""
    values = {name: value for name, value in named.items() if name in FIELDS}
    recipe = Recipe.of({**start.as_dict(), "parameters": {}, **values})
    if recipe.strategy not in strategies():
        raise InputError(f"There is no strategy {quoted(recipe.strategy)}.")
    if not (0 <= recipe.position <= 1 and 1 <= recipe.size < 2**53 and 0 <= recipe.seed < 2**53):
        raise InputError("A position is 0 to 1, a size 1 or more, a seed 0 or more.")
    check_counted(recipe.unit, recipe.row_cutoff)
    chosen = strategy(recipe.strategy)
    values = ctx.choice.complete(chosen.parameters, recipe.parameters)
    quotas = tuple(typed_rule(rule) for rule in recipe.quotas)
    columns: list[Any] = [rule["column"] for rule in quotas]
    for parameter in chosen.parameters:
        if parameter.kind in ("column", "columns", "numeric_column") and not parameter.of_target:
            value = recipe.parameters.get(parameter.name) and values.get(parameter.name)
            columns += [value] if isinstance(value, str) else list(value or ())
    if strange := [column for column in columns if column not in ctx.corpus.columns]:
        raise InputError(f"The corpus has no column {quoted(strange[0])}.")
    saved = {subset.key for subset in list_subsets(ctx.workspace, ctx.corpus.id)}
    given = recipe.given if recipe.given in saved else ""
    return replace(recipe, parameters=values, strategy_version=chosen.version, quotas=quotas, given=given)
