"""Loads a causal language model, whole or cut to its first layers, on the available device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.errors import InputError, quoted, reason_of
from core.features.models.files import ModelFiles
from core.features.tokenizers.hub import HubTokenizer

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "float32", "bfloat16")
LIGHT = 20_000_000  # weights up to which a CPU gains little by bfloat16


@dataclass(frozen=True, eq=False)
class Causal:
    """A loaded model. ``begin`` is its begin-of-text id or None, ``positions`` the longest input it takes."""

    files: ModelFiles
    model: Any
    tokenizer: HubTokenizer
    device: str
    dtype: torch.dtype
    begin: int | None
    positions: int
    vocabulary: int  # rows of the embedding matrix

    @property
    def weights(self) -> int:
        """How many weights a token passes through: all but the input embeddings."""
        embeddings = self.model.get_input_embeddings().weight
        return sum(weight.numel() for weight in self.model.parameters() if weight is not embeddings)

    @property
    def width(self) -> int:
        """The number of dimensions of a token's state."""
        return int(self.model.get_input_embeddings().weight.shape[1])

    def encode(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """The ids of each text, without special tokens. Raises :class:`InputError` for an id that the model lacks."""
        indptr, ids = self.tokenizer.encode_many(texts)
        fitting(ids, self.vocabulary, self.files)
        return np.split(ids, indptr[1:-1])


def padded(inputs: Sequence[NDArray[np.int32]], *, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """(batch, width) int64 the ids of ``inputs``, padded on the right, and 1 where a token is one of theirs."""
    import torch

    lengths = np.array([len(row) for row in inputs])
    width = int(lengths.max())
    ids = np.zeros((len(inputs), width), dtype=np.int64)
    mask = np.arange(width) < lengths[:, None]
    ids[mask] = np.concatenate(list(inputs))
    return torch.from_numpy(ids).to(device), torch.from_numpy(mask.astype(np.int64)).to(device)


def fitting(ids: NDArray[np.int32], vocabulary: int, files: ModelFiles) -> None:
    """Raises :class:`InputError` when an id of the tokenizer has no row in the model's embedding matrix."""
    if len(ids) and int(ids.max()) >= vocabulary:
        raise InputError(
            f"The tokenizer of {files.name} gives ids up to {int(ids.max()):,}; the model has {vocabulary:,}.",
            remedy="The folder mixes files of two models; copy it again.",
        )


def load_causal(
    files: ModelFiles, *, device: str = "auto", precision: str = "auto", layers: int | None = None
) -> Causal:
    """Load the model of ``files``; the last loaded model stays in memory. ``layers`` L keeps its first L layers only.

    ``precision`` "auto" is bfloat16 where the device multiplies it natively, and float32 elsewhere; on a CPU a model of
    up to :data:`LIGHT` weights is read in float32 anyway. A score in bfloat16 differs by about one per cent. Raises
    :class:`InputError` when the files cannot be loaded; code that comes with a model is never run.
    """
    if precision not in PRECISIONS:
        raise InputError(f"Precision is one of {', '.join(PRECISIONS)}, not {quoted(precision)}.")
    return _load(files, devices.pick(device), precision, layers)


def dtype_of(device: str, precision: str, *, weights: int = 0) -> torch.dtype:
    """The type in which a model of so many ``weights`` computes on ``device``."""
    import torch

    if precision != "auto":
        return getattr(torch, precision)
    native = device == "cuda" or weights > LIGHT
    return devices.inference_dtype(device) if native else torch.float32


@lru_cache(maxsize=1)
def _load(files: ModelFiles, device: str, precision: str, layers: int | None) -> Causal:
    return read_causal(files, device=device, precision=precision, layers=layers)


def read_causal(files: ModelFiles, *, device: str, precision: str, layers: int | None = None) -> Causal:
    """As :func:`load_causal`, a copy of the caller's own, whose weights may be changed."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging

    if files.folder is None:
        raise InputError(f"The files of {files.name} are not on this machine.")
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    folder = str(files.folder)
    tokenizer = HubTokenizer(folder)
    dtype = dtype_of(device, precision, weights=files.parameters)
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        if layers is not None:
            config = cut(config, layers, files)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
            dtype=dtype,
            output_loading_info=True,
        )
        model, report = loaded
        model = model.to(torch.device(device)).eval()
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        if isinstance(error, torch.cuda.OutOfMemoryError):
            raise InputError(
                f"{files.name} does not fit the device's memory.", remedy="Choose a smaller one."
            ) from error
        raise InputError(
            f"{files.name} cannot be loaded as a causal language model: {reason_of(error)}",
            remedy="Choose another model; models that need code of their own are never run.",
        ) from error
    if report["missing_keys"]:  # transformers would fill them with random numbers and score with those
        raise InputError(
            f"{files.name} is not a causal language model: {len(report['missing_keys'])} of its weights are missing.",
            remedy="Choose a model that was saved as a causal language model.",
        )
    begin = config.bos_token_id
    if isinstance(begin, (list, tuple)):
        begin = begin[0] if begin else None
    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    if begin is not None and not 0 <= int(begin) < vocabulary:
        begin = None
    return Causal(
        files,
        model,
        tokenizer,
        device,
        dtype,
        None if begin is None else int(begin),
        int(getattr(config, "max_position_embeddings", None) or 2048),
        vocabulary,
    )


def cut(config: Any, layers: int, files: ModelFiles) -> Any:
    """``config`` of a model with its first ``layers`` layers only. Raises :class:`InputError` when it has fewer."""
    layers_there = int(config.num_hidden_layers)
    if not 1 <= layers <= layers_there:
        raise InputError(
            f"{files.name} has {layers_there} layers, not {layers}.", remedy=f"Keep between 1 and {layers_there}."
        )
    config.num_hidden_layers = layers
    if getattr(config, "layer_types", None):
        config.layer_types = list(config.layer_types)[:layers]
    return config
