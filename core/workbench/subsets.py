"""Saved subsets: immutable ids and recipe, a name that can change, and the series they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent
from core.workbench.build import Built, build
from core.workbench.recipe import Recipe
from core.workspace import atomic, names
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

LEVELS = 7  # the paper's 0, 16.7, 33.3, 50, 66.7, 83.3, 100 %


@dataclass(frozen=True, eq=False)
class Subset:
    """One saved subset. ``digest`` names its row ids, ``key`` its ids and recipe together."""

    artefact: Artefact
    name: str

    @property
    def key(self) -> str:
        return self.artefact.key

    @property
    def recipe(self) -> Recipe:
        return Recipe.of(self.artefact.manifest["recipe"])

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
        """(rows,) uint64 in the order chosen."""
        return self.artefact.array("ids")


def save(workspace: Workspace, built: Built, *, name: str) -> Subset:
    """Keep a built subset under ``name``; saving the same again only renames it."""
    recipe = built.recipe
    key = digest({"ids": recipe.ids_digest, "recipe": recipe.as_dict()})
    manifest = {
        "corpus": recipe.corpus,
        "digest": recipe.ids_digest,
        "rows": len(built.answer.rows),
        "recipe": recipe.as_dict(),
        "realised": dict(built.answer.realised),
        "warnings": list(built.warnings),
        "series": recipe.series,
    }
    if not workspace.has("subsets", key):
        with workspace.create("subsets", key, manifest) as folder, atomic.explained(folder):
            np.save(folder / "ids.npy", built.ids, allow_pickle=False)
    if name.strip():
        rename(workspace, key, name)
    return open_subset(workspace, key)


def rename(workspace: Workspace, key: str, name: str) -> None:
    """Give a saved subset another name. Raises :class:`core.errors.InputError` on an empty or very long one."""
    held = names.get_name(workspace, "subsets", key)
    names.set_name(workspace, "subsets", key, name, expected_version=held.version if held else 0)


def open_subset(workspace: Workspace, key: str) -> Subset:
    """The saved subset. Raises :class:`core.errors.WorkspaceError` when it is not there."""
    artefact = workspace.open("subsets", key)
    held = names.get_name(workspace, "subsets", key)
    return Subset(artefact, held.text if held else default_name(Recipe.of(artefact.manifest["recipe"])))


def list_subsets(workspace: Workspace, corpus: str | None = None) -> list[Subset]:
    """Saved subsets, newest first; of one corpus when ``corpus`` names it."""
    found = [open_subset(workspace, artefact.key) for artefact in workspace.list("subsets")]
    return [subset for subset in found if corpus in (None, subset.artefact.manifest["corpus"])]


def default_name(recipe: Recipe) -> str:
    """What a subset is called until someone names it: micro response 10,000 · 50 %."""
    component = dict(recipe.choice).get("component", "response")
    size = recipe.rows if recipe.unit == "rows" and recipe.rows else recipe.size
    unit = " tokens" if recipe.unit == "tokens" else ""
    return f"{recipe.strategy} {component} {size:,}{unit} · {percent(recipe.position)}"


def percent(position: float) -> str:
    """A slider's position as the paper writes it: 0 %, 16.7 %, 50 %."""
    return f"{position * 100:.1f}".rstrip("0").rstrip(".") + " %"


def levels(count: int = LEVELS) -> list[float]:
    """``count`` positions from 0 to 1, evenly spaced; one level is 1."""
    return [1.0] if count < 2 else [index / (count - 1) for index in range(count)]


def build_series(
    workspace: Workspace,
    recipe: Recipe,
    *,
    name: str = "",
    count: int = LEVELS,
    progress: Progress = silent,
) -> list[Subset]:
    """Build and save the levels of one series; those saved already are found again."""
    from dataclasses import replace

    from core.workbench.build import open_recipe

    opened = open_recipe(workspace, recipe)
    saved = []
    for done, position in enumerate(levels(count)):
        progress(done, count, "levels built")
        built = build(workspace, replace(recipe, position=position, ids_digest=""), opened=opened)
        title = f"{name.strip()} · {percent(position)}" if name.strip() else ""
        saved.append(save(workspace, built, name=title))
    progress(count, count, "levels built")
    return saved
