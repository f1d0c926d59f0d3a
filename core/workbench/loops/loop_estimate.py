"""How long a loop will take, measured on a few steps before it begins."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.counted import counted
from core.features.models.files import fetch_model, find_model
from core.progress import Progress
from core.training.base import open_base
from core.training.decoder import untrained
from core.training.estimate import measure_speed
from core.training.fit import LOOKS, products_in
from core.training.plan import plan_training
from core.training.run import LOOK_TOKENS
from core.workbench.loops import loop_base
from core.workbench.loops.loop_base import base_there
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_request import TINY, LoopRequest
from core.workbench.loops.loop_run import ready, runs_of
from core.workspace.artefacts import Workspace

FEW_STEPS = 10  # with fewer, the weights have hardly moved
MANY_EPOCHS = 4  # repeats of rows up to which they are nearly as good as new ones (2305.16264)
LEARNING_ROWS = 2_000  # rows from which the tokenizer of a decoder that is not made yet is learnt, to measure with


@dataclass(frozen=True, kw_only=True)
class LoopEstimate:
    """What a loop will take: ``seconds`` in all, ``seconds_a_run``, ``runs`` that are left of ``runs_in_all``.

    ``warm_up`` are seconds to make the small decoder, 0 where it is there; ``tokens_a_second`` is the speed of training
    in counted tokens, ``epochs`` how often the rows of each member are gone through, by member.
    """

    seconds: float
    seconds_a_run: float
    warm_up: float
    runs: int
    runs_in_all: int
    tokens_a_second: float
    held_out: str
    held_out_rows: int
    base: str
    parameters: int
    device: str
    precision: str
    packed: bool
    epochs: dict[str, float]
    warm_text: str
    steps: int = 0  # of a run on the first member; 0 in estimates that were stored before it was told

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def words(self) -> str:
        """The estimate in a sentence."""
        first = f"{self.warm_up:,.0f} s to warm the small decoder up, then " if self.warm_up else ""
        steps = f" A run has {counted(self.steps, 'step')}." if self.steps else ""
        if 0 < self.steps < FEW_STEPS:
            steps += " Such few steps hardly tell members apart: take more tokens, or fewer in a step."
        return (
            f"About {first}{self.seconds_a_run:,.0f} s a run: {self.runs:,} of {self.runs_in_all:,} runs are left, "
            f"{_duration(self.seconds)} together ({self.tokens_a_second:,.0f} tokens a second).{steps}"
        )


def estimate_job(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The job. Request: that of the loop. Gives {"artefacts", "estimate"}."""
    progress(0, 1, "steps timed")
    made = estimate_loop(workspace, LoopRequest.of(request))
    progress(1, 1, "steps timed")
    return {"artefacts": [], "estimate": made.as_dict()}


def estimate_loop(workspace: Workspace, request: LoopRequest) -> LoopEstimate:
    """Measure a few steps on the first member. A small decoder that is not made yet is measured with drawn weights."""
    data = LoopData.open(workspace, request.members)
    files = base_there(data, request.base)
    if files is None and request.base != TINY:
        files = fetch_model(request.base)  # a GGUF file: it has to be converted before a step can be timed
    with tempfile.TemporaryDirectory() as temporary:
        left, warm_text = len(data.members) * len(request.seeds), ""
        if files is None:
            text = data.warm_text
            turns = text.conversations[:LEARNING_ROWS]
            untrained(Path(temporary), [str(turn["content"]) for row in turns for turn in row], loop_base.DECODER)
            measured, warm_text = find_model(temporary), text.what
        else:
            measured = files
            left = sum(not ready(workspace, run, request) for run in runs_of(data, request, files))
        base = open_base(measured, device=request.device)
        settings = request.settings
        held = data.held_out_for(base, rows=settings.held_out_rows, cutoff=settings.cutoff)
        encoded = {member.name: data.encoded(member, base, cutoff=settings.cutoff) for member in data.members}
        first = next(iter(encoded.values()))
        speed = measure_speed(base, first, held, settings)
        held_tokens = int(held.encoded.lengths.sum())
        scored = held_tokens + (LOOKS + 1) * min(LOOK_TOKENS, held_tokens)
        a_run = settings.tokens / speed.tokens + scored / speed.scored
        share = int(first.learnt.sum()) / int(first.lengths.sum()) if settings.counted == "response" else 1.0
        warm_up = loop_base.DECODER.warmup_tokens / (speed.tokens / share) if files is None else 0.0
        counts = {
            name: rows.learnt.sum() if settings.counted == "response" else rows.lengths.sum()
            for name, rows in encoded.items()
        }
        return LoopEstimate(
            seconds=warm_up + left * a_run,
            seconds_a_run=a_run,
            warm_up=warm_up,
            runs=left,
            runs_in_all=len(data.members) * len(request.seeds),
            tokens_a_second=speed.tokens,
            held_out=data.held_out[0],
            held_out_rows=len(held.encoded),
            base=base.name if files is not None else "small decoder, to be made",
            parameters=measured.parameters,
            device=base.device,
            precision=products_in(base.device, settings),
            packed=base.capacity > 0,
            epochs={name: settings.tokens / int(count) for name, count in counts.items()},
            warm_text=warm_text,
            steps=len(plan_training(first, settings, seed=request.seeds[0]).steps),
        )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5_400 else f"{seconds / 3_600:,.1f} h"
