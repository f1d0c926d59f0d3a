"""Whitening: vectors in which every direction varies equally, a switch of each ranked strategy that reads vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Parameter
from core.selection.own_parameter import with_parameter
from core.selection.plan import Plan
from core.selection.strategy import Preparation, Strategy
from core.view import View, of_need

SHRINKAGE = 0.01  # of the covariance towards the mean variance, where some directions hardly vary
LEAST = 1e-4  # a direction that varies less than this share of the mean variance hardly varies
BLOCK = 8_192
WHITEN = Parameter(
    name="whiten",
    title="Whiten the vectors first",
    kind="bool",
    default=False,
    unwritten=True,
    help="On: the vectors are centred and scaled so that over the pool every direction varies equally and none goes "
    "with another (covariance I), then brought to unit length. Directions that all rows share count no more, rare ones "
    "count more. Where there are fewer rows than directions, the covariance is mixed with 1 % of its mean variance. "
    "The examples of a targeted strategy are changed in the same way. After CRDS-W (arXiv 2602.13773).",
)


@dataclass(frozen=True, eq=False)
class Whitening:
    """What whitens vectors: ``mean`` (d,) and ``matrix`` (d, d), symmetric, float64; ``shrunk`` is 0 or the share."""

    mean: NDArray[np.float64]
    matrix: NDArray[np.float64]
    shrunk: float

    def of(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """(rows, d) float64 of ``vectors`` (rows, d); a zero vector, which has no direction, stays one."""
        whitened = np.empty(vectors.shape)
        for start in range(0, len(vectors), BLOCK):
            block = vectors[start : start + BLOCK].astype(np.float64)
            whitened[start : start + BLOCK] = (block - self.mean) @ self.matrix
            whitened[start : start + BLOCK][~block.any(axis=1)] = 0.0
        return whitened


def whitening(vectors: NDArray[np.float32]) -> Whitening:
    """The symmetric (ZCA) whitening of the rows of ``vectors`` (rows, d) that are not zero: their covariance becomes I.

    Cosines and distances are those of a PCA whitening, which differs by a rotation. Where a direction varies less than
    :data:`LEAST` of the mean variance, as with fewer rows than d, the covariance C becomes (1 − s) C + s · tr(C) / d ·
    I with s = :data:`SHRINKAGE`: then no direction is stretched by more than ten times the mean one. O(rows · d² + d³).
    Vectors of which no two differ, or that hold a value that is not a number, stay as they are. Whitening before
    distances is CRDS-W's (arXiv 2602.13773, abstract read); the shrinkage is ours.
    """
    width = vectors.shape[1]
    total, rows = np.zeros(width), 0
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float64)
        total += block.sum(axis=0)  # zero vectors add nothing
        rows += int(block.any(axis=1).sum())
    mean = total / max(rows, 1)
    covariance = np.zeros((width, width))
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float64)
        centred = block[block.any(axis=1)] - mean
        covariance += centred.T @ centred
    covariance /= max(rows - 1, 1)
    typical = float(np.trace(covariance)) / width
    if not np.isfinite(typical) or typical <= 1e-12:
        return Whitening(np.zeros(width), np.eye(width), 0.0)
    values, axes = np.linalg.eigh(covariance)
    shrunk = SHRINKAGE if values[0] < LEAST * typical else 0.0
    values = (1 - shrunk) * np.maximum(values, 0) + shrunk * typical
    return Whitening(mean, (axes / np.sqrt(values)) @ axes.T, shrunk)


def whitened_view(view: View, needs: Mapping[str, Whitening]) -> View:
    """``view`` with the named embeddings whitened and of unit length; all other features are its own."""
    loaders: dict[str, Callable[[], Any]] = {name: partial(view.get, name) for name in view.features}
    for name, change in needs.items():
        component, feature = of_need(name)
        own = component in ("", view.component)
        for known in {name, *((feature, f"{view.component}.{feature}") if own else ())}:
            loaders[known] = partial(_unit, view, name, change)
    return View(view.ids, view.component, loaders)


def _unit(view: View, name: str, change: Whitening) -> NDArray[np.float32]:
    vectors = change.of(np.asarray(view.get(name), dtype=np.float32))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9).astype(np.float32)


def with_whitening(strategy: Strategy) -> Strategy:
    """``strategy`` with the switch :data:`WHITEN`, where it is ranked and reads vectors by its usual settings.

    Off, which a recipe does not write, it is the strategy itself.
    """
    usual = {parameter.name: parameter.default for parameter in strategy.parameters}
    if strategy.kind != "ranked" or not _embeddings(strategy, usual):
        return strategy
    if WHITEN.name in usual:
        return strategy

    def prepare(asked: Preparation, plain: Preparation) -> Plan:
        changes = _changes(strategy, asked.parameters, plain.view)
        if not changes:
            return strategy.prepare(plain)
        target = plain.target
        if target is not None:
            target = whitened_view(target, {name: change for name, change in changes.items() if target.has(name)})
        return strategy.prepare(replace(plain, view=whitened_view(plain.view, changes), target=target))

    return with_parameter(strategy, WHITEN, prepare)


def whitened_needs(strategy: Strategy, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The embeddings that ``strategy`` reads whitened by ``parameters``; none where the switch is off or absent.

    Parameters that are not given have their defaults.
    """
    usual = {parameter.name: parameter.default for parameter in strategy.parameters}
    return _embeddings(strategy, {**usual, **parameters}) if parameters.get(WHITEN.name) else ()


def view_as_read(strategy: Strategy, parameters: Mapping[str, Any], pool: View) -> View:
    """``pool`` as ``strategy`` reads it by ``parameters``: itself, or whitened where the switch is on.

    What explains a plan measures in this view. Whitening costs what :func:`whitening` says, at each call.
    """
    changes = _changes(strategy, parameters, pool)
    return whitened_view(pool, changes) if changes else pool


def _changes(strategy: Strategy, parameters: Mapping[str, Any], pool: View) -> dict[str, Whitening]:
    names = whitened_needs(strategy, parameters)
    return {name: whitening(np.asarray(pool.get(name), dtype=np.float32)) for name in names}


def _embeddings(strategy: Strategy, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(need for need in strategy.needs(parameters) if of_need(need)[1] == "embeddings")
