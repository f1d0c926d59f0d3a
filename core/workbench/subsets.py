"""Saved subsets: immutable ids and recipe, a name that can change, and the series they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.budgets.units import after_number
from core.corpus.versions import older_versions
from core.errors import InputError, quoted
from core.workbench.recipe import Recipe
from core.workspace import names
from core.workspace.artefacts import Artefact, Workspace

LEVELS = 7  # the paper's 0, 16.7, 33.3, 50, 66.7, 83.3, 100 %


@dataclass(frozen=True, eq=False)
class Subset:
    """A saved subset. ``digest`` names its row ids, ``key`` its ids and recipe together."""

    artefact: Artefact
    name: str

    @property
    def key(self) -> str:
        return self.artefact.key

    @property
    def recipe(self) -> Recipe:
        return _recipe(self.artefact)

    @property
    def digest(self) -> str:
        return str(self.artefact.manifest["digest"])

    @property
    def rows(self) -> int:
        return int(self.artefact.manifest["rows"])

    @property
    def made_at(self) -> float:
        return float(self.artefact.manifest["made_at"])

    @property
    def ids(self) -> NDArray[np.uint64]:
        """(rows,) uint64 row ids in the order in which they were chosen."""
        return self.artefact.array("ids")


def rename(workspace: Workspace, key: str, name: str) -> None:
    """Give a saved subset another name. Raises :class:`core.errors.InputError` on an empty or very long one."""
    given = names.get_name(workspace, "subsets", key)
    names.set_name(workspace, "subsets", key, name, expected_version=given.version if given else 0)


def open_subset(workspace: Workspace, key: str) -> Subset:
    """Open a saved subset. Raises :class:`core.errors.WorkspaceError` when it does not exist."""
    given = names.get_name(workspace, "subsets", key)
    return _named(workspace.open("subsets", key), given)


def list_subsets(workspace: Workspace, corpus: str | None = None) -> list[Subset]:
    """Saved subsets, newest first; of one corpus when ``corpus`` names it, with those of its older versions.

    A version that grew from another has all its rows, so the subsets of that one are subsets of it too.
    """
    given = names.names(workspace, "subsets")
    known = {corpus, *older_versions(workspace, corpus)} if corpus else set()
    artefacts = (item for item in workspace.list("subsets") if corpus is None or item.manifest["corpus"] in known)
    return [_named(artefact, given.get(artefact.key)) for artefact in artefacts]


# The recipe of each opened subset, for as long as its artefact is remembered.
_RECIPES: WeakKeyDictionary[Artefact, Recipe] = WeakKeyDictionary()


def _recipe(artefact: Artefact) -> Recipe:
    recipe = _RECIPES.get(artefact)
    if recipe is None:
        recipe = _RECIPES[artefact] = Recipe.of(artefact.manifest["recipe"])
    return recipe


def _named(artefact: Artefact, given: names.Name | None) -> Subset:
    return Subset(artefact, given.text if given else default_name(_recipe(artefact)))


def subset_named(workspace: Workspace, name: str, *, corpus: str | None = None) -> Subset:
    """The saved subset that ``name`` names: its name, its key, or the beginning of its key or digest.

    A name goes before a key, a key before a digest; of several with one digest or one name the newest is given where
    they hold the same rows. ``corpus`` looks among the subsets of one corpus only. Raises :class:`InputError` where
    none fits, or several that hold other rows.
    """
    known = list_subsets(workspace, corpus)
    tests = (
        lambda subset: subset.name == name,
        lambda subset: subset.key.startswith(name),
        lambda subset: subset.digest.startswith(name),
    )
    for fits in tests if name else ():
        fitting = [subset for subset in known if fits(subset)]
        if len({subset.digest for subset in fitting}) == 1:
            return fitting[0]
        if fitting:
            listed = ", ".join(f"{subset.key} ({subset.name})" for subset in fitting[:10])
            raise InputError(f"{quoted(name)} fits several saved subsets.", remedy=f"Give a key: {listed}.")
    listed = ", ".join(f"{subset.key} ({subset.name})" for subset in known[:10]) or "none: save one first"
    raise InputError(f"{quoted(name)} is not a saved subset.", remedy=f"There are: {listed}.")


def default_name(recipe: Recipe) -> str:
    """The name of a subset until the user names it: micro response 10,000 · 50 % · 1 pinned."""
    return " · ".join([_what(recipe), percent(recipe.position), *rule_names(recipe)])


def series_name(recipe: Recipe) -> str:
    """The part of their names that the levels of a series share."""
    return " · ".join([_what(recipe), *rule_names(recipe)])


def rule_names(recipe: Recipe) -> list[str]:
    """The rules of a recipe in a few words each: 1 pinned, 2 excluded, quota category, beside rows in training."""
    named = [f"{len(ids):,} {kind}" for kind, ids in (("pinned", recipe.pinned), ("excluded", recipe.excluded)) if ids]
    columns = [str(rule.get("column")) for rule in recipe.quotas]
    named += [f"quota {', '.join(columns)}"] if columns else []
    return [*named, "beside rows in training"] if recipe.given else named


def _what(recipe: Recipe) -> str:
    component = dict(recipe.choice).get("component", "response")
    size = recipe.rows if recipe.unit == "rows" and recipe.rows else recipe.size
    return f"{recipe.strategy} {component} {size:,}{after_number(recipe.unit)}"


def percent(position: float) -> str:
    """A slider's position as the paper writes it: 0 %, 16.7 %, 50 %."""
    return f"{position * 100:.1f}".rstrip("0").rstrip(".") + " %"


def levels(count: int = LEVELS) -> list[float]:
    """``count`` positions from 0 to 1, evenly spaced; a single level is at 1."""
    return [1.0] if count < 2 else [index / (count - 1) for index in range(count)]
