"""What a schedule would have done in a training that was recorded: progressive data dropout, weights by loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.errors import InputError
from core.features.models.cartography import kept_logs
from core.features.models.columns import keep_score
from core.features.models.dynamics import TrainingLog
from core.workspace.digests import digest

CAUTION = "The log is of a training without the schedule, so later epochs would have differed."
COLUMNS = ["epoch", "trained on, share", "rows of equal weight, share"]


@dataclass(frozen=True, kw_only=True)
class ScheduleSetting:
    """Dropout leaves a row out of an epoch if its probability was at least ``threshold`` at the end of the epoch
    before; a lower one drops more. The last epoch reads all rows where ``all_last``. Weights are softmax(loss /
    ``temperature``): a lower one gives most to the highest losses."""

    threshold: float = 0.5
    temperature: float = 1.0
    all_last: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise InputError(f"The threshold is a probability above 0, not {self.threshold:g}.")
        if not 0 < self.temperature < 1e6:
            raise InputError(f"The temperature lies above 0, not at {self.temperature:g}.")


@dataclass(frozen=True, eq=False)
class Schedules:
    """``epochs``: :data:`COLUMNS`, a line for each epoch.

    ``kept`` (rows,) is the share of epochs in which dropout reads the row, ``weight`` (rows,) its mean weight, 1 on
    average; nan for rows outside the log. ``work`` is the share of all row readings that dropout makes.
    """

    epochs: pd.DataFrame
    kept: NDArray[np.float64]
    weight: NDArray[np.float64]
    work: float


def simulate(log: TrainingLog, setting: ScheduleSetting, *, size: int) -> Schedules:
    """What both schedules would have done over ``log``, for the ``size`` rows of a corpus; seeds are averaged.

    Progressive Data Dropout (arXiv 2505.22342), by difficulty: an epoch reads only rows whose probability is below the
    threshold, here that of the end of the epoch before, and the last one all rows. Dynamic
    loss-based reweighting (arXiv 2502.06733; from memory, the plain linear one): within an epoch w = n · softmax(ℓ /
    T), ℓ = −ln p, n the rows of the epoch; (Σ w)² / Σ w² says how many rows of equal weight that amounts to. The order
    of the lines does not show.
    """
    order = np.lexsort((log.epochs, log.seeds, log.rows))
    rows, seeds, gold = log.rows[order], log.seeds[order], log.gold[order]
    numbers, epoch = np.unique(log.epochs[order], return_inverse=True)
    first = np.diff(rows, prepend=-1).astype(bool) | np.diff(seeds, prepend=-1).astype(bool)
    before = np.where(first, -np.inf, np.concatenate(([0.0], gold[:-1])))
    read = before < setting.threshold
    if setting.all_last:
        read |= epoch == len(numbers) - 1
    scaled = -np.log(np.maximum(gold, 1e-12)) / setting.temperature
    groups = np.unique(np.stack([seeds, epoch], axis=1), axis=0, return_inverse=True)[1].ravel()
    highest = np.full(groups.max() + 1, -np.inf)
    np.maximum.at(highest, groups, scaled)
    weight = np.exp(scaled - highest[groups])
    weight *= (np.bincount(groups) / np.bincount(groups, weights=weight))[groups]
    times = np.bincount(epoch)
    equal = np.bincount(epoch, weights=weight) ** 2 / np.bincount(epoch, weights=weight**2) / times
    table = pd.DataFrame(np.stack([numbers, np.bincount(epoch, weights=read) / times, equal], axis=1), columns=COLUMNS)
    lines = np.bincount(rows, minlength=size)
    there = lines > 0
    kept, mean = (
        np.where(there, np.bincount(rows, weights=values, minlength=size) / np.maximum(lines, 1), np.nan)
        for values in (read.astype(np.float64), weight)
    )
    return Schedules(table, kept, mean, float(read.mean()))


def log_named(corpus: Corpus, name: str = "") -> tuple[str, TrainingLog]:
    """The stored log called ``name``, "" for the newest. Raises :class:`InputError` where there is none."""
    logs = kept_logs(corpus)
    if not logs or (name and name not in logs):
        raise InputError(
            "No training's lines are stored under this name.",
            remedy="Run one (dynamics), or read a training's log again (cartography).",
        )
    chosen = name or next(iter(logs))
    return chosen, logs[chosen]


def keep_schedules(corpus: Corpus, name: str, made: Schedules, setting: ScheduleSetting) -> dict[str, str]:
    """Store both measures as columns; gives {measure: column}."""
    about = {"log": name, **vars(setting), "content": digest([np.nan_to_num(made.weight, nan=-1).tolist()])}
    told = {
        "dropout_kept": (
            made.kept, f"share of epochs in which it is read: p below {setting.threshold:g} an epoch before",
            "Progressive Data Dropout (arXiv 2505.22342), by difficulty, simulated",
            "1: never known well enough to be dropped. Low: learnt early.",
        ),
        "loss_weight": (
            made.weight, f"mean over the epochs of n · softmax(−ln p / {setting.temperature:g})",
            "Dynamic loss-based reweighting (arXiv 2502.06733), from memory, the linear one, simulated",
            "Above 1: the schedule would dwell on it; hard, or wrong.",
        ),
    }  # fmt: skip
    return {
        measure: keep_score(
            corpus, values, name=f"{measure}@{name}", title=f"Schedule: {measure.replace('_', ' ')}", formula=formula,
            source=source, meaning=f"{meaning} {CAUTION}", settings=about,
        )
        for measure, (values, formula, source, meaning) in told.items()
    }  # fmt: skip
