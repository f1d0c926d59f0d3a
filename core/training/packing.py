"""Rows packed into blocks without padding, and the loss of a block's learnt tokens alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

# Tokens of a block. On a CPU attention over longer blocks costs more than shorter ones lose (measured: 256 to 512 are
# best for the small decoder); a GPU is busy only with longer ones.
BLOCK_CPU = 256
BLOCK_GPU = 4_096


def pack(lengths: NDArray[np.int64], *, capacity: int) -> list[NDArray[np.int64]]:
    """Positions of rows of these ``lengths`` (rows,), in blocks of at most ``capacity`` tokens.

    First fit, longest row first, ties by position; a row longer than ``capacity`` is a block of its own.
    """
    blocks: list[list[int]] = []
    room: list[int] = []
    for row in np.argsort(-lengths, kind="stable").tolist():
        length = int(lengths[row])
        place = next((block for block, left in enumerate(room) if left >= length), None)
        if place is None:
            blocks.append([row])
            room.append(max(0, capacity - length))
        else:
            blocks[place].append(row)
            room[place] -= length
    return [np.array(block, dtype=np.int64) for block in blocks]


def token_losses(
    model: Any, rows: Sequence[NDArray[np.int32]], marks: Sequence[NDArray[np.bool_]], *, device: str
) -> torch.Tensor:
    """(marked tokens,) the negative log-likelihood in nats of the tokens that ``marks`` marks, row after row."""
    return _losses(*_foretold(model, rows, marks, device=device))


def token_answers(
    model: Any, rows: Sequence[NDArray[np.int32]], marks: Sequence[NDArray[np.bool_]], *, device: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """As :func:`token_losses`, and (marked tokens,) whether each was the token that the model found most likely."""
    logits, tokens = _foretold(model, rows, marks, device=device)
    return _losses(logits, tokens), logits.argmax(dim=-1) == tokens


def _losses(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    import torch

    losses: torch.Tensor = torch.nn.functional.cross_entropy(logits.float(), tokens, reduction="none")
    return losses


def _foretold(
    model: Any, rows: Sequence[NDArray[np.int32]], marks: Sequence[NDArray[np.bool_]], *, device: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """(marked tokens, vocabulary) the model's logits, and (marked tokens,) the tokens themselves.

    The rows are one sequence of batch size 1, without padding. Positions begin anew with each row, from which
    transformers makes a mask of blocks: a row attends to itself alone. The head is computed for the marked tokens only.
    A row's first token has nothing before it and is never marked.
    """
    import torch

    ids = torch.from_numpy(np.concatenate(rows).astype(np.int64))
    places = torch.from_numpy(np.concatenate([np.arange(len(row)) for row in rows]))
    marked = np.concatenate(marks)
    where = torch.from_numpy(np.flatnonzero(marked))
    logits = model(
        input_ids=ids[None].to(device),
        position_ids=places[None].to(device),
        use_cache=False,
        logits_to_keep=(where - 1).to(device),  # a token is foretold one place before it
    ).logits[0]
    return logits, ids[where].to(device)


def keeps_rows_apart(model: Any, *, vocabulary: int, device: str) -> bool:
    """Whether packed rows have the losses that they have alone, tried on three short rows of drawn tokens.

    A model whose layers carry a state from token to token, or ignore positions, fails; its rows are then read one by
    one.
    """
    import torch

    random = np.random.default_rng(0)
    rows = [random.integers(0, vocabulary, size=size).astype(np.int32) for size in (9, 14, 6)]
    marks = [np.arange(len(row)) > 0 for row in rows]
    training = model.training
    model.eval()
    with torch.inference_mode():
        together = token_losses(model, rows, marks, device=device)
        alone = torch.cat([token_losses(model, [row], [mark], device=device) for row, mark in zip(rows, marks)])
    model.train(training)
    return bool(torch.allclose(together, alone, atol=2e-3, rtol=1e-3))
