"""What a training showed of each row: confidence, variability, correctness, forgetting, when it was learnt; regions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, quoted

REGIONS = ("easy", "ambiguous", "hard")
SHARE = 1 / 3  # of the rows that are ambiguous


@dataclass(frozen=True, eq=False)
class TrainingLog:
    """A line for each row, seed and epoch of a training, in any order.

    ``rows`` (lines,) int64 are rows of the corpus, ``seeds`` (lines,) int64, ``epochs`` (lines,) float64, ``gold``
    (lines,) the probability of the gold answer, ``right`` (lines,) 0 or 1, or the share of an answer's tokens that were
    the model's first choice, nan where it is not known.
    """

    rows: NDArray[np.int64]
    seeds: NDArray[np.int64]
    epochs: NDArray[np.float64]
    gold: NDArray[np.float64]
    right: NDArray[np.float64]

    @property
    def learnt_from(self) -> float:
        """The ``right`` from which a row counts as learnt: ½ of zeros and ones, the median of shares."""
        known = self.right[np.isfinite(self.right)]
        return 0.5 if not len(known) or np.isin(known, (0.0, 1.0)).all() else float(np.median(known))


@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """The measures of each row, (rows,) float64 each, nan where the log does not name the row; means over the seeds.

    ``confidence`` is the mean probability of the gold answer over the epochs, ``variability`` its standard deviation
    (population), ``correctness`` the mean of ``right``. Source: Dataset Cartography (arXiv 2009.10795), section 2.
    ``forgetting`` counts the epochs after which a learnt row was no longer learnt, and is the number of epochs for a
    row that never was (arXiv 1812.05159, which puts those last; from memory). ``learnt_at`` is the first epoch, from 1,
    since which the row stayed learnt; one more than there are epochs for a row that ended otherwise. The order in which
    networks learn is shared (arXiv 1905.10854; from memory): ``agreement`` is the mean Spearman correlation between
    seeds of the rows' correctness (confidence where that is unknown), nan for one seed.
    """

    confidence: NDArray[np.float64]
    variability: NDArray[np.float64]
    correctness: NDArray[np.float64]
    forgetting: NDArray[np.float64]
    learnt_at: NDArray[np.float64]
    agreement: float
    epochs: int
    seeds: int
    learnt_from: float


def dynamics(log: TrainingLog, *, size: int) -> Dynamics:
    """The measures of the ``size`` rows of a corpus from ``log``, the same whatever the order of its lines."""
    order = np.lexsort((log.epochs, log.seeds, log.rows))
    rows, seeds = log.rows[order], log.seeds[order]
    gold, right = log.gold[order].astype(np.float64), log.right[order].astype(np.float64)
    first = np.flatnonzero(np.diff(rows, prepend=-1).astype(bool) | np.diff(seeds, prepend=-1).astype(bool))
    count = np.diff(np.append(first, len(rows)))  # (groups,) epochs of each row and seed
    place = np.arange(len(rows)) - np.repeat(first, count)  # of a line among those of its group
    mean = np.add.reduceat(gold, first) / count
    gap = gold - np.repeat(mean, count)
    spread = np.sqrt(np.add.reduceat(gap * gap, first) / count)
    correct = np.add.reduceat(right, first) / count
    learnt = right >= log.learnt_from
    drops = learnt & ~np.append(learnt[1:], True)
    drops[first + count - 1] = False  # an epoch of another group follows
    events = np.add.reduceat(drops.astype(np.float64), first)
    last_wrong = np.maximum.reduceat(np.where(learnt, -1, place), first)
    events = np.where(np.logical_or.reduceat(learnt, first), events, count)
    known = np.isfinite(correct)
    group_rows = rows[first]

    def mean_of(values: NDArray[Any], there: NDArray[np.bool_]) -> NDArray[np.float64]:
        total = np.bincount(group_rows[there], weights=values[there], minlength=size)
        times = np.bincount(group_rows[there], minlength=size)
        return np.where(times > 0, total / np.maximum(times, 1), np.nan)

    every = np.ones(len(first), dtype=np.bool_)
    return Dynamics(
        confidence=mean_of(mean, every),
        variability=mean_of(spread, every),
        correctness=mean_of(correct, known),
        forgetting=mean_of(events, known),
        learnt_at=mean_of(last_wrong + 2.0, known),
        agreement=_agreement(group_rows, seeds[first], correct if known.all() else mean, size=size),
        epochs=len(np.unique(log.epochs)),
        seeds=len(np.unique(seeds)),
        learnt_from=log.learnt_from,
    )


def _agreement(rows: NDArray[np.int64], seeds: NDArray[np.int64], values: NDArray[np.float64], *, size: int) -> float:
    """The mean rank correlation between seeds, over the rows that both have; nan where there is none."""
    from scipy.stats import spearmanr

    by_seed = []
    for seed in np.unique(seeds).tolist():
        column = np.full(size, np.nan)
        column[rows[seeds == seed]] = values[seeds == seed]
        by_seed.append(column)
    found = []
    for one, other in combinations(by_seed, 2):
        both = np.isfinite(one) & np.isfinite(other)
        if both.sum() > 2 and np.ptp(one[both]) > 0 and np.ptp(other[both]) > 0:
            found.append(float(spearmanr(one[both], other[both]).statistic))
    return float(np.mean(found)) if found else float("nan")


def regions(
    confidence: NDArray[np.floating[Any]], variability: NDArray[np.floating[Any]], *, share: float = SHARE
) -> NDArray[np.object_]:
    """(rows,) "ambiguous", "easy" or "hard" of each row, None for one without both numbers.

    Ambiguous is the ``share`` of the rows whose variability is highest; of the others those are easy whose confidence
    is at least the median of all, the rest is hard. Dataset Cartography (arXiv 2009.10795, section 3) takes a third at
    each of three ends, which overlap; that each row has one region is our construction. A larger ``share`` calls more
    rows ambiguous. Equal values stay together, in the region of the lower variability. Raises :class:`InputError` for a
    share outside 0 to 1.
    """
    if not 0 < share < 1:
        raise InputError(f"The share of ambiguous rows lies between 0 and 1, not at {share:g}.")
    labels = np.full(len(confidence), None, dtype=object)
    known = np.isfinite(confidence) & np.isfinite(variability)
    if not known.any():
        return labels
    wanted = round(share * int(known.sum()))
    ordered = np.sort(np.asarray(variability)[known])
    edge = ordered[len(ordered) - wanted - 1] if wanted < len(ordered) else -np.inf
    sure = np.asarray(confidence) >= np.median(np.asarray(confidence)[known])
    labels[known & sure] = "easy"
    labels[known & ~sure] = "hard"
    labels[known & (np.asarray(variability) > edge)] = "ambiguous"
    return labels


def region_named(name: str) -> str:
    """``name``, if it is a region. Raises :class:`InputError`, which lists them."""
    if name not in REGIONS:
        raise InputError(f"There is no region {quoted(name)}.", remedy=f"There are: {', '.join(REGIONS)}.")
    return name
