"""Opening a saved subset on the Subsets page: everything that its recipe names, set in this session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.corpus.pool import PoolSpec
from core.selection.plan import Plan
from core.workbench.build import Built, carry_out
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import Subset
from pages.parts.choosing.on_slider import put_on_slider
from pages.parts.frame import session, session_keys

SNAP = 0.0005  # of the slider: half a step


def open_saved(subset: Subset, *, known: Sequence[str], pool_rows: int) -> None:
    """Set pool, features, strategy, its settings, size, seed, rules and position as the subset's recipe names them.

    To be called by a press, before the page's widgets are drawn. ``known`` are the keys of saved subsets: rows in
    training that are none of them any more are left out. ``pool_rows`` gives the size where the recipe names none. A
    subset of an older version of the corpus opens that version.
    """
    recipe = subset.recipe
    session.look_at(recipe.corpus)
    session_keys.CHOICE.set(FeatureSettings.of(recipe.choice))
    session_keys.REFUSED.drop()
    session.set_pool(PoolSpec.of(recipe.pool).as_dict())
    session_keys.POOL_FORM.renew()
    put_on_slider(recipe, known=known, pool_rows=pool_rows)
    session_keys.OPENED.set(subset.key)


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
