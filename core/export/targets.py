"""The list of all targets: a new trainer is a file that defines ``TARGET``, and one line here."""

from __future__ import annotations

from core.errors import InputError, quoted
from core.export.trainers import axolotl, llama_factory, ms_swift, openrlhf, trl
from core.export.trainers.target import Target

TARGETS: dict[str, Target] = {
    module.TARGET.name: module.TARGET for module in (llama_factory, trl, axolotl, ms_swift, openrlhf)
}


def target_named(name: str) -> Target:
    """The target with this name. Raises :class:`InputError`, which lists the targets, for an unknown name."""
    if name not in TARGETS:
        raise InputError(f"There is no target {quoted(name)}.", remedy=f"There are: {', '.join(TARGETS)}.")
    return TARGETS[name]
