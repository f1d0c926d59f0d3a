"""How likely a model finds held-out answers: nats a token and bits a byte, by source and over all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.training.base import Base
from core.training.encoding import ANSWER, EncodedRows
from core.training.packing import pack, token_answers

MACRO, ALL = "mean of sources", "all tokens"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Rows that are scored, and the sources of each; ``name`` says what they are."""

    name: str
    encoded: EncodedRows
    sources: Sequence[tuple[str, ...]]

    def some(self, tokens: int) -> HeldOut:
        """Its first rows, up to about ``tokens`` tokens: for curves, which are scored again and again."""
        rows = max(1, int(np.searchsorted(np.cumsum(self.encoded.lengths), tokens)))
        encoded = self.encoded
        part = EncodedRows(encoded.ids[:rows], encoded.kinds[:rows], encoded.answer_bytes[:rows], encoded.cut[:rows])
        return HeldOut(self.name, part, self.sources[:rows])


@dataclass(frozen=True, eq=False)
class RowAnswers:
    """Of each row, (rows,) float64: the mean ``probability`` of its answer's tokens, the share of them that were the
    model's ``first`` choice, and the mean ``loss`` in nats."""

    probability: NDArray[np.float64]
    first: NDArray[np.float64]
    loss: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """Of one group of rows: ``nll`` in nats a response token, ``bits`` a byte of response, ``stderr`` of ``nll``.

    The standard error is over rows, for :data:`MACRO` over sources.
    """

    nll: float
    bits: float
    stderr: float | None
    rows: int
    tokens: int


def score_held_out(base: Base, held: HeldOut) -> dict[str, Likelihood]:
    """The likelihood of ``held`` by source, :data:`ALL` tokens together, and :data:`MACRO`, each source counting alike.

    Only the answers' own tokens are scored, not the end token, in float32. A row of several sources counts for each.
    """
    nats = row_losses(base, held.encoded)
    counts, sizes = held.encoded.answered, held.encoded.answer_bytes
    names = sorted({source for sources in held.sources for source in sources})
    scores = {}
    for name in names:
        rows = np.array([row for row, of in enumerate(held.sources) if name in of], dtype=np.int64)
        if counts[rows].sum():
            scores[name] = _likelihood(nats[rows], counts[rows], sizes[rows])
    every = _likelihood(nats, counts, sizes)
    if not scores:
        return {ALL: every, MACRO: every}
    nlls = np.array([score.nll for score in scores.values()])
    macro = Likelihood(
        nll=float(nlls.mean()),
        bits=float(np.mean([score.bits for score in scores.values()])),
        stderr=float(nlls.std(ddof=1) / np.sqrt(len(nlls))) if len(nlls) > 1 else every.stderr,
        rows=every.rows,
        tokens=every.tokens,
    )
    return {MACRO: macro, ALL: every, **scores}


def mean_loss(base: Base, held: HeldOut) -> float:
    """Nats a response token over all rows of ``held``."""
    return float(row_losses(base, held.encoded).sum() / max(1, held.encoded.answered.sum()))


def row_losses(base: Base, encoded: EncodedRows) -> NDArray[np.float64]:
    """(rows,) the sum of the negative log-likelihoods, in nats, of each row's answer tokens."""
    sums = np.zeros(len(encoded))
    for rows, counts, losses, _ in _answer_blocks(base, encoded):
        sums[rows] = [part.sum() for part in np.split(losses, np.cumsum(counts)[:-1])]
    return sums


def row_answers(base: Base, encoded: EncodedRows, *, step: Callable[[int], None] = lambda rows: None) -> RowAnswers:
    """How the model as it is now finds each row's answer; nan for a row without a token of one.

    ``step`` is told how many rows each block finished, and may raise to stop.
    """
    values = np.full((3, len(encoded)), np.nan)
    for rows, counts, losses, hits in _answer_blocks(base, encoded):
        ends = np.cumsum(counts)[:-1]
        for place, one in enumerate((np.exp(-losses), hits.astype(np.float64), losses)):
            values[place, rows] = [part.mean() for part in np.split(one, ends)]
        step(len(rows))
    return RowAnswers(*values)


def _answer_blocks(
    base: Base, encoded: EncodedRows
) -> Iterator[tuple[NDArray[np.int64], list[int], NDArray[np.float64], NDArray[np.bool_]]]:
    """Blocks of rows with an answer: the rows, their numbers of answer tokens, and of these the losses and hits."""
    import torch

    marks = [kinds == ANSWER for kinds in encoded.kinds]
    for mark in marks:
        mark[:1] = False
    scored = np.flatnonzero([bool(mark.any()) for mark in marks])
    training = base.model.training
    base.model.eval()
    try:
        for block in pack(encoded.lengths[scored], capacity=base.capacity):
            rows = scored[block]
            with torch.inference_mode(), base.computing():
                losses, hits = token_answers(
                    base.model, [encoded.ids[row] for row in rows], [marks[row] for row in rows], device=base.device
                )
            counts = [int(marks[row].sum()) for row in rows]
            yield rows, counts, losses.double().cpu().numpy(), hits.cpu().numpy()
    finally:
        base.model.train(training)


def likelihoods_of(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Likelihood]:
    """The likelihoods that ``asdict`` wrote."""
    return {name: Likelihood(**value) for name, value in values.items()}


def _likelihood(nats: NDArray[np.float64], counts: NDArray[np.int64], sizes: NDArray[np.float64]) -> Likelihood:
    tokens = int(counts.sum())
    mean = float(nats.sum() / tokens) if tokens else float("nan")
    off = nats - mean * counts
    rows = int((counts > 0).sum())
    stderr = float(np.sqrt((off**2).sum() * rows / (rows - 1)) / tokens) if rows > 1 and tokens else None
    bits = float(nats.sum() / np.log(2) / sizes.sum()) if sizes.sum() else float("nan")
    return Likelihood(nll=mean, bits=bits, stderr=stderr, rows=rows, tokens=tokens)
