"""The options of a command that writes rows for a training: the trainer, and what it asks."""

from __future__ import annotations

import argparse

from core.export.targets import TARGETS
from core.export.trainers.cutoff import OVERLONG, WORDS
from core.export.trainers.training import BATCH, CUTOFF, EPOCHS
from core.workbench.asked_training import ANSWERS, AskedTraining, asked_training


def add_training(made: argparse.ArgumentParser, *, target_is_a_corpus: bool = False) -> None:
    """Add ``--trainer`` and the options that belong to it.

    ``--target`` is another name of it, unless that is the corpus of example rows.
    """
    group = made.add_argument_group("for a training", "rows, configuration and scripts that a trainer reads")
    names = ["--trainer"] if target_is_a_corpus else ["--trainer", "--target"]
    group.add_argument(*names, dest="trainer", choices=list(TARGETS), default="", help="the trainer")
    group.add_argument("--learning-rate", type=float, metavar="RATE", help="of the training; has to be given")
    group.add_argument("--model", metavar="MODEL", help="hub id or folder of the base model; has to be given")
    group.add_argument("--template", metavar="NAME", help="the chat template; default: the tokenizer's own")
    group.add_argument("--cutoff", type=int, metavar="TOKENS", help=f"of a packed sequence; default {CUTOFF:,}")
    ways = "; ".join(f"{name}: {words}" for name, words in WORDS.items())
    group.add_argument("--overlong", choices=OVERLONG, help=f"rows longer than that ({ways}); default keep")
    group.add_argument("--epochs", type=int, metavar="N", help=f"default {EPOCHS}, as the paper's")
    group.add_argument("--batch", type=int, metavar="N", help=f"packed sequences a step; default {BATCH}")


def training_of(options: argparse.Namespace) -> AskedTraining | None:
    """The training that is asked for; None without a trainer. Raises :class:`InputError` as :func:`asked_training`."""
    return asked_training(
        options.trainer, {name: getattr(options, name) for name in ANSWERS}, option="trainer",
        named=lambda name: f"--{name.replace('_', '-')}",
    )  # fmt: skip
