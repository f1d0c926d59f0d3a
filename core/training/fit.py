"""The steps of a training: from the weights that the base has now, over the rows of a plan, with a checkpoint."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from core import device as devices
from core.errors import Cancelled, InputError, WorkspaceError, ran_out_of_memory
from core.progress import Progress, silent
from core.training.base import Base
from core.training.checkpoint import load_checkpoint, save_checkpoint
from core.training.encoding import CONTEXT, EncodedRows
from core.training.packing import pack, token_losses
from core.training.plan import TrainingPlan, rate_at
from core.training.settings import ProxySettings

if TYPE_CHECKING:
    import torch

BETAS = (0.9, 0.95)
CLIP = 1.0  # largest norm of a step's gradient
LOOKS = 8  # points of the held-out curve after the first
SAVE_EVERY = 15.0  # seconds between two checkpoints, or longer where one takes long to write
SAVE_SHARE = 20  # at least so many times what writing one takes
TELL_EVERY = 1.0  # seconds between two notes of how a run stands


@dataclass
class Trace:
    """What a run has shown so far: training loss by step, and (counted tokens, held-out nats a token) now and then."""

    losses: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)  # counted tokens learnt at the end of each step
    held_out: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0  # of training, over all attempts

    @property
    def step(self) -> int:
        """How many steps are done."""
        return len(self.losses)

    def as_dict(self) -> dict[str, Any]:
        return {
            "losses": self.losses, "tokens": self.tokens, "held_out": [list(point) for point in self.held_out],
            "seconds": self.seconds,
        }  # fmt: skip

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Trace:
        points = [(int(tokens), float(value)) for tokens, value in values["held_out"]]
        return cls(list(values["losses"]), list(values["tokens"]), points, float(values["seconds"]))


def fit(
    base: Base,
    encoded: EncodedRows,
    plan: TrainingPlan,
    settings: ProxySettings,
    *,
    seed: int,
    folder: Path,
    look: Callable[[], float] | None = None,
    after: Callable[[int], None] | None = None,
    ended: Callable[[torch.optim.Optimizer], None] | None = None,
    progress: Progress = silent,
) -> Trace:
    """Carry out ``plan``; the base then holds the trained weights.

    ``folder`` keeps the checkpoint, from which a training that was stopped or killed goes on: on the same machine with
    as many threads it ends bit for bit as if it had not stopped. ``look`` gives the held-out loss, asked before the
    first step and :data:`LOOKS` times until the last. ``after`` is told the number of steps done after each; of a
    training that goes on it is told the last one again, since it may have been stopped within. ``ended`` is given the
    optimizer after the last step. The loss is the mean
    over a step's learnt tokens; AdamW with betas :data:`BETAS`, gradients clipped at :data:`CLIP`. Progress counts
    tokens of the budget. Raises :class:`InputError` where the memory is too small or the loss is no number any more.
    """
    import torch

    model = base.model.train()
    torch.manual_seed(seed)
    optimizer = optimizer_of(base, settings)
    stored = load_checkpoint(folder, model, optimizer)
    trace = Trace.of(stored) if stored else Trace()
    looks = {round(len(plan.steps) * place / LOOKS) for place in range(1, LOOKS + 1)} if look else set()
    done, total = int(plan.counted[: trace.step].sum()), int(plan.counted.sum())
    accelerator = accelerated(base, settings)
    written = told = begun = time.monotonic()
    saving, before = 0.0, trace.seconds
    try:
        if look and not trace.held_out:
            trace.held_out.append((0, look()))
        if after and trace.step:
            after(trace.step)
        for step in range(trace.step, len(plan.steps)):
            progress(done, total)
            for group in optimizer.param_groups:
                group["lr"] = rate_at((done + plan.counted[step] / 2) / total, settings)
            with base.computing():
                loss = step_of(base, encoded, plan.steps[step], accelerator, optimizer)
            done += int(plan.counted[step])
            trace.losses.append(loss)
            trace.tokens.append(done)
            if look and trace.step in looks:
                trace.held_out.append((done, look()))
            if after:
                after(trace.step)
            now = time.monotonic()
            trace.seconds = before + now - begun
            if now - told >= TELL_EVERY or trace.step == len(plan.steps):
                tell(folder, trace, steps=len(plan.steps))
                told = now
            if now - written >= max(SAVE_EVERY, SAVE_SHARE * saving):
                save_checkpoint(folder, model, optimizer, trace.as_dict())
                written = time.monotonic()
                saving = written - now
    except BaseException as error:
        if ran_out_of_memory(error):
            raise InputError(
                f"{base.name} and a block of rows do not fit the memory.",
                remedy="Choose a smaller base, or fewer tokens a row (cutoff).",
            ) from error
        if isinstance(error, Cancelled):  # raised between two steps, so that the state is whole
            with contextlib.suppress(WorkspaceError):  # a full disk hides nothing of why the run stopped
                save_checkpoint(folder, model, optimizer, trace.as_dict())
        raise
    if ended:
        ended(optimizer)
    progress(total, total)
    return trace


def optimizer_of(base: Base, settings: ProxySettings) -> torch.optim.Optimizer:
    """AdamW over the base's weights."""
    import torch

    return torch.optim.AdamW(
        base.model.parameters(), lr=settings.learning_rate, betas=BETAS, weight_decay=settings.weight_decay,
        fused=base.device in ("cpu", "cuda"),
    )  # fmt: skip


