"""How difficult each row is when several models answered it: item response theory on models × rows.

Few models and many rows is the usual case here. The 1PL therefore treats the models' abilities as fixed and the rows'
difficulties as draws from one normal distribution, which is integrated out: abilities are then estimated better the
more rows there are, and a row's difficulty is its posterior mean. The 2PL has two parameters a row, so it treats the
models as the sample (Bock and Aitkin 1981), and needs many of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError

Counts = NDArray[np.float64]  # (models, rows)
FEWEST_FOR_TWO = 10  # models from which two parameters of a row are told apart at all
NODES, ENDS = 61, 6.0  # of the grid over which is integrated, in standard deviations
ROUNDS, CLOSE = 500, 1e-5
BLOCK = 20_000  # rows at once


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """(rows,) ``difficulty`` and its standard ``error``, in logits, nan for a row that carries none; (models,)
    ``abilities``. ``alike`` counts the rows that all models answered alike. ``spread`` is the standard deviation of
    the difficulties (1PL) or of the abilities (2PL)."""

    difficulty: NDArray[np.float64]
    error: NDArray[np.float64]
    abilities: NDArray[np.float64]
    alike: int
    spread: float
    formula: str
    discrimination: NDArray[np.float64] | None = None


def identified(right: Counts, marked: Counts) -> NDArray[np.bool_]:
    """(rows,) which rows carry a difficulty: at least two models answered, some rightly and some wrongly.

    Raises :class:`InputError` where no difficulty can be told: fewer than two models, models that share no rows, a
    model that is right, or wrong, in every answer, or no row that two models answered differently.
    """
    if len(right) < 2:
        raise InputError(
            "One model alone cannot tell a row's difficulty from its own ability.",
            remedy="Draw answers of at least two models; with one, the pass rate says the same.",
        )
    answered = marked.sum(axis=1)
    for place, (hits, count) in enumerate(zip(right.sum(axis=1), answered, strict=True)):
        if not 0 < hits < count:
            raise InputError(
                f"Model {place + 1} is {'right' if hits and hits == count else 'wrong'} in every answer: its ability "
                "has no finite value.",
                remedy="Leave this model out, or mark by another match.",
            )
    joined = _joined(marked > 0)
    if joined < len(right):
        raise InputError(
            f"Only {joined} of the {len(right)} models share rows: what divides the others cannot be told.",
            remedy="Draw answers of all models to the same rows.",
        )
    sums, counts = right.sum(axis=0), marked.sum(axis=0)
    several = (marked > 0).sum(axis=0) >= 2
    varied = several & (sums > 0) & (sums < counts)
    if not varied.any():
        raise InputError("No row is answered differently by two models, so none carries a difficulty.")
    return varied


def fit_rasch(right: Counts, marked: Counts) -> Fitted:
    """P(right) = 1 / (1 + exp(b − θ)): (models,) abilities θ, (rows,) difficulties b ~ N(0, σ²), fitted by EM.

    ``right`` of ``marked`` (models, rows) answers; 0 marked where a model did not answer. The mean difficulty of the
    rows is 0. The work is proportional to models × rows; raises :class:`InputError` as :func:`identified` does.
    """
    varied = identified(right, marked)
    used = marked.sum(axis=0) > 0  # rows that all answer alike say something of the abilities and of σ
    hits, counts = right[:, used], marked[:, used]
    nodes, weights = _grid()
    abilities = _logit(hits.sum(axis=1) / counts.sum(axis=1))
    spread = 1.0
    for _ in range(ROUNDS):
        expected, seen, _, _ = _over_rows(hits, counts, abilities, spread, nodes, weights)
        before = np.append(abilities, spread)
        for _ in range(3):  # Newton on (θ, σ) of the expected log-likelihood, one after the other
            chance = _chance(abilities[:, None] - spread * nodes[None, :])  # (models, nodes)
            slope, bend = expected - seen * chance, seen * chance * (1 - chance)
            abilities = abilities + _bounded(slope.sum(axis=1) / np.maximum(bend.sum(axis=1), 1e-9))
            chance = _chance(abilities[:, None] - spread * nodes[None, :])
            slope, bend = expected - seen * chance, seen * chance * (1 - chance)
            step = -(slope * nodes).sum() / max(float((bend * nodes**2).sum()), 1e-9)
            spread = float(np.clip(spread + np.clip(step, -0.5, 0.5), 1e-3, 20.0))
        if np.abs(np.append(abilities, spread) - before).max() < CLOSE:
            break
    _, _, means, errors = _over_rows(hits, counts, abilities, spread, nodes, weights)
    difficulty, error = np.full(right.shape[1], np.nan), np.full(right.shape[1], np.nan)
    difficulty[used], error[used] = spread * means, spread * errors
    difficulty[~varied], error[~varied] = np.nan, np.nan
    return Fitted(
        difficulty=difficulty,
        error=error,
        abilities=abilities,
        alike=int((used & ~varied).sum()),
        spread=spread,
        formula="P(right) = 1 / (1 + exp(b − θ)); θ of each model, b ~ N(0, σ²) over the rows, by marginal maximum "
        "likelihood; b is the posterior mean",
    )


def fit_two(right: Counts, marked: Counts) -> Fitted:
    """P(right) = 1 / (1 + exp(−a (θ − b))): (rows,) difficulties b and discriminations a, abilities θ ~ N(0, 1).

    Bock and Aitkin's EM, with weak priors a ~ N(1, 0.5²) and a·b ~ N(0, 3²) that keep rows with few answers finite.
    Raises :class:`InputError` for fewer than :data:`FEWEST_FOR_TWO` models, and as :func:`identified` does.
    """
    if len(right) < FEWEST_FOR_TWO:
        raise InputError(
            f"{len(right)} models cannot tell a row's difficulty from its discrimination.",
            remedy=f"Use 1pl, or draw answers of at least {FEWEST_FOR_TWO} models.",
        )
    varied = identified(right, marked)
    hits, counts = right[:, varied], marked[:, varied]
    nodes, weights = _grid()
    slopes, offsets = np.ones(hits.shape[1]), _logit((hits.sum(axis=0) + 0.5) / (counts.sum(axis=0) + 1))
    posterior = np.empty((len(hits), len(nodes)))
    for _ in range(ROUNDS):
        chance = _chance(slopes[:, None] * nodes[None, :] + offsets[:, None])  # (rows, nodes)
        told = hits @ np.log(chance) + (counts - hits) @ np.log1p(-chance) + np.log(weights)  # (models, nodes)
        posterior = np.exp(told - told.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        expected, seen = hits.T @ posterior, counts.T @ posterior  # (rows, nodes)
        before = np.concatenate((slopes, offsets))
        for _ in range(3):
            chance = _chance(slopes[:, None] * nodes[None, :] + offsets[:, None])
            slope, bend = expected - seen * chance, seen * chance * (1 - chance)
            one, two = (slope * nodes).sum(axis=1) - (slopes - 1) / 0.25, slope.sum(axis=1) - offsets / 9
            first, both, second = (
                (bend * nodes**2).sum(axis=1) + 4,
                (bend * nodes).sum(axis=1),
                bend.sum(axis=1) + 1 / 9,
            )
            volume = first * second - both**2
            slopes = slopes + _bounded((second * one - both * two) / volume)
            offsets = offsets + _bounded((first * two - both * one) / volume)
        if np.abs(np.concatenate((slopes, offsets)) - before).max() < CLOSE:
            break
    safe = np.where(np.abs(slopes) < 0.05, np.nan, slopes)  # a row that tells no models apart has no difficulty
    difficulty, error, discrimination = (np.full(right.shape[1], np.nan) for _ in range(3))
    difficulty[varied], discrimination[varied] = -offsets / safe, slopes
    abilities = posterior @ nodes
    return Fitted(
        difficulty=difficulty,
        error=error,
        abilities=abilities,
        alike=int(((marked.sum(axis=0) > 0) & ~varied).sum()),
        spread=float(abilities.std()),
        formula="P(right) = 1 / (1 + exp(−a (θ − b))); θ ~ N(0, 1) over the models, by marginal maximum likelihood "
        "with weak priors on a and b",
        discrimination=discrimination,
    )


def _over_rows(
    hits: Counts,
    counts: Counts,
    abilities: NDArray[np.float64],
    spread: float,
    nodes: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """((models, nodes) expected right and seen answers, (rows,) posterior mean and deviation on the grid)."""
    chance = _chance(abilities[:, None] - spread * nodes[None, :])  # (models, nodes)
    yes, no = np.log(chance), np.log1p(-chance)
    expected, seen = np.zeros_like(chance), np.zeros_like(chance)
    means, errors = np.empty(hits.shape[1]), np.empty(hits.shape[1])
    for start in range(0, hits.shape[1], BLOCK):
        rows = slice(start, start + BLOCK)
        told = hits[:, rows].T @ yes + (counts[:, rows] - hits[:, rows]).T @ no + np.log(weights)  # (block, nodes)
        posterior = np.exp(told - told.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        expected += hits[:, rows] @ posterior
        seen += counts[:, rows] @ posterior
        means[rows] = posterior @ nodes
        errors[rows] = np.sqrt(np.maximum(posterior @ nodes**2 - means[rows] ** 2, 0))
    return expected, seen, means, errors


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes = np.linspace(-ENDS, ENDS, NODES)
    weights = np.exp(-(nodes**2) / 2)
    return nodes, weights / weights.sum()


def _chance(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(1 / (1 + np.exp(-np.clip(logits, -40, 40))), 1e-12, 1 - 1e-12)


def _logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(share) - np.log1p(-share)


def _bounded(step: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(step, -1.0, 1.0)


def _joined(answered: NDArray[np.bool_]) -> int:
    """How many models are joined with the first by rows that they share, directly or through others."""
    inside = np.zeros(len(answered), dtype=bool)
    inside[0] = True
    while True:
        rows = answered[inside].any(axis=0)
        wider = inside | (answered & rows).any(axis=1)
        if (wider == inside).all():
            return int(inside.sum())
        inside = wider
