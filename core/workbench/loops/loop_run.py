"""Carrying out a loop: every member with every seed, each run once, and its scores in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import in_short
from core.features.chunks import discard
from core.features.gradients.moments import AdamMoments, moments_of
from core.features.models.files import ModelFiles
from core.progress import Progress, part_of
from core.training.base import Base, open_base
from core.training.encoding import JOINT, EncodedRows
from core.training.fit import Trace, stands
from core.training.run import Trained, save_model, train
from core.workbench.loops.loop_base import base_for, base_there
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_ledger import log_runs
from core.workbench.loops.loop_request import LoopRequest
from core.workbench.loops.loop_speed import note_training
from core.workbench.subsets import Subset
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest, digest_ids

if TYPE_CHECKING:
    import torch

VERSION = 1
KIND = "trained"


@dataclass(frozen=True, kw_only=True)
class LoopRun:
    """One run of a loop: a member and a seed. ``key`` names its data, base, settings, seed and held-out rows."""

    member: Subset
    seed: int
    key: str
    folder: Path  # of its checkpoint

    @property
    def title(self) -> str:
        return f"{self.member.name}, seed {self.seed}"


def runs_of(data: LoopData, request: LoopRequest, base: ModelFiles) -> list[LoopRun]:
    """The runs of a loop, seed by seed, so that all members have a first score early."""
    name, rows = data.held_out
    held = digest_ids(data.corpus.ids[rows[: request.settings.held_out_rows]])
    common = [VERSION, base.digest, request.settings.as_dict(), name, held]
    runs = []
    for seed in request.seeds:
        for member in data.members:
            key = digest(["proxy run", *common, data.corpus.id, member.digest, seed])
            runs.append(
                LoopRun(member=member, seed=seed, key=key, folder=data.workspace.home / "partial" / f"run-{key}")
            )
    return runs


def finished(workspace: Workspace, run: LoopRun) -> Trained | None:
    """What a run gave, or None before its end."""
    stored = values.get(workspace, run.key)
    return None if stored is None else Trained.of(stored)


@dataclass(frozen=True, kw_only=True)
class RunStanding:
    """How a run stands: its trace so far (None before it begins), its number of steps, and its end result."""

    run: LoopRun
    trace: Trace | None
    steps: int
    trained: Trained | None


def standing(workspace: Workspace, request: LoopRequest) -> list[RunStanding] | None:
    """How every run of a loop stands; None while its base is not made yet."""
    data = LoopData.open(workspace, request.members)
    base = base_there(data, request.base)
    if base is None:
        return None
    now = []
    for run in runs_of(data, request, base):
        trained = finished(workspace, run)
        if trained is not None:
            now.append(RunStanding(run=run, trace=trained.trace, steps=trained.trace.step, trained=trained))
            continue
        trace, steps = stands(run.folder) or (None, 0)
        now.append(RunStanding(run=run, trace=trace, steps=steps, trained=None))
    return now


def carry_out_loop(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The job. Request: {"members", "base", "settings", "seeds", "keep_models", "device"}, as
    :meth:`LoopRequest.as_dict` writes it.

    A run that is finished is not trained again; one that was stopped goes on from its checkpoint. Scores of finished
    runs are logged when the loop ends, however it ends. Gives {"artefacts", "runs", "logged", "base"}.
    """
    asked = LoopRequest.of(request)
    data = LoopData.open(workspace, asked.members)
    files = base_for(data, asked.base, progress=progress, device=asked.device)
    runs = runs_of(data, asked, files)
    base: Base | None = None
    encoded: dict[str, EncodedRows] = {}
    tokens = asked.settings.tokens
    try:
        for place, run in enumerate(runs):
            part = part_of(
                progress, done=place * tokens, total=len(runs) * tokens, size=tokens,
                note=f"run {place + 1} of {len(runs)}, {in_short(run.title)}: tokens learnt",
            )  # fmt: skip
            part(0, tokens)
            if ready(workspace, run, asked):
                continue
            if base is None:
                base = open_base(files, device=asked.device)
                cutoff = asked.settings.cutoff
                held = data.held_out_for(base, rows=asked.settings.held_out_rows, cutoff=cutoff)
                encoded = {member.digest: data.encoded(member, base, cutoff=cutoff) for member in data.members}
            ending = _Ending(base)
            trained = train(
                base, encoded[run.member.digest], held, asked.settings, seed=run.seed, folder=run.folder, ended=ending,
                progress=part,
            )  # fmt: skip
            values.put(workspace, run.key, trained.as_dict())
            if asked.keep_models:
                keep_model(workspace, base, run, asked, trained, moments=ending.moments)
            discard(run.folder)
    finally:
        done = [(run.member, run.seed, made) for run in runs if (made := finished(workspace, run)) is not None]
        logged = log_runs(workspace, data, asked, files, done)
    note_training(workspace, asked, [run.key for run in runs])
    kept = [[KIND, run.key] for run in runs if asked.keep_models]
    return {"artefacts": kept, "runs": [run.key for run in runs], "logged": logged, "base": files.identity}


class _Ending:
    """Takes Adam's moments of the base's last block at the end of a run."""

    def __init__(self, base: Base) -> None:
        self._causal = base.causal
        self.moments: AdamMoments | None = None

    def __call__(self, optimizer: torch.optim.Optimizer) -> None:
        self.moments = moments_of(self._causal, optimizer)


def ready(workspace: Workspace, run: LoopRun, request: LoopRequest) -> bool:
    """Whether nothing is left to do for a run: it is finished, and its model is stored where that is asked."""
    kept = not request.keep_models or workspace.has(KIND, run.key)
    return kept and values.get(workspace, run.key) is not None


def keep_model(
    workspace: Workspace, base: Base, run: LoopRun, request: LoopRequest, trained: Trained,
    *, moments: AdamMoments | None = None,
) -> None:  # fmt: skip
    """Store the trained model as an artefact of :data:`KIND` with a folder ``model/`` in the format of transformers.

    The manifest names the subset, the base, the seed and the budget, and how a prompt is written: every turn that is
    read only ends with ``joint``, and an answer ends with the token ``end``. ``moments`` are written beside
    the weights.
    """
    manifest = {
        "name": run.title, "subset": run.member.digest, "subset_key": run.member.key, "subset_name": run.member.name,
        "corpus": run.member.recipe.corpus, "rows": run.member.rows, "base": base.name,
        "base_model": base.files.identity, "seed": run.seed,
        "settings": request.settings.as_dict(), "budget": request.settings.tokens,
        "counted": request.settings.counted, "epochs": trained.epochs, "scores": trained.as_dict()["scores"],
        "prompt": {"joint": JOINT, "begin": base.causal.begin, "end": base.end},
    }  # fmt: skip
    with workspace.create(KIND, run.key, manifest) as folder:
        save_model(base, folder / "model", moments=moments)
