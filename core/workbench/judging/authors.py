"""Whose answers they are: the saved subset that a model was trained on, and the trained model's own record of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from core.errors import WorkspaceError
from core.judging.answer_set import Author
from core.workbench.subsets import list_subsets, subset_named
from core.workspace.artefacts import Workspace

TRAINED = "trained"  # the kind of artefact that a training inside leaves: its model lies in the folder "model"


@dataclass(frozen=True, kw_only=True)
class ModelAt:
    """A model that can write answers: the folder or hub id, and what its training recorded ("" and None for none)."""

    place: str
    name: str
    subset: str = ""
    base: str = ""
    seed: int | None = None
    proxy: bool = False  # whether it was trained here, to stand for a larger one


def model_at(workspace: Workspace, name: str) -> ModelAt:
    """The model that ``name`` names: the key of a model trained here, a folder, or a hub id.

    A folder in which, or beside which, a training left its ``manifest.json`` says what it was trained on.
    """
    folder = workspace.home / TRAINED / name / "model"
    place = folder if "/" not in name and folder.is_dir() else Path(name).expanduser()
    if not place.is_dir():
        return ModelAt(place=name, name=name)
    facts: dict[str, object] = {}
    for manifest in (place / "manifest.json", place.parent / "manifest.json"):
        try:
            read = orjson.loads(manifest.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            continue
        if isinstance(read, dict) and "subset" in read:
            facts = read
            break
    seed, base = facts.get("seed"), str(facts.get("base") or "")
    identity = facts.get("base_model")
    if isinstance(identity, dict) and identity.get("name") and identity.get("digest"):
        # As the scores of the training name it, so that both are of one model.
        base = f"{Path(str(identity['name'])).name} ({str(identity['digest'])[:6]})"
    return ModelAt(
        place=str(place),
        name=str(facts.get("name") or place.name),
        subset=str(facts.get("subset") or ""),
        base=base,
        seed=seed if isinstance(seed, int) else None,
        proxy=isinstance(identity, dict),  # only a training inside records it
    )


def author_of(
    workspace: Workspace, name: str, *, subset: str = "", base: str = "", seed: int | None = None, proxy: bool = False
) -> Author:
    """The author ``name`` of answers. ``subset`` names a saved subset, or is the digest of rows not saved here.

    Raises :class:`core.errors.InputError` for a subset that is neither.
    """
    digest = subset
    if subset and not _is_digest(subset):
        digest = subset_named(workspace, subset).digest
    return Author(name=name, subset=digest, base=base.strip(), seed=seed, proxy=proxy)


def subset_names(workspace: Workspace) -> dict[str, str]:
    """Digest of each saved subset → its name; of several with one digest the newest."""
    return {subset.digest: subset.name for subset in reversed(list_subsets(workspace))}


def trained_models(workspace: Workspace) -> dict[str, str]:
    """Key of each model trained here → how a list names it."""
    names = subset_names(workspace)
    models = {}
    for manifest in sorted((workspace.home / TRAINED).glob("*/manifest.json")):
        try:
            at = model_at(workspace, manifest.parent.name)
        except WorkspaceError:
            continue
        said = names.get(at.subset, at.subset)
        models[manifest.parent.name] = " · ".join(
            filter(None, [at.name, said, f"seed {at.seed}" * (at.seed is not None)])
        )
    return models


def _is_digest(text: str) -> bool:
    return len(text) == 16 and all(char in "0123456789abcdef" for char in text)
