"""A training that rows leave for: the trainer, and the answers to what it asks; one owner for every surface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from core.errors import InputError, quoted
from core.export.format import Format
from core.export.targets import TARGETS, target_named
from core.export.trainers.target import Target
from core.export.trainers.training import TrainingSettings
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe

ANSWERS = tuple(item.name for item in fields(TrainingSettings))
REQUIRED = tuple(item.name for item in fields(TrainingSettings) if item.default is MISSING)


@dataclass(frozen=True, kw_only=True)
class AskedTraining:
    """A training that rows are to leave for: the target, and the answers to what it asks."""

    target: Target
    settings: TrainingSettings

    def format(self, recipe: Recipe) -> Format:
        """The format that writes the rows of ``recipe``, whose tokenizer counts their lengths."""
        return self.target.asked(self.settings, FeatureSettings.of(recipe.choice).tokenizer)


def asked_training(
    target: str, answers: Mapping[str, Any], *, option: str = "target", named: Callable[[str], str] = str
) -> AskedTraining | None:
    """The training on ``target`` with ``answers``, the fields of :class:`TrainingSettings`; None without a target.

    An answer of None was not given. ``option`` is what a surface calls the target, and ``named`` says how it writes an
    option. Raises :class:`InputError` for an answer that no trainer asks for, where one is missing that nobody but the
    user can give (the learning rate, the model), and where there are answers without a target.
    """
    given = {name: value for name, value in answers.items() if value is not None}
    if unknown := [name for name in given if name not in ANSWERS]:
        raise InputError(f"A training has no {quoted(unknown[0])}.", remedy=f"It has: {', '.join(ANSWERS)}.")
    if not target:
        if given:
            names = ", ".join(map(named, given))
            raise InputError(f"{names}: for which trainer?", remedy=f"Add {named(option)} {'|'.join(TARGETS)}.")
        return None
    chosen = target_named(target)
    if missing := [name for name in REQUIRED if name not in given]:
        names = " and ".join(map(named, missing))
        raise InputError(f"A training needs {names}: nobody but you knows which.", remedy=f"Add {names}.")
    return AskedTraining(target=chosen, settings=TrainingSettings(**given))
