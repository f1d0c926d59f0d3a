"""A training of the workbench's own that shows how each row is learnt: its request, its rows, and the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus, open_corpus
from core.errors import InputError
from core.features.chunks import discard
from core.features.models.cartography import keep_dynamics, keep_log
from core.features.models.dynamics import TrainingLog, dynamics
from core.progress import Progress, part_of
from core.row_positions import CorpusRows
from core.training.base import open_base
from core.training.encoding import encode_rows
from core.training.recording import record_training
from core.training.settings import ProxySettings
from core.workbench.loops.loop_base import base_for
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_request import TINY, usual_rate
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

VERSION = 1
USUAL_ROWS = 2_000
MOST_EPOCHS = 100


@dataclass(frozen=True, kw_only=True)
class DynamicsRequest:
    """The request of the job.

    ``rows`` are drawn by a fixed seed where the corpus has more with a response; 0 takes all. ``epochs`` is how often
    each is learnt: variability and forgetting need at least 3. ``seeds`` are separate trainings whose measures are
    averaged. ``learning_rate`` 0 takes the usual one of the base. ``base``, ``batch_tokens``, ``cutoff`` and
    ``precision`` are those of :class:`ProxySettings`. Raises :class:`InputError` for what is out of range.
    """

    corpus: str
    base: str = TINY
    rows: int = USUAL_ROWS
    epochs: int = 5
    seeds: tuple[int, ...] = (0,)
    learning_rate: float = 0.0
    batch_tokens: int = 2_048
    cutoff: int = 512
    precision: str = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        if not 2 <= self.epochs <= MOST_EPOCHS:
            raise InputError(f"Epochs lie between 2 and {MOST_EPOCHS}, not at {self.epochs:,}.")
        if self.rows < 0:
            raise InputError("The number of rows is at least 1, or 0 for all.")
        if not self.seeds or any(seed < 0 for seed in self.seeds) or len(set(self.seeds)) < len(self.seeds):
            raise InputError("Seeds are different whole numbers from 0.", remedy="For example: 0 1 2")
        self.settings(tokens=1)

    def settings(self, *, tokens: int) -> ProxySettings:
        """How each training is told, for a budget of ``tokens``."""
        return ProxySettings(
            tokens=tokens, learning_rate=self.learning_rate or usual_rate(self.base), batch_tokens=self.batch_tokens,
            cutoff=self.cutoff, precision=self.precision,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "seeds": list(self.seeds)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> DynamicsRequest:
        """The request that :meth:`as_dict` wrote."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        return cls(**{**known, "seeds": tuple(int(seed) for seed in values.get("seeds", (0,)))})


@dataclass(frozen=True, eq=False)
class ChosenRows(LoopData):
    """Some rows of a corpus in the place of a loop's members; a small decoder is warmed up on others."""

    chosen: CorpusRows

    @classmethod
    def drawn(cls, workspace: Workspace, corpus: Corpus, *, rows: int) -> ChosenRows:
        """``rows`` rows with a response that are not held out, by a fixed seed, in row-id order; 0 takes all."""
        data = cls(workspace, corpus, (), CorpusRows(np.empty(0, dtype=np.int64)))
        usable = np.flatnonzero(data.answered & ~corpus.holdout)
        if not len(usable):
            raise InputError("No row of the corpus has a response to learn.")
        if rows and rows < len(usable):
            usable = np.sort(np.random.default_rng(2).permutation(usable)[:rows])
        return replace(data, chosen=CorpusRows(usable))

    @cached_property
    def in_members(self) -> NDArray[np.bool_]:
        inside = np.zeros(len(self.corpus), dtype=np.bool_)
        inside[self.chosen] = True
        return inside

    @cached_property
    def held_out(self) -> tuple[str, CorpusRows]:
        return "holdout", CorpusRows(np.flatnonzero(self.corpus.holdout & self.answered))


def training_dynamics(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The job: train the base on rows of the corpus, and store how each was learnt as columns.

    The request is that of :meth:`DynamicsRequest.as_dict`. A run that was stopped goes on. Gives {"columns", "rows",
    "epochs", "seeds", "agreement": Spearman between the seeds or None, "learnt_from"}.
    """
    asked = DynamicsRequest.of(request)
    corpus = open_corpus(workspace, asked.corpus)
    data = ChosenRows.drawn(workspace, corpus, rows=asked.rows)
    files = base_for(data, asked.base, progress=progress, device=asked.device)
    base = open_base(files, device=asked.device)
    turns: list[Any] = [turns for turns, _ in corpus.conversations(data.chosen)]
    encoded = encode_rows(base, turns, cutoff=asked.cutoff)
    settings = asked.settings(tokens=max(1, asked.epochs * int(encoded.learnt.sum())))
    learnt = {**settings.as_dict(), "epochs": asked.epochs}
    about = {"model": files.identity, "rows": [len(data.chosen), asked.rows], "training": learnt}
    seeds = {"seeds": list(asked.seeds)}
    shown = []
    for place, seed in enumerate(asked.seeds):
        key = digest(["training dynamics", VERSION, corpus.id, corpus.ids[data.chosen].tolist(), about, seed])
        folder = workspace.home / "partial" / f"dynamics-{key}"
        part = part_of(
            progress, done=place * settings.tokens, total=len(asked.seeds) * settings.tokens, size=settings.tokens,
            note=f"seed {place + 1} of {len(asked.seeds)}: tokens learnt",
        )  # fmt: skip
        shown.append(
            (
                folder,
                record_training(base, encoded, settings, epochs=asked.epochs, seed=seed, folder=folder, progress=part),
            )
        )
    log = _as_log(data.chosen, np.stack([values for _, values in shown]))
    measured = dynamics(log, size=len(corpus))
    stem = f"{files.short}, {asked.epochs} epochs"
    columns = keep_dynamics(corpus, measured, stem=stem, settings={**about, **seeds})
    keep_log(corpus, log, name=stem, settings={**about, **seeds})
    for folder, _ in shown:
        discard(folder)
    agreement = None if np.isnan(measured.agreement) else round(measured.agreement, 4)
    return {
        "columns": columns, "rows": len(np.unique(log.rows)), "epochs": asked.epochs, "seeds": len(asked.seeds),
        "agreement": agreement, "learnt_from": round(measured.learnt_from, 4),
    }  # fmt: skip


def _as_log(rows: CorpusRows, shown: NDArray[np.float64]) -> TrainingLog:
    """The lines of trainings that showed (seeds, epochs, 3, rows); a row without an answer has none."""
    answered = np.flatnonzero(np.isfinite(shown[0, 0, 0]))
    if not len(answered):
        raise InputError("No row has a response token to learn.", remedy="Choose rows with responses.")
    seed, epoch, row = np.meshgrid(np.arange(shown.shape[0]), np.arange(1, shown.shape[1] + 1), answered, indexing="ij")
    part = shown[:, :, :, answered]
    return TrainingLog(
        rows=np.asarray(rows)[row.ravel()].astype(np.int64),
        seeds=seed.ravel().astype(np.int64),
        epochs=epoch.ravel().astype(np.float64),
        gold=part[:, :, 0].ravel(),
        right=part[:, :, 1].ravel(),
    )
