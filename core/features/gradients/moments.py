"""Adam's moments of a model's last block: written beside a kept model, and read to tell how Adam would step."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from core.errors import InputError
from core.features.gradients.linear_layers import linear_layers, turned
from core.features.models.causal import Causal
from core.features.models.files import ModelFiles

if TYPE_CHECKING:
    import torch

VERSION = 1
PLACE = Path("optimizer") / "adam.safetensors"  # in a folder of its own: it is no weight of the model
PICKLED = ("optimizer.pt", "optimizer.bin", "optimizer.pth", "*optim_states.pt", "global_step*/*optim_states.pt")
ANEW = "Train with “loop --keep-models” (Keep the trained models, on the Train page): it writes them as safetensors."


@dataclass(frozen=True, eq=False, kw_only=True)
class AdamMoments:
    """What Adam remembers of the weights of some layers after ``steps`` steps.

    ``mean`` and ``square`` hold for each layer's name the running means of its gradient and of its square, (out, in)
    float32, as Adam keeps them: not divided by 1 − β^steps.
    """

    mean: Mapping[str, torch.Tensor]
    square: Mapping[str, torch.Tensor]
    steps: int
    beta1: float
    beta2: float
    epsilon: float

    def step(self, gradient: torch.Tensor, *, name: str) -> torch.Tensor:
        """(out, in) the direction Γ against which Adam's next step would move the weights of the layer ``name``, if its
        gradient were ``gradient`` (out, in).

        Γ = m̂ / (√v̂ + ε), m̂ = (β₁ m + (1 − β₁) g) / (1 − β₁^(t + 1)), v̂ = (β₂ v + (1 − β₂) g²) / (1 − β₂^(t + 1)),
        after t steps. Source: LESS (arXiv 2402.04333), section 3.1, from recollection; the decay of weights, which is
        the same for every row, is left out.
        """
        mean = self.beta1 * self.mean[name] + (1 - self.beta1) * gradient
        square = self.beta2 * self.square[name] + (1 - self.beta2) * gradient.square()
        after = self.steps + 1
        return (mean / (1 - self.beta1**after)) / ((square / (1 - self.beta2**after)).sqrt() + self.epsilon)


def moments_of(causal: Causal, optimizer: torch.optim.Optimizer) -> AdamMoments | None:
    """The moments that ``optimizer`` (Adam's or AdamW's) holds now of the linear layers in the model's last block.

    Tensors are those of the optimizer, not copies. None before the first step.
    """
    group = optimizer.param_groups[0]
    mean, square, steps = {}, {}, 0
    for name, layer in linear_layers(causal, last_only=True):
        state = optimizer.state.get(layer.weight)
        if not state:
            continue
        upright = (lambda weight: weight.T) if turned(layer) else (lambda weight: weight)
        mean[name], square[name] = upright(state["exp_avg"]).float(), upright(state["exp_avg_sq"]).float()
        steps = max(steps, int(state["step"]))
    if not mean:
        return None
    beta1, beta2 = group["betas"]
    return AdamMoments(
        mean=mean, square=square, steps=steps, beta1=float(beta1), beta2=float(beta2), epsilon=float(group["eps"])
    )


def write_moments(folder: Path, moments: AdamMoments) -> None:
    """Write ``moments`` beside the model in ``folder``: eight bytes for each weight of the model's last block."""
    from safetensors.torch import save_file

    tensors = {f"mean {name}": value.detach().cpu().contiguous() for name, value in moments.mean.items()}
    tensors |= {f"square {name}": value.detach().cpu().contiguous() for name, value in moments.square.items()}
    about = {
        "version": VERSION, "steps": moments.steps, "beta1": moments.beta1, "beta2": moments.beta2,
        "epsilon": moments.epsilon,
    }  # fmt: skip
    path = folder / PLACE
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, {"adam": orjson.dumps(about).decode()})


def moments_file(files: ModelFiles) -> Path:
    """The file with the moments of the model's last block.

    Raises :class:`InputError` where there is none; pickles of other trainers are named, and never read.
    """
    if files.folder is not None:
        if (files.folder / PLACE).is_file():
            return files.folder / PLACE
        pickles = sorted(path for pattern in PICKLED for path in files.folder.glob(pattern))
        if pickles:
            raise InputError(
                f"Beside {files.name} the optimizer's state is a pickle ({pickles[0].name}), which can run code when "
                "it is read; it is not read.",
                remedy=f"Leave Adam's moments out. {ANEW}",
            )
    raise InputError(f"There are no moments of Adam beside {files.name}.", remedy=ANEW)


def moments_digest(files: ModelFiles) -> str:
    """16 hexadecimal digits over the content of the moments. Raises as :func:`moments_file` does."""
    state = hashlib.blake2b(digest_size=8)
    with open(moments_file(files), "rb") as file:
        while block := file.read(1 << 22):
            state.update(block)
    return state.hexdigest()


def read_moments(causal: Causal) -> AdamMoments:
    """The moments beside ``causal``, on its device.

    Raises :class:`InputError` where there are none, where the file is damaged, and where it is not of this model.
    """
    from safetensors import SafetensorError, safe_open

    path = moments_file(causal.files)
    again = f"{ANEW} Or leave them out."
    try:
        with safe_open(path, framework="pt", device=causal.device) as file:
            about: dict[str, Any] = orjson.loads((file.metadata() or {}).get("adam", "{}"))
            if about.get("version") != VERSION:
                raise InputError(f"{path.name} is of another version.", remedy=again)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        numbers = {name: float(about[name]) for name in ("beta1", "beta2", "epsilon")}
        steps = int(about["steps"])
    except (SafetensorError, OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path.name} beside {causal.files.name} is damaged.", remedy=again) from error
    mean: dict[str, torch.Tensor] = {}
    square: dict[str, torch.Tensor] = {}
    for name, layer in linear_layers(causal, last_only=True):
        shape = layer.weight.shape[::-1] if turned(layer) else layer.weight.shape
        for said, into in (("mean", mean), ("square", square)):
            value = tensors.get(f"{said} {name}")
            if value is None or value.shape != shape:
                raise InputError(f"{path.name} is not of {causal.files.name}: {name} does not fit.", remedy=again)
            into[name] = value
    return AdamMoments(mean=mean, square=square, steps=steps, **numbers)
