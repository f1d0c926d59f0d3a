"""The opponent of a judgement: by default the model trained on the random subset of the same size."""

from __future__ import annotations

from core.budgets.units import unit_named
from core.judging.answer_set import AnswerSet, list_answers
from core.workbench.recipe import Recipe
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace

FIXED = (
    "A fixed baseline: 50 then means as good as that model, not as good as random rows. A strong one leaves no room to "
    "tell small models apart: on Arena-Hard v2 an 8B model scores about 1.0 against the usual baseline."
)


def recipes_by_digest(workspace: Workspace) -> dict[str, Recipe]:
    """The recipe of each saved subset by the digest of its rows; of several with the same rows the oldest."""
    return {subset.digest: subset.recipe for subset in list_subsets(workspace)}


def is_random(workspace: Workspace, answers: AnswerSet) -> bool:
    """Whether the model was trained on rows drawn at random."""
    recipe = recipes_by_digest(workspace).get(answers.author.subset)
    return recipe is not None and recipe.strategy == "random"


def default_opponent(workspace: Workspace, answers: AnswerSet) -> AnswerSet | None:
    """The answers to the same prompts of the model trained on the random subset of the same corpus and size.

    Only a model of the same base counts. Of several, one with the same training seed goes before others, then the one
    whose rows were drawn with the lowest seed. None where there is none; for a random subset's own answers another
    draw of that size.
    """
    recipes = recipes_by_digest(workspace)
    mine = recipes.get(answers.author.subset)
    if mine is None:
        return None
    fitting = []
    for other in list_answers(workspace, answers.prompts):
        recipe = recipes.get(other.author.subset)
        if recipe is None or recipe.strategy != "random" or other.key == answers.key:
            continue
        same = (recipe.corpus, *_size_of(recipe)) == (mine.corpus, *_size_of(mine))
        if same and other.author.base == answers.author.base and other.author.subset != answers.author.subset:
            fitting.append((other.author.seed != answers.author.seed, recipe.seed, other.author.seed or 0, other))
    return min(fitting, key=lambda entry: entry[:3])[3] if fitting else None


def opponent_note(workspace: Workspace, answers: AnswerSet, against: AnswerSet) -> str:
    """What the opponent makes of the number 50, in a sentence."""
    recipes = recipes_by_digest(workspace)
    mine, theirs = recipes.get(answers.author.subset), recipes.get(against.author.subset)
    if theirs is None or theirs.strategy != "random":
        return FIXED
    if mine is not None and _size_of(mine) != _size_of(theirs):
        size, own = (f"{recipe.size:,} {unit_named(recipe.unit).title}" for recipe in (theirs, mine))
        return f"50 means as good as {size} at random; the judged model has {own}."
    return "50 means as good as random rows."


def _size_of(recipe: Recipe) -> tuple[str, int, int]:
    """What two subsets of the same size share."""
    return recipe.unit, recipe.row_cutoff, recipe.size
