"""A training that records how the model finds each row's answer at the end of each epoch."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent
from core.training.base import Base
from core.training.encoding import EncodedRows
from core.training.fit import fit
from core.training.held_out import row_answers
from core.training.plan import plan_epochs
from core.training.settings import ProxySettings
from core.workspace import atomic


def record_training(
    base: Base,
    encoded: EncodedRows,
    settings: ProxySettings,
    *,
    epochs: int,
    seed: int,
    folder: Path,
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """(epochs, 3, rows) at each epoch's end, of each row: mean probability of its answer's tokens, share of them that
    were the model's first choice, mean loss in nats; nan for a row without an answer.

    Trains ``base`` from its own weights for ``epochs`` whole epochs. ``folder`` keeps a checkpoint and what finished
    epochs showed, so that a stopped run goes on (:func:`core.training.fit.fit`, whose errors it raises). Progress
    counts learnt tokens and, at a third of them, those of the passes that only look. More ``epochs`` tell ambiguous
    rows from hard ones better, and take as much longer.
    """
    plan = plan_epochs(encoded, settings, epochs=epochs, seed=seed)
    base.restore()
    tokens = int(plan.counted.sum()) // epochs
    look = tokens / 3  # forward alone
    looked = 0

    def path(epoch: int) -> Path:
        return folder / f"epoch-{epoch}.npy"

    def report(done: float, total: float, note: str = "") -> None:
        progress(done + looked * look, epochs * (tokens + look))

    def after(step: int) -> None:
        nonlocal looked
        if step not in plan.ends:
            return
        epoch, seen = plan.ends.index(step), 0
        looked = epoch

        def passed(rows: int) -> None:
            nonlocal seen
            seen += rows
            progress((epoch + 1) * tokens + (epoch + seen / len(encoded)) * look, epochs * (tokens + look))

        if not path(epoch).is_file():
            answers = row_answers(base, encoded, step=passed)
            buffer = io.BytesIO()
            np.save(buffer, np.stack([answers.probability, answers.first, answers.loss]), allow_pickle=False)
            atomic.write_bytes(path(epoch), buffer.getvalue())
        looked = epoch + 1

    fit(base, encoded, plan, settings, seed=seed, folder=folder, after=after, progress=report)
    return np.stack([np.load(path(epoch), allow_pickle=False) for epoch in range(epochs)])
