"""The options of a command that writes rows for a training: the target, and what it asks."""

from __future__ import annotations

import argparse

from core.errors import InputError
from core.export.targets import TARGETS, target_named
from core.export.trainers.cutoff import OVERLONG, WORDS
from core.export.trainers.training import CUTOFF, TrainingSettings
from core.workbench.saved_export import AskedTraining

ASKED = ("learning_rate", "model", "template", "cutoff", "overlong")


def add_training(made: argparse.ArgumentParser) -> None:
    """Add ``--target`` and the options that belong to it."""
    group = made.add_argument_group("for a training", "rows, configuration and scripts that a trainer reads")
    group.add_argument("--target", choices=list(TARGETS), default="", help="the trainer")
    group.add_argument("--learning-rate", type=float, metavar="RATE", help="of the training; has to be given")
    group.add_argument("--model", metavar="MODEL", help="hub id or folder of the base model; has to be given")
    group.add_argument("--template", metavar="NAME", help="the chat template; default: the tokenizer's own")
    group.add_argument("--cutoff", type=int, metavar="TOKENS", help=f"of a packed sequence; default {CUTOFF:,}")
    ways = "; ".join(f"{name}: {words}" for name, words in WORDS.items())
    group.add_argument("--overlong", choices=OVERLONG, help=f"rows longer than that ({ways}); default keep")


def training_of(options: argparse.Namespace) -> AskedTraining | None:
    """The training that is asked for; None without ``--target``.

    Raises :class:`InputError` where learning rate or model are missing, or where there is no target for them.
    """
    given = {name: getattr(options, name) for name in ASKED if getattr(options, name) is not None}
    if not options.target:
        if given:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise InputError(f"{names}: for which trainer?", remedy=f"Add --target {'|'.join(TARGETS)}.")
        return None
    if missing := [name for name in ("learning_rate", "model") if name not in given]:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise InputError(f"A training needs {names}: nobody but you knows which.", remedy=f"Add {names}.")
    return AskedTraining(target=target_named(options.target), settings=TrainingSettings(**given))
