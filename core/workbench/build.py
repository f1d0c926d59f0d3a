"""Builds the rows of a recipe; pages, jobs and the command line all use this path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.budgets.sizing import size_wanted
from core.corpus.corpus_text import CorpusText
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import recorded_ids
from core.corpus.store import open_corpus
from core.counted import counted
from core.errors import Infeasible, InputError, in_short, listed_in_short
from core.features.gradients.of_examples import embedder_of_examples
from core.progress import Progress, silent
from core.row_positions import CorpusRows, PoolRows
from core.selection.partial_order import OrderTooShort
from core.selection.plan import Answer, Plan, Request, no_rows
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.quotas import quotas_of
from core.workbench.recipe import Recipe
from core.workbench.subsets import open_subset
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids


@dataclass(frozen=True, eq=False)
class Built:
    """A built recipe: ``answer.rows`` are positions in the pool, ``ids`` the row ids in the order of choice.

    ``request`` is the request to the plan: pinned, excluded and given rows are positions in the pool.
    """

    corpus_view: CorpusView
    recipe: Recipe
    plan: Plan
    request: Request
    answer: Answer

    @property
    def ids(self) -> NDArray[np.uint64]:
        return self.corpus_view.pool.ids[self.answer.rows]

    @property
    def positions(self) -> CorpusRows:
        """(rows,) positions in the corpus, in the order of choice."""
        return self.corpus_view.corpus_positions(self.answer.rows)

    @property
    def left_out(self) -> PoolRows:
        """Positions in the pool, ascending, of the rows that are not in the subset."""
        return PoolRows(np.setdiff1d(self.corpus_view.pool_rows, self.answer.rows, assume_unique=True))

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """(pool rows,) whether each row of the pool is in the subset."""
        mask = np.zeros(len(self.corpus_view.pool), dtype=bool)
        mask[self.answer.rows] = True
        return mask

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.answer.warnings


def open_recipe(workspace: Workspace, recipe: Recipe) -> CorpusView:
    """The view of a recipe's corpus, with its pool and its feature settings."""
    corpus = open_corpus(workspace, recipe.corpus)
    return CorpusView(workspace, corpus, FeatureSettings.of(recipe.choice), PoolSpec.of(recipe.pool), recipe.given)


def with_given(corpus_view: CorpusView, recipe: Recipe) -> CorpusView:
    """``corpus_view`` with the rows in training that the recipe names; plan and answer use positions in its pool."""
    return corpus_view if corpus_view.given == recipe.given else replace(corpus_view, given=recipe.given)


def prepared(corpus_view: CorpusView, recipe: Recipe, *, progress: Progress = silent) -> tuple[Recipe, Plan]:
    """The completed recipe and its plan over ``corpus_view``, which has the recipe's given rows; prepared if needed.

    Raises :class:`InputError` when ``corpus_view`` has other rows in training.
    """
    if corpus_view.given != recipe.given:
        raise InputError("The corpus was opened with other rows in training than the recipe names.")
    whole = plans.completed(recipe, corpus_view)
    given = given_rows(corpus_view, whole.given)
    return whole, plans.prepare(corpus_view, whole, given=given, target=_target(corpus_view, whole), progress=progress)


def build(
    workspace: Workspace,
    recipe: Recipe,
    *,
    corpus_view: CorpusView | None = None,
    progress: Progress = silent,
) -> Built:
    """Build the subset of a recipe.

    A recipe that already names its ids must give them again; if it does not, a warning says so and why. Raises
    :class:`Infeasible` when the pool cannot fill the request, :class:`FeatureMissing` when a feature has to be computed
    first.
    """
    corpus_view = with_given(corpus_view, recipe) if corpus_view else open_recipe(workspace, recipe)
    whole, plan = prepared(corpus_view, recipe, progress=progress)
    return carry_out(corpus_view=corpus_view, recipe=whole, plan=plan, asked=recipe, progress=progress)


def carry_out(
    *, corpus_view: CorpusView, recipe: Recipe, plan: Plan, asked: Recipe | None = None, progress: Progress = silent
) -> Built:
    """Build the subset that the plan of a completed ``recipe`` gives; every subset is built here.

    A plan whose order was stopped goes on here where the request needs more of it.

    ``asked`` is the recipe as it was saved, before :func:`core.workbench.plans.completed` replaced its features by the
    present ones; by default ``recipe`` itself. If ``asked`` holds the digest of its rows and these rows differ, a
    warning says so and names the features that have changed since; another warning says if the strategy has a newer
    version. Raises :class:`Infeasible` when the pool cannot fill the request.
    """
    asked = asked or recipe
    request = request_of(corpus_view, recipe)
    plan, answer = answered(corpus_view, recipe, plan, request, progress=progress)
    ids_digest = digest_ids(corpus_view.pool.ids[answer.rows])
    answer = replace(answer, warnings=(*answer.warnings, *_differences(asked, recipe, ids_digest)))
    return Built(corpus_view, replace(recipe, ids_digest=ids_digest, rows=len(answer.rows)), plan, request, answer)


