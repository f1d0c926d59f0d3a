"""Opening a saved subset on the Subsets page: everything that its recipe names, set in this session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.corpus.pool import PoolSpec
from core.selection.plan import Plan
from core.selection.registry import strategies
from core.workbench.build import Built, carry_out, default_size
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import Subset
from pages.parts.frame import address, session, session_keys

SNAP = 0.0005  # of the slider: half a step


def open_saved(subset: Subset, *, known: Sequence[str], pool_rows: int) -> None:
    """Set pool, features, strategy, its settings, size, seed, rules and position as the subset's recipe names them.

    To be called by a press, before the page's widgets are drawn. ``known`` are the keys of saved subsets: rows in
    training that are none of them any more are left out. ``pool_rows`` gives the size where the recipe names none.
    """
    recipe = subset.recipe
    session_keys.CHOICE.set(FeatureSettings.of(recipe.choice))
    session_keys.REFUSED.drop()
    session.set_pool(PoolSpec.of(recipe.pool).as_dict())
    session_keys.POOL_FORM.renew()
    if recipe.strategy in strategies():
        address.STRATEGY.chosen.set(recipe.strategy)
        address.STRATEGY.widget.set(recipe.strategy)
        address.STRATEGY.refused.drop()
        _settings(recipe)
    in_tokens = recipe.unit == "tokens"
    address.SIZE_UNIT.key.set(recipe.unit)
    size = address.TOKENS_WANTED if in_tokens else address.ROWS_WANTED
    size.key.set(int(recipe.size or default_size(pool_rows)))
    address.SUBSET_SEED.key.set(int(recipe.seed))
    address.POSITION.key.set(round(recipe.position * 100, 1))
    _rules(recipe, known)
    session_keys.OPENED.set(subset.key)


def _settings(recipe: Recipe) -> None:
    """The strategy's settings, each in the widget that shows it."""
    chosen = strategies()[recipe.strategy]
    choice = FeatureSettings.of(recipe.choice)
    values = choice.complete(chosen.parameters, recipe.parameters)
    session_keys.BAND_START.of(chosen.name).set(dict(choice.band_in(chosen.parameters)))
    for parameter in chosen.parameters:
        value = values.get(parameter.name)
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


def _rules(recipe: Recipe, known: Sequence[str]) -> None:
    corpus = recipe.corpus
    session.take_linked_rules()
    session_keys.LINKED.set({})
    session_keys.PINNED.set(list(recipe.pinned))
    session_keys.EXCLUDED.set(list(recipe.excluded))
    session_keys.GIVEN.of(corpus).set(recipe.given if recipe.given in known else "")
    rules = {str(rule["column"]): dict(rule) for rule in recipe.quotas}
    spec = PoolSpec.of(recipe.pool).digest[:8]
    for column in rules:
        session_keys.QUOTA_TABLE.of(corpus, spec, column).drop()
        session_keys.QUOTA_LINES.of(corpus, spec, column).drop()
    session_keys.QUOTAS.of(corpus).set(rules)
    session_keys.QUOTA_COLUMNS.of(corpus).set(list(rules))


def at_saved(
    corpus_view: CorpusView, recipe: Recipe, plan: Plan, saved: Sequence[Subset]
) -> tuple[Built, Subset | None]:
    """The subset at the slider's position, and the saved one that stands there.

    The slider moves by 0.1 %, and a series stands at sixths: where a saved subset of the same series stands within half
    a step, its own position is taken. The subset that was opened goes before others as long as it is what comes out.
    """
    opened = session_keys.OPENED.get("")
    near = [(subset, float(subset.artefact.manifest["recipe"]["position"])) for subset in saved]
    near = [(subset, at) for subset, at in near if abs(at - recipe.position) <= SNAP]
    for subset, at in sorted(near, key=lambda other: (other[0].key != opened, abs(other[1] - recipe.position))):
        if subset.key != opened and subset.recipe.series != recipe.series:
            continue
        built = carry_out(corpus_view=corpus_view, recipe=replace(recipe, position=at), plan=plan)
        if built.recipe.ids_digest == subset.digest:
            return built, subset
    session_keys.OPENED.drop()
    return carry_out(corpus_view=corpus_view, recipe=recipe, plan=plan), None
