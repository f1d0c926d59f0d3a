"""The strategies as named points of the frontier: each with its initial settings, at one size and at 100 %."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.budgets.sizing import default_size
from core.errors import DiverscopeError, FeatureMissing
from core.selection.registry import strategies, strategy
from core.selection.strategy import Strategy
from core.workbench import plans
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.overlap import recipe_at
from core.workbench.recipe import Recipe
from core.workbench.strategy_time import preparing_seconds

LEFT_OUT = ("random", "joined")  # the cloud of draws; two strategies, which someone has to name
AT_ONCE = 3.0  # seconds that a page may prepare strategies before it draws their points
AT_COLUMNS = ("numeric_column", "columns")  # kinds of knobs that can take the frontier's score


def strategy_recipes(
    corpus_view: CorpusView, *, size: int = 0, score: str = "", seed: int = 0
) -> tuple[dict[str, Recipe], dict[str, str]]:
    """{name: recipe} of the strategies that can choose ``size`` rows of this pool now, and why the others cannot.

    ``size`` 0 is :func:`core.budgets.sizing.default_size`. A strategy that needs a column of numbers takes ``score``,
    the frontier's own, where it is given; it should be one of which high values are good.
    """
    able: dict[str, Recipe] = {}
    unable: dict[str, str] = {}
    size = min(size or default_size(len(corpus_view.pool)), len(corpus_view.pool))
    for name, chosen in strategies().items():
        if name in LEFT_OUT:
            continue
        recipe = replace(
            recipe_at(corpus_view, name, size=size, position=1.0, seed=seed), parameters=_with_score(chosen, score)
        )
        try:
            whole = plans.completed(recipe, corpus_view)
        except FeatureMissing as missing:
            unable[name] = f"needs the {missing.feature}"
            continue
        except DiverscopeError as error:
            unable[name] = error.what
            continue
        if lacking := _lacking(chosen, whole):
            unable[name] = lacking
        else:
            able[name] = recipe
    return able, unable


def at_hand(
    corpus_view: CorpusView, recipes: Mapping[str, Recipe], *, seconds: float = AT_ONCE
) -> tuple[dict[str, Recipe], dict[str, Recipe]]:
    """Of ``recipes`` those that answer at once, and those that a job should prepare.

    At once are those that were prepared before, and the quickest others as long as all together take at most
    ``seconds`` here.
    """
    takes = {name: _seconds(corpus_view, recipe) for name, recipe in recipes.items()}
    left, now = seconds, set()
    for name in sorted(takes, key=takes.__getitem__):
        if takes[name] <= left:
            now.add(name)
            left -= takes[name]
    return (
        {name: recipe for name, recipe in recipes.items() if name in now},
        {name: recipe for name, recipe in recipes.items() if name not in now},
    )


def _seconds(corpus_view: CorpusView, recipe: Recipe) -> float:
    """Seconds until the strategy can answer: none where its plan is stored, infinity where only a job prepares it."""
    whole, chosen, rows = plans.completed(recipe, corpus_view), strategy(recipe.strategy), len(corpus_view.pool)
    wanted = plans.order_wanted(corpus_view, whole)
    if plans.stored_key(corpus_view.workspace, whole, wanted=wanted) is not None:
        return 0.0
    if plans.waits(corpus_view, whole):
        return float("inf")
    known = preparing_seconds(corpus_view.workspace, chosen, whole.parameters, rows=rows, ordered=wanted)
    # A strategy says from how many rows on preparing takes more than two seconds.
    return 2 * rows / chosen.job_from(whole.parameters) if known is None else known


def _with_score(chosen: Strategy, score: str) -> dict[str, object]:
    """The knobs of ``chosen`` that take the score: those that need a column of numbers, or are named after it."""
    if not score:
        return {}
    wanting = [
        item
        for item in chosen.parameters
        if item.kind in AT_COLUMNS and not item.default and (item.name == "score" or not item.optional)
    ]
    return {item.name: [score] if item.kind == "columns" else score for item in wanting}


def _lacking(chosen: Strategy, whole: Recipe) -> str:
    """What a person has to choose before the strategy can answer; "" if it can."""
    if "target" in chosen.needs(whole.parameters):
        return "needs example rows"
    for item in chosen.parameters:
        counts = not item.only_with or whole.parameters.get(item.only_with[0]) == item.only_with[1]
        if item.kind in ("column", *AT_COLUMNS) and counts and not item.optional and not whole.parameters[item.name]:
            return "needs a column"
    return ""
