"""The trainer profiles of a workspace: typed by a person or filled from a training inside, kept by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from core.budgets.trainer_profile import TrainerProfile
from core.errors import InputError, WorkspaceError, listed_in_short, quoted
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.locks import locked

FORMAT = 1


def profiles(workspace: Workspace) -> dict[str, TrainerProfile]:
    """All profiles by name, in alphabetical order; one that cannot be read is left out."""
    known = {}
    for name, values in sorted(_read(_path(workspace)).items()):
        try:
            known[name] = TrainerProfile.of({**values, "name": name})
        except InputError:
            continue
    return known


def profile_named(workspace: Workspace, name: str) -> TrainerProfile:
    """The profile called ``name``; with "" the only one there is. Raises :class:`InputError` where none is meant."""
    known = profiles(workspace)
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        what = f"There is no trainer profile {quoted(name)}." if name else "Which trainer profile?"
        raise InputError(
            what if known else "There is no trainer profile yet: how fast your trainer is, nobody but you knows.",
            remedy=f"There are: {listed_in_short(list(known))}."
            if known
            else "Make one on the Subsets page, or run: python -m core profile NAME --tokens-a-second N",
        )
    return known[name]


def given_profile(profile: TrainerProfile | str, unit: str, workspace: Workspace | None) -> TrainerProfile:
    """The profile itself, or the one so called in ``workspace`` ("": the only one), by which ``unit`` is counted.

    Raises :class:`InputError` where there is no workspace to look in, or none in it is meant.
    """
    if isinstance(profile, TrainerProfile):
        return profile
    if workspace is None:
        raise InputError(f"{unit.capitalize()} need a trainer profile.", remedy="Name one.")
    return profile_named(workspace, profile)


def put_profile(workspace: Workspace, profile: TrainerProfile) -> None:
    """Keep a profile under its name, in place of an earlier one of that name."""
    values = profile.as_dict()
    del values["name"]
    _change(workspace, profile.name, values)


def drop_profile(workspace: Workspace, name: str) -> TrainerProfile:
    """Remove a profile and give it, so that it can be put back. Raises :class:`InputError` where there is none."""
    profile = profile_named(workspace, name)
    _change(workspace, profile.name, None)
    return profile


def _change(workspace: Workspace, name: str, values: dict[str, Any] | None) -> None:
    path = _path(workspace)
    with locked(path.with_suffix(".lock")):
        kept = _read(path)
        kept.pop(name, None)
        if values is not None:
            kept[name] = values
        atomic.write_json(path, {"format": FORMAT, "profiles": kept})


def _path(workspace: Workspace) -> Path:
    return workspace.home / "names" / "trainer_profiles.json"


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        document = orjson.loads(path.read_bytes())
        if document.get("format", 0) > FORMAT:
            raise WorkspaceError(f"{path} was written by a newer Diverscope.", remedy="Update Diverscope.")
        return dict(document["profiles"])
    except FileNotFoundError:
        return {}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise WorkspaceError(f"{path} is damaged.", remedy="Delete it: only trainer profiles are lost.") from error
