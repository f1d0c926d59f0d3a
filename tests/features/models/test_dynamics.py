"""What a training shows of rows: forgetting, learning order and regions against plain loops."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.errors import InputError
from core.features.models.dynamics import TrainingLog, dynamics, regions

SIZE, EPOCHS, SEEDS = 30, 6, 3


def drawn(*, shares: bool, seed: int = 0) -> TrainingLog:
    """A log of two thirds of the rows, in a drawn order."""
    draw = np.random.default_rng(seed)
    lines = [(row, run, when) for row in range(0, SIZE, 3) for run in range(SEEDS) for when in range(1, EPOCHS + 1)]
    lines += [(row, run, when) for row in range(1, SIZE, 3) for run in range(2) for when in range(1, EPOCHS)]
    order = draw.permutation(len(lines))
    keys = np.array(lines)[order]
    right = draw.random(len(lines)) if shares else (draw.random(len(lines)) > 0.4).astype(float)
    return TrainingLog(keys[:, 0], keys[:, 1], keys[:, 2].astype(float), draw.random(len(lines)), right)


def slow(log: TrainingLog, row: int) -> dict[str, float]:
    """The measures of one row, by the definitions."""
    runs = []
    for seed in sorted(set(log.seeds[log.rows == row].tolist())):
        mine = [place for place in np.argsort(log.epochs) if log.rows[place] == row and log.seeds[place] == seed]
        gold, right = [float(log.gold[place]) for place in mine], [float(log.right[place]) for place in mine]
        learnt = [value >= log.learnt_from for value in right]
        since = next((at for at in range(len(learnt)) if all(learnt[at:])), len(learnt)) + 1
        forgot = sum(before and not after for before, after in itertools.pairwise(learnt))
        runs.append({
            "confidence": np.mean(gold), "variability": np.std(gold), "correctness": np.mean(right),
            "forgetting": forgot if any(learnt) else len(learnt), "learnt_at": since,
        })  # fmt: skip
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


@pytest.mark.parametrize("shares", [True, False])
def test_every_measure_equals_its_definition_whatever_the_order_of_the_lines(shares: bool) -> None:
    log = drawn(shares=shares)
    shown = dynamics(log, size=SIZE)
    for row in range(SIZE):
        for name, value in slow(log, row).items() if row in log.rows else ():
            assert getattr(shown, name)[row] == pytest.approx(value), (row, name)
    assert np.isnan(shown.confidence[2]) and np.isnan(shown.forgetting[2])
    assert (shown.epochs, shown.seeds) == (EPOCHS, SEEDS)
    back = TrainingLog(*(getattr(log, name)[::-1] for name in ("rows", "seeds", "epochs", "gold", "right")))
    assert np.array_equal(dynamics(back, size=SIZE).forgetting, shown.forgetting, equal_nan=True)


def test_seeds_agree_as_the_ranks_of_their_correctness_do() -> None:
    log = drawn(shares=True)
    by_seed = [
        {row: np.mean(log.right[(log.rows == row) & (log.seeds == seed)]) for row in set(log.rows[log.seeds == seed])}
        for seed in range(SEEDS)
    ]
    pairs = []
    for one, other in itertools.combinations(by_seed, 2):
        both = sorted(set(one) & set(other))
        pairs.append(spearmanr([one[row] for row in both], [other[row] for row in both]).statistic)
    assert dynamics(log, size=SIZE).agreement == pytest.approx(np.mean(pairs))
    single = TrainingLog(*(getattr(log, name)[log.seeds == 0] for name in vars(log)))
    assert np.isnan(dynamics(single, size=SIZE).agreement)


def test_a_log_that_does_not_say_what_was_right_has_no_forgetting() -> None:
    log = drawn(shares=True)
    silent = TrainingLog(log.rows, log.seeds, log.epochs, log.gold, np.full(len(log.rows), np.nan))
    shown = dynamics(silent, size=SIZE)
    assert np.isnan(shown.forgetting).all() and np.isnan(shown.learnt_at).all()
    assert np.isfinite(shown.confidence[0]) and np.isfinite(shown.agreement)


def test_each_row_has_one_region_and_equal_rows_the_same() -> None:
    draw = np.random.default_rng(1)
    confidence, variability = draw.random(90), np.round(draw.random(90), 1)
    confidence[5] = np.nan
    labels = regions(confidence, variability, share=0.4)
    known = [row for row in range(90) if row != 5]
    edge = sorted(variability[row] for row in known)[len(known) - round(0.4 * len(known)) - 1]
    middle = np.median([confidence[row] for row in known])
    for row in known:
        expected = "ambiguous" if variability[row] > edge else ("easy" if confidence[row] >= middle else "hard")
        assert labels[row] == expected
    assert labels[5] is None
    with pytest.raises(InputError, match="between 0 and 1"):
        regions(confidence, variability, share=1.0)
