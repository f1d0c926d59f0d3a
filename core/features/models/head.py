"""The head of a causal model, applied to the scored positions only, a block at a time.

At a vocabulary of 262,144 a token's logits are a mebibyte in float32, and the head is 63 % of the work of a model of
270 million weights. A padded position and the tokens of the instruction need no logits; the others need theirs for a
moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from core.device import block_rows
from core.features.models.causal import Causal

if TYPE_CHECKING:
    import torch

COPIES = 4  # of a block's logits that are in memory at once: their own type, float32, exponentials, a gradient
TRIED = 8  # tokens on which a head is compared with the model's own answer

Head = Callable[[Any], Any]
_HEADS: WeakKeyDictionary[Causal, Head | None] = WeakKeyDictionary()


def head_of(causal: Causal) -> Head | None:
    """The function (n, d) states → (n, vocabulary) logits; None where the model makes its logits in another way.

    It is the output embedding, then the scales and the soft cap that the model's configuration names (Cohere, Granite,
    Gemma 2). It was compared once with the model's own logits, so that a model that does more than this is known and
    read whole.
    """
    if causal not in _HEADS:
        head = _configured(causal)
        _HEADS[causal] = head if head is not None and _agrees(causal, head) else None
    return _HEADS[causal]


def _agrees(causal: Causal, head: Head) -> bool:
    """Whether ``head`` gives the logits that the whole model gives for a few tokens."""
    import torch

    ids = torch.arange(TRIED, device=causal.device)[None] % causal.vocabulary
    with torch.inference_mode():
        own = causal.model(input_ids=ids, use_cache=False).logits[0].float()
        ours = head(causal.model.base_model(input_ids=ids, use_cache=False).last_hidden_state[0]).float()
    near = 1e-3 if causal.dtype == torch.float32 else 0.1
    return own.shape == ours.shape and torch.allclose(own, ours, rtol=near, atol=near)


def _configured(causal: Causal) -> Head | None:
    import torch

    output = causal.model.get_output_embeddings()
    if output is None or causal.model.base_model is causal.model:
        return None
    config = causal.model.config
    times = float(getattr(config, "logit_scale", None) or 1.0) / float(getattr(config, "logits_scaling", None) or 1.0)
    cap = float(getattr(config, "final_logit_softcapping", None) or 0.0)

    def head(states: torch.Tensor) -> torch.Tensor:
        logits = output(states)
        if times != 1.0:
            logits = logits * times
        return torch.tanh(logits / cap) * cap if cap else logits

    return head


def blocks(positions: int, *, causal: Causal) -> Iterator[slice]:
    """Slices of ``positions`` whose logits fit the memory."""
    step = block_rows(width=COPIES * causal.vocabulary, device=causal.device)
    for start in range(0, positions, step):
        yield slice(start, min(start + step, positions))


def log_probabilities(causal: Causal, head: Head, states: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """(n,) float64 natural-log probability of each of ``wanted`` (n,) after its state of ``states`` (n, d)."""
    import torch

    told = torch.empty(len(states), dtype=torch.float64)
    for block in blocks(len(states), causal=causal):
        losses = torch.nn.functional.cross_entropy(head(states[block]).float(), wanted[block], reduction="none")
        told[block] = -losses.double().cpu()
    return told


def loss_gradient(
    causal: Causal, head: Head, states: torch.Tensor, wanted: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """(n, d) the gradient of −Σ w ln p(wanted) with respect to ``states`` (n, d); ``weights`` w (n,).

    The gradient of each block is taken at once, so that no more than one block's logits are kept.
    """
    import torch

    gradient = torch.empty_like(states)
    for block in blocks(len(states), causal=causal):
        with torch.enable_grad():
            own = states[block].detach().requires_grad_(True)
            losses = torch.nn.functional.cross_entropy(head(own).float(), wanted[block], reduction="none")
            (gradient[block],) = torch.autograd.grad((losses * weights[block]).sum(), own)
    return gradient
