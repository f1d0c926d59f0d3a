"""How fast a base trains on this machine, measured on a few steps of real rows; its weights are set back afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass

from core.training.base import Base
from core.training.encoding import EncodedRows
from core.training.fit import accelerated, optimizer_of, step_of
from core.training.held_out import HeldOut, mean_loss
from core.training.plan import plan_training
from core.training.settings import ProxySettings

ENOUGH = 4.0  # seconds of steps that are enough to judge by
STEPS = 6


@dataclass(frozen=True, kw_only=True)
class Speed:
    """``tokens`` counted tokens of the budget a second, and ``scored`` held-out tokens a second, prompts included."""

    tokens: float
    scored: float


def measure_speed(base: Base, encoded: EncodedRows, held: HeldOut, settings: ProxySettings) -> Speed:
    """Time up to :data:`STEPS` steps after a first one, and the scoring of a few held-out rows."""
    plan = plan_training(encoded, settings, seed=0)
    base.model.train()
    optimizer, accelerator = optimizer_of(base, settings), accelerated(base, settings)
    with base.computing():
        # The first step also prepares what later ones use again.
        step_of(base, encoded, plan.steps[0], accelerator, optimizer)
        begun, counted = time.perf_counter(), 0
        for step in [*range(1, len(plan.steps)), 0][:STEPS]:
            step_of(base, encoded, plan.steps[step], accelerator, optimizer)
            counted += int(plan.counted[step])
            if time.perf_counter() - begun > ENOUGH:
                break
        training = time.perf_counter() - begun
    few = held.some(2_000)
    begun = time.perf_counter()
    mean_loss(base, few)
    scoring = time.perf_counter() - begun
    base.restore()
    return Speed(tokens=counted / training, scored=float(few.encoded.lengths.sum()) / scoring)
