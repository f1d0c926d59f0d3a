"""The gradient of each row's loss, for many rows in one backward pass, projected to a few dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.features.gradients.linear_layers import linear_layers
from core.features.gradients.moments import read_moments
from core.features.gradients.projection import SparseProjection, drawn
from core.features.gradients.settings import VectorSettings
from core.features.models.causal import Causal, padded
from core.features.models.head import head_of, loss_gradient
from core.features.models.losses import scored_mask

if TYPE_CHECKING:
    import torch

Kept = dict[str, tuple[Any, Any]]  # of each matrix the states that go in and come out, (batch, width, dimensions)


class RowGradients:
    """Gradients of the loss of single rows, mean −ln p of the scored tokens, by a loaded model.

    "block" takes the weights of every linear layer in the model's last block. "adapters" takes low-rank adapters
    beside every linear layer of every block, W + B A with A (rank, in) random signs / √in and B = 0, as an adapter
    begins: then A has no gradient, and that of B is the layer's gradient times Aᵀ. Both are sums over tokens of outer
    products δ xᵀ of what a layer was given, x, and the gradient of what it gave, δ; so one backward pass of a batch
    gives each row's own, without a pass for each row. Adapters as in LoRA (arXiv 2106.09685), untrained; LESS
    (arXiv 2402.04333) trains them for a few steps first. With ``settings.adam`` each row's gradient becomes
    Adam's step (:meth:`core.features.gradients.moments.AdamMoments.step`) before it is projected.
    """

    def __init__(self, causal: Causal, settings: VectorSettings) -> None:
        self.causal, self.settings = causal, settings
        self.layers = linear_layers(causal, last_only=settings.kind == "block")
        self._moments = read_moments(causal) if settings.adam else None
        self.projection = SparseProjection(dimensions=settings.dimensions, seed=settings.seed, device=causal.device)
        self._adapters: dict[str, torch.Tensor] = {}

    def of(self, inputs: Sequence[NDArray[np.int32]], starts: NDArray[np.int64]) -> NDArray[np.float32]:
        """(rows, dimensions + 1) the projected gradient of each input, at length 1, and the length of the whole one.

        With Adam's moments the projected vector is that of Adam's step; the length stays that of the gradient.

        ``starts`` (rows,) is the index of the first token that is scored. A row without a scored token, or whose loss
        does not depend on the weights, has zeros. Raises :class:`InputError` where a gradient is not a number.
        """
        import torch

        lengths = np.array([len(row) for row in inputs], dtype=np.int64)
        results = np.zeros((len(inputs), self.settings.dimensions + 1), dtype=np.float32)
        kept, gradients = self._backward(inputs, lengths, starts)
        for row, length in enumerate(lengths.tolist()):
            if int(starts[row]) >= length:
                continue
            sketch = torch.zeros(self.settings.dimensions, dtype=torch.float32, device=self.causal.device)
            squared = torch.zeros((), dtype=torch.float64, device=self.causal.device)
            for name, (given, _) in kept.items():
                own = gradients[name][row, :length].float().T @ self._seen(name, given[row, :length].float())
                squared += own.double().square().sum()
                told = own if self._moments is None else self._moments.step(own, name=name)
                self.projection.add(sketch, told, name=name)
            size = float(torch.linalg.vector_norm(sketch.double()))
            if not np.isfinite(size):
                raise InputError(
                    f"{self.causal.files.name} gave gradients that are not numbers.",
                    remedy="Choose float32 precision, or another model.",
                )
            if size > 0:
                results[row, :-1] = (sketch.double() / size).float().cpu().numpy()
            results[row, -1] = float(squared.sqrt())
        return results

    def _seen(self, name: str, given: torch.Tensor) -> torch.Tensor:
        """What the gradient of a row's weights is taken with: (tokens, in), or (tokens, rank) through an adapter."""
        import torch

        if self.settings.kind == "block":
            return given
        if name not in self._adapters:
            rank, width = self.settings.rank, given.shape[1]
            signs = np.where(drawn(f"adapter {name}", rank * width, seed=self.settings.seed) & np.uint64(1), 1.0, -1.0)
            adapter = torch.from_numpy((signs / np.sqrt(width)).astype(np.float32).reshape(rank, width))
            self._adapters[name] = adapter.to(self.causal.device)
        return given @ self._adapters[name].T

    def _backward(
        self, inputs: Sequence[NDArray[np.int32]], lengths: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> tuple[Kept, dict[str, torch.Tensor]]:
        """What each layer was given and gave, and the gradient of what it gave, (batch, width, out)."""
        import torch

        causal = self.causal
        tokens, seen = padded(inputs, device=causal.device)
        scored = scored_mask(tokens.shape[1], lengths, starts)
        where = torch.from_numpy(scored).to(causal.device)
        wanted = tokens[:, 1:][where]  # (scored tokens,) row by row
        counts = scored.sum(axis=1)
        weights = torch.from_numpy(np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)).to(causal.device)
        if not len(wanted):
            return {}, {}
        head = head_of(causal)
        with torch.enable_grad(), self._watched() as kept:
            if head is not None:
                read = causal.model.base_model(input_ids=tokens, attention_mask=seen, use_cache=False)
                scored_states = read.last_hidden_state[:, :-1][where]
                towards = loss_gradient(causal, head, scored_states.detach(), wanted, weights)
            else:  # the model makes its logits in a way of its own, all of them
                logits = causal.model(input_ids=tokens, attention_mask=seen, use_cache=False).logits
                scored_states = logits[:, :-1][where].float()
                towards = loss_gradient(causal, lambda part: part, scored_states.detach(), wanted, weights)
            names = [name for name, (_, made) in kept.items() if made.dim() == 3 and made.shape[:2] == tokens.shape]
            if not names:
                raise InputError(
                    f"{causal.files.name} has no linear layer that reads a row's tokens in order.",
                    remedy="Choose a dense model: layers that route tokens to experts are not read.",
                )
            made = torch.autograd.grad(
                scored_states, [kept[name][1] for name in names], grad_outputs=towards, allow_unused=True
            )
        gradients = {name: value for name, value in zip(names, made, strict=True) if value is not None}
        return {name: (kept[name][0].detach(), None) for name in gradients}, gradients

    @contextmanager
    def _watched(self) -> Iterator[Kept]:
        """Within the block, the layers remember what they were given and gave; no weight takes part in a gradient."""
        kept: Kept = {}
        asked = [weight for weight in self.causal.model.parameters() if weight.requires_grad]

        def remember(name: str) -> Any:
            def hook(_: Any, given: tuple[Any, ...], made: Any) -> None:
                if not made.requires_grad:  # nothing before it is differentiated: the graph begins here
                    made.requires_grad_(True)
                kept[name] = (given[0], made)

            return hook

        for weight in asked:
            weight.requires_grad_(False)
        handles = [layer.register_forward_hook(remember(name)) for name, layer in self.layers]
        try:
            yield kept
        finally:
            for handle in handles:
                handle.remove()
            for weight in asked:
                weight.requires_grad_(True)

    @property
    def numbers_a_token(self) -> int:
        """How many numbers a token keeps in memory until the backward pass."""
        wide = sum(sum(layer.weight.shape) for _, layer in self.layers)
        return int(wide) + 16 * self.causal.width
