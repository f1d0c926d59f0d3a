"""What a training is told: the settings of the paper, and the two that nobody but the user can give."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.errors import InputError, quoted
from core.export.trainers.cutoff import OVERLONG, Overlong

EPOCHS = 4
BATCH = 16
CUTOFF = 4096  # tokens
WARM_UP = 0.05  # of all steps
SCHEDULER = "cosine"
SEED = 42


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Full fine-tuning with packing, as in From Macro to Micro (appendix on training).

    ``learning_rate`` and ``model`` (a hub id or a folder) have no default: they are the user's. ``template`` names the
    chat template as the trainer calls it; "" is the tokenizer's own. ``cutoff`` is the tokens of a packed sequence, and
    ``overlong`` says what is done with longer rows. ``batch`` counts packed sequences a step, over all devices.

    Raises :class:`InputError` where a value cannot be meant.
    """

    learning_rate: float
    model: str
    template: str = ""
    cutoff: int = CUTOFF
    overlong: Overlong = "keep"
    epochs: int = EPOCHS
    batch: int = BATCH

    def __post_init__(self) -> None:
        if not (math.isfinite(self.learning_rate) and 0 < self.learning_rate < 1):
            raise InputError(
                f"A learning rate lies between 0 and 1, not at {self.learning_rate:g}.", remedy="For example 1e-5."
            )
        for name, text in (("model", self.model), ("template", self.template)):
            if any(not character.isprintable() for character in text) or (name == "model" and not text.strip()):
                raise InputError(f"The {name} is {quoted(text)}.", remedy="Give a hub id, or the path of a folder.")
        if self.overlong not in OVERLONG:
            raise InputError(f"Longer rows are treated in one of the ways {', '.join(OVERLONG)}.")
        for name, value in (("cutoff", self.cutoff), ("epochs", self.epochs), ("batch", self.batch)):
            if value < 1:
                raise InputError(f"{name} is {value}: it has to be at least 1.")
