"""The base model of a comparison: loaded once, and set back to its own weights before each run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core import device as devices
from core.errors import InputError
from core.features.models.causal import Causal, read_causal
from core.features.models.files import ModelFiles
from core.training.packing import BLOCK_CPU, BLOCK_GPU, keeps_rows_apart

if TYPE_CHECKING:
    import torch

BYTES_A_WEIGHT = 20  # weights, their copy to go back to, gradients and two moments, float32 each
SHORTEST_INPUT = 32  # tokens that a base must be able to read
SMALL = 20_000_000  # weights up to which one thread computes


@dataclass(eq=False)
class Base:
    """A causal model that is trained. ``end`` is the id that ends an answer, or None.

    Its weights are float32 whatever the files hold; :meth:`restore` sets them back.
    """

    causal: Causal
    end: int | None
    _own: dict[str, torch.Tensor]

    @property
    def files(self) -> ModelFiles:
        return self.causal.files

    @property
    def model(self) -> Any:
        return self.causal.model

    @property
    def device(self) -> str:
        return self.causal.device

    @property
    def name(self) -> str:
        """The name under which scores are logged: the last part of its own, and the start of its content's digest."""
        return f"{self.files.short} ({self.files.digest[:6]})"

    @cached_property
    def capacity(self) -> int:
        """Tokens of a block of packed rows; 0, each row by itself, where packed rows would see each other."""
        if not keeps_rows_apart(self.model, vocabulary=self.causal.vocabulary, device=self.device):
            return 0
        return BLOCK_GPU if self.device == "cuda" else BLOCK_CPU

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Within the block a small model on a CPU uses one thread: its products are too small to be worth sharing.

        Measured: a second thread gains a third where both cores are idle and costs nine tenths where they are busy,
        since threads wait for each other many times a step. So its results do not depend on the number of threads.
        """
        if self.device != "cpu" or self.files.parameters > SMALL:
            yield
            return
        with devices.threads_of(1):
            yield

    def restore(self) -> None:
        """Set the model's weights back to those of its files."""
        import torch

        with torch.no_grad():
            for name, weight in self.model.named_parameters():
                weight.copy_(self._own[name])
                weight.grad = None


def open_base(files: ModelFiles, *, device: str = "auto") -> Base:
    """Load the model of ``files`` to be trained, in float32.

    Raises :class:`InputError` where its files cannot be loaded, where training it needs more memory than is free, or
    where it reads too few tokens.
    """
    import torch

    device = devices.pick(device)
    needed, free = files.parameters * BYTES_A_WEIGHT, free_memory(device)
    if needed > free:
        raise InputError(
            f"To train {files.name} takes about {_gigabytes(needed)} of memory, and {_gigabytes(free)} are free.",
            remedy="Choose a smaller base, or export the subsets and train elsewhere.",
        )
    causal = read_causal(files, device=device, precision="float32")
    if causal.positions < SHORTEST_INPUT:
        raise InputError(
            f"{files.name} reads {causal.positions} tokens, too few for a row.", remedy="Choose another base."
        )
    end = getattr(causal.model.config, "eos_token_id", None)
    if isinstance(end, (list, tuple)):
        end = end[0] if end else None
    if end is not None and not 0 <= int(end) < causal.vocabulary:
        end = None
    own = {name: weight.detach().clone() for name, weight in causal.model.named_parameters()}
    for weight in causal.model.parameters():
        weight.requires_grad_(torch.is_floating_point(weight))
    return Base(causal, None if end is None else int(end), own)


def free_memory(device: str) -> int:
    """Bytes of memory that are free on ``device``."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    import psutil

    return int(psutil.virtual_memory().available)


def _gigabytes(count: float) -> str:
    return f"{count / 2**30:.1f} GiB"