def _differences(asked: Recipe, recipe: Recipe, ids_digest: str) -> list[str]:
    """A sentence for each difference from the time when the recipe ``asked`` gave the rows that it names."""
    if not asked.ids_digest:
        return []
    sentences = []
    if asked.ids_digest != ids_digest:
        changed = [name for name, key in asked.features.items() if recipe.features.get(name) != key]
        cause = f"these features differ: {listed_in_short(changed)}" if changed else "the corpus or a version differs"
        told = in_short(asked.ids_digest)
        sentences.append(f"The recipe names other rows ({told}) than it gave now ({ids_digest}): {cause}.")
    if asked.strategy_version != recipe.strategy_version:
        chosen = strategy(recipe.strategy)
        same = "" if sentences else " It gives the same rows now."
        sentences.append(f"Another version of {chosen.title} made this recipe.{same} {chosen.changed}".rstrip())
    return sentences


def answer_of(corpus_view: CorpusView, recipe: Recipe, plan: Plan) -> Answer:
    """The plan's answer to the recipe's request."""
    return answered(corpus_view, recipe, plan, request_of(corpus_view, recipe))[1]


def answered(
    corpus_view: CorpusView, recipe: Recipe, plan: Plan, request: Request, *, progress: Progress = silent
) -> tuple[Plan, Answer]:
    """The answer to a request, and the plan that gave it: ``plan``, or the same one with more of its order known."""
    while True:
        try:
            return plan, plan.answer(request)
        except OrderTooShort as short:
            longer = plans.further(recipe, wanted=short.wanted)
            given, target = given_rows(corpus_view, recipe.given), _target(corpus_view, recipe)
            plan = plans.prepare(corpus_view, longer, given=given, target=target, progress=progress)


def request_of(corpus_view: CorpusView, recipe: Recipe) -> Request:
    """The recipe's request in positions of the pool."""
    if not 0 <= recipe.position <= 1:
        raise InputError(f"A position lies between 0 and 1, not at {recipe.position}.")
    costs = corpus_view.costs(recipe.unit, row_cutoff=recipe.row_cutoff)
    size = size_wanted(recipe.size, recipe.unit, costs, pool_rows=len(corpus_view.pool))
    return Request(
        size=size,
        position=recipe.position,
        seed=recipe.seed,
        cost=costs,
        given=given_rows(corpus_view, recipe.given),
        pinned=_rows_of(corpus_view, recipe.pinned, "pinned"),
        excluded=_rows_of(corpus_view, recipe.excluded, "excluded", missing_ok=True),
        quotas=tuple(
            quota for rule in recipe.quotas for quota in quotas_of(corpus_view, rule, size=size, unit=recipe.unit)
        ),
    )


def given_rows(corpus_view: CorpusView, subset: str) -> PoolRows:
    """Positions in the pool, ascending, of a saved subset's rows; the view must have been opened with them."""
    if not subset:
        return no_rows()
    return corpus_view.pool_positions_of(np.sort(open_subset(corpus_view.workspace, subset).ids))


def _rows_of(corpus_view: CorpusView, ids: Sequence[str], what: str, *, missing_ok: bool = False) -> PoolRows:
    if not ids:
        return no_rows()
    wanted = recorded_ids(ids)
    rows = corpus_view.pool_positions_of(wanted)
    missing = len(wanted) - len(rows)
    if missing and not missing_ok:
        raise Infeasible(
            f"{counted(missing, f'{what} row')} {'is' if missing == 1 else 'are'} not in the pool.",
            remedy=f"Widen the pool's filters, or unpin {'it' if missing == 1 else 'them'}.",
        )
    return rows


def _target(corpus_view: CorpusView, recipe: Recipe) -> Any:
    if not recipe.target:
        return None
    choice = corpus_view.choice
    if choice.embedder:
        text = CorpusText(corpus_view.corpus, choice.component)
        choice = replace(choice, embedder=embedder_of_examples(text, choice.embedder))
    return CorpusView(corpus_view.workspace, open_corpus(corpus_view.workspace, recipe.target), choice).whole
