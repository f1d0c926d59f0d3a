"""Which rows each step of a run learns: as many tokens in every run, whatever the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.training.encoding import CONTEXT, EncodedRows
from core.training.settings import ProxySettings


@dataclass(frozen=True, eq=False)
class TrainingPlan:
    """The steps of a run. ``steps[s]`` is (rows, 2) int64: a row, and how many of its tokens are read.

    ``counted[s]`` is the number of tokens that step s takes of the budget; they sum to it exactly. ``epochs`` is how
    often the rows are gone through. ``ends`` are the numbers of steps after which an epoch is over, where steps keep
    within epochs.
    """

    steps: list[NDArray[np.int64]]
    counted: NDArray[np.int64]
    epochs: float
    ends: tuple[int, ...] = ()


def plan_training(encoded: EncodedRows, settings: ProxySettings, *, seed: int) -> TrainingPlan:
    """The steps of a run of ``settings.tokens`` counted tokens over ``encoded``, shuffled anew for each epoch.

    A step takes rows until it has ``batch_tokens`` counted tokens. The run's last row is cut so that the budget is met
    to the token. Rows without a learnt token are left out. Raises :class:`InputError` where no row has any.
    """
    learnt = encoded.learnt
    cost = learnt if settings.counted == "response" else encoded.lengths
    rows = np.flatnonzero(learnt > 0)
    if not len(rows):
        raise InputError("No row has a response token to learn.", remedy="Choose rows with responses.")
    random = np.random.default_rng([seed, 20_240])
    steps: list[NDArray[np.int64]] = []
    counted: list[int] = []
    step: list[tuple[int, int]] = []
    taken, in_step, passed = 0, 0, 0
    while taken < settings.tokens:
        for row in random.permutation(rows).tolist():
            room = settings.tokens - taken
            length = len(encoded.ids[row])
            price = int(cost[row])
            if price > room:
                length, price = _shortened(encoded, row, room, settings), room
            step.append((row, length))
            taken, in_step, passed = taken + price, in_step + price, passed + 1
            if in_step >= settings.batch_tokens or taken == settings.tokens:
                steps.append(np.array(step, dtype=np.int64))
                counted.append(in_step)
                step, in_step = [], 0
            if taken == settings.tokens:
                break
    return TrainingPlan(steps, np.array(counted, dtype=np.int64), passed / len(rows))


def plan_epochs(encoded: EncodedRows, settings: ProxySettings, *, epochs: int, seed: int) -> TrainingPlan:
    """The steps of ``epochs`` whole passes over ``encoded``, shuffled anew for each; no step spans two epochs.

    Every row is read whole, and ``settings.tokens`` is not asked. Raises :class:`InputError` where no row has a token
    to learn.
    """
    learnt = encoded.learnt
    rows = np.flatnonzero(learnt > 0)
    if not len(rows):
        raise InputError("No row has a response token to learn.", remedy="Choose rows with responses.")
    cost = learnt if settings.counted == "response" else encoded.lengths
    random = np.random.default_rng([seed, 20_240])
    steps: list[NDArray[np.int64]] = []
    counted: list[int] = []
    ends = []
    for _ in range(epochs):
        shuffled = random.permutation(rows)
        number = (np.cumsum(cost[shuffled]) - cost[shuffled]) // settings.batch_tokens  # of each row's step, ascending
        for part in np.split(shuffled, np.flatnonzero(np.diff(number)) + 1):
            steps.append(np.stack([part, encoded.lengths[part]], axis=1))
            counted.append(int(cost[part].sum()))
        ends.append(len(steps))
    return TrainingPlan(steps, np.array(counted, dtype=np.int64), float(epochs), tuple(ends))


def _shortened(encoded: EncodedRows, row: int, room: int, settings: ProxySettings) -> int:
    """How many tokens of ``row`` hold exactly ``room`` counted ones."""
    if settings.counted == "all":
        return room
    learnt = np.flatnonzero(encoded.kinds[row][1:] != CONTEXT) + 1
    return int(learnt[room - 1]) + 1


def rate_at(share: float, settings: ProxySettings) -> float:
    """The learning rate when ``share`` of the budget is learnt: a linear rise, then half a cosine to 0."""
    if share < settings.warmup:
        return settings.learning_rate * share / settings.warmup
    rest = (share - settings.warmup) / (1 - settings.warmup)
    return float(settings.learning_rate * 0.5 * (1 + np.cos(np.pi * min(1.0, rest))))