def accelerated(base: Base, settings: ProxySettings) -> Any:
    """The accelerator that holds the precision of products on the base's device."""
    import torch
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)  # a process has one, which keeps its first precision
    mixed = "bf16" if products_in(base.device, settings) == "bfloat16" else "no"
    accelerator = Accelerator(mixed_precision=mixed, cpu=base.device == "cpu")
    assert accelerator.device.type == torch.device(base.device).type
    return accelerator


def products_in(device: str, settings: ProxySettings) -> str:
    """The precision of products: that of the settings, or what the device multiplies natively."""
    if settings.precision != "auto":
        return settings.precision
    return str(devices.inference_dtype(device)).removeprefix("torch.")


def step_of(base: Base, encoded: EncodedRows, rows: Any, accelerator: Any, optimizer: torch.optim.Optimizer) -> float:
    """One step of the optimizer over ``rows`` (rows, 2); the mean loss of its learnt tokens, in nats."""
    import torch

    ids = [encoded.ids[row][:length] for row, length in rows.tolist()]
    marks = [encoded.kinds[row][:length] != CONTEXT for row, length in rows.tolist()]
    for mark in marks:
        mark[:1] = False
    learnt = int(sum(mark.sum() for mark in marks))
    loss = 0.0
    for block in pack(rows[:, 1], capacity=base.capacity):
        if not any(marks[row].any() for row in block):  # a last row whose prompt alone met the budget
            continue
        with accelerator.autocast():
            losses = token_losses(
                base.model, [ids[row] for row in block], [marks[row] for row in block], device=base.device
            )
        part = losses.sum() / learnt
        accelerator.backward(part)
        loss += float(part.detach())
    if not np.isfinite(loss):
        raise InputError("The training loss is no number any more.", remedy="Choose a lower learning rate.")
    torch.nn.utils.clip_grad_norm_(base.model.parameters(), CLIP)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss


def tell(folder: Path, trace: Trace, *, steps: int) -> None:
    """Leave in ``folder`` how the run stands, for whoever watches. A full disk does not stop the run here."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / ".stands.json"
        temporary.write_bytes(orjson.dumps({"steps": steps, **trace.as_dict()}))
        temporary.replace(folder / "stands.json")


def stands(folder: Path) -> tuple[Trace, int] | None:
    """How the run that writes to ``folder`` stands: its trace and the number of its steps; None before it has begun."""
    try:
        values = orjson.loads((folder / "stands.json").read_bytes())
        return Trace.of(values), int(values["steps"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
