"""A checkpoint of a run: one file, from which the run goes on as if it had never stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from core.errors import WorkspaceError
from core.workspace import atomic

if TYPE_CHECKING:
    import torch

VERSION = 1
NAME = "checkpoint.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def save_checkpoint(folder: Path, model: Any, optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
    """Write the weights, the optimizer's moments, the random state and ``state`` (JSON) to ``folder``, whole or not.

    Raises :class:`WorkspaceError` where the disk is full.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors = {f"weight {name}": weight.detach().cpu() for name, weight in model.named_parameters()}
    for name, weight in model.named_parameters():
        for moment in MOMENTS:
            if weight in optimizer.state:
                tensors[f"{moment} {name}"] = optimizer.state[weight][moment].detach().cpu()
    tensors["random cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random cuda"] = torch.cuda.get_rng_state()
    text = orjson.dumps({"version": VERSION, **state}).decode()
    path, temporary = folder / NAME, folder / f".{NAME}"
    with atomic.explained(path):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            save_file({name: value.contiguous() for name, value in tensors.items()}, temporary, {"state": text})
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except SafetensorError as error:  # its own word for what the disk says
            raise WorkspaceError(
                f"The checkpoint could not be written: {error}.",
                remedy=f"Free some space on the disk that holds {folder.parent}; the checkpoint before is kept.",
            ) from error
        finally:
            temporary.unlink(missing_ok=True)


def load_checkpoint(folder: Path, model: Any, optimizer: torch.optim.Optimizer) -> dict[str, Any] | None:
    """Set ``model``, ``optimizer`` and the random state to the checkpoint in ``folder``; its state, or None.

    A damaged checkpoint, or one of another version, counts as none.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    path = folder / NAME
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            state: dict[str, Any] = orjson.loads((file.metadata() or {}).get("state", "{}"))
            names = set(file.keys())
            weights = list(model.named_parameters())
            if state.get("version") != VERSION or any(f"weight {name}" not in names for name, _ in weights):
                return None
            with torch.no_grad():
                for name, weight in weights:
                    weight.copy_(file.get_tensor(f"weight {name}"))
                    if f"step {name}" in names:
                        optimizer.state[weight] = {
                            moment: _placed(file.get_tensor(f"{moment} {name}"), weight, moment) for moment in MOMENTS
                        }
            torch.set_rng_state(file.get_tensor("random cpu"))
            if "random cuda" in names and torch.cuda.is_available():
                torch.cuda.set_rng_state(file.get_tensor("random cuda"))
    except (SafetensorError, OSError, orjson.JSONDecodeError):
        return None
    return state


def _placed(value: torch.Tensor, weight: torch.Tensor, moment: str) -> torch.Tensor:
    """``value`` where the optimizer keeps it: the number of steps stays where the fused one keeps it."""
    return value.to(weight.device) if moment != "step" or weight.is_cuda else value
