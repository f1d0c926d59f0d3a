"""Encodes texts into unit vectors: each text once, texts of similar length together, in the device's best type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.errors import InputError, quoted, reason_of
from core.features.backends import OPENVINO, TORCH, backend
from core.features.chunks import chunk, tokens_of_a_pass
from core.features.embedders import Embedder

if TYPE_CHECKING:
    import torch

    from core.features.openvino_states import OpenvinoStates

# Most tokens and most texts of one forward pass. Small batches are faster on a CPU (measured: 2,048 beats 8,192 by a
# third), large ones on a GPU.
BATCH = {"cpu": (2_048, 32), "cuda": (131_072, 2_048), "mps": (16_384, 256)}
ACTIVATIONS = 16  # numbers of the model's width that a token of a pass needs at once, at most
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, eq=False)
class Encoder:
    """A loaded model on a device. The transformer runs in ``dtype``, pooling and the later layers in float32.

    ``states`` runs it where torch does not.
    """

    embedder: Embedder
    model: Any
    device: str
    dtype: torch.dtype
    states: OpenvinoStates | None = None

    @property
    def arithmetic(self) -> dict[str, str]:
        """What a manifest says of how the vectors were computed: the type, and who computed them if not torch."""
        dtype = str(self.dtype).removeprefix("torch.")
        return {"dtype": dtype} if self.states is None else {"dtype": dtype, "backend": self.states.kind}

    @property
    def dimensions(self) -> int:
        return int(self.model.get_embedding_dimension())

    def encode(
        self,
        texts: Sequence[str],
        *,
        max_tokens: int | None = None,
        step: Callable[[int], None] = lambda rows: None,
        kept: Path | None = None,
    ) -> NDArray[np.float32]:
        """(texts, d) float32 unit vectors; ``step`` is called with the number of texts that each pass finished.

        ``kept`` names a file for the vectors: what an earlier run of the same texts left there is read.
        Texts are ordered by their token count, so that padding is small. The rest of the batch changes a vector by
        rounding only: cosine ≥ 0.9999 in float32, ≥ 0.999 in bfloat16.
        """
        import torch

        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        model, tokenizer = self.model, self.model.tokenizer
        prompt = model.prompts.get(model.default_prompt_name, "") if model.default_prompt_name else ""
        limit = max_tokens or self.embedder.max_tokens
        tokens = tokenizer(
            [prompt + text for text in texts],
            truncation=True, max_length=limit, padding=False, return_attention_mask=False, return_token_type_ids=False,
        )["input_ids"]  # fmt: skip
        lengths = np.fromiter((len(row) for row in tokens), dtype=np.int64, count=len(tokens))

        def encoded(rows: NDArray[np.int64]) -> NDArray[np.float32]:
            with torch.inference_mode():
                width = int(lengths[rows].max())
                ids = np.full((len(rows), width), tokenizer.pad_token_id or 0, dtype=np.int64)
                mask = np.arange(width) < lengths[rows][:, None]  # (batch, width)
                ids[mask] = np.concatenate([tokens[row] for row in rows])
                features = {
                    "input_ids": torch.from_numpy(ids).to(self.device),
                    "attention_mask": torch.from_numpy(mask.astype(np.int64)).to(self.device),
                }
                if self.states is None:
                    features = model[0](features)
                else:
                    features["token_embeddings"] = torch.from_numpy(self.states(ids, mask.astype(np.int64)))
                features["token_embeddings"] = features["token_embeddings"].float()
                for module in list(model)[1:]:
                    features = module(features)
                unit = torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1)
                vectors: NDArray[np.float32] = unit.cpu().numpy()
            if not np.isfinite(vectors).all():
                raise InputError(
                    f"{self.embedder.name} gave vectors that are not numbers.",
                    remedy="Choose float32 precision, or another embedder.",
                )
            return vectors

        return chunk(
            kept,
            rows=len(texts),
            width=self.dimensions,
            dtype=np.float32,
            passes=lambda: _batches(lengths, device=self.device, weights=self._weights, width=self.dimensions),
            compute=encoded,
            step=step,
        ).astype(np.float32, copy=False)

    @property
    def _weights(self) -> int:
        """How many weights a token passes through: all but the input embeddings."""
        inside = getattr(self.model[0], "auto_model", self.model[0])
        embeddings = inside.get_input_embeddings().weight if hasattr(inside, "get_input_embeddings") else None
        return sum(weight.numel() for weight in self.model.parameters() if weight is not embeddings)


def load_encoder(embedder: Embedder, *, device: str = "auto", precision: str = "auto", by: str = "") -> Encoder:
    """The encoder of an embedder whose files are on this machine; the last one loaded stays in memory.

    ``precision`` "auto" is bfloat16 where the device multiplies it natively (cosine to float32 ≥ 0.999, at least twice
    as fast), float32 elsewhere. ``by`` names a backend (:func:`core.features.backends.backend`); openvino's vectors
    have a cosine of at least 0.999 to torch's, as those of the two precisions have. Raises :class:`InputError` when the
    files cannot be loaded, or the backend cannot be had.
    """
    if precision not in PRECISIONS:
        raise InputError(f"Precision is one of {', '.join(PRECISIONS)}, not {quoted(precision)}.")
    chosen, picked = backend(by), devices.pick(device)
    if chosen == OPENVINO and picked != "cpu":
        raise InputError(
            f"openvino computes on the processor here, not on {picked}.",
            remedy="Set DIVERSCOPE_DEVICE=cpu, or take the backend torch.",
        )
    return _load(embedder, picked, precision, chosen)


@lru_cache(maxsize=1)
def _load(embedder: Embedder, device: str, precision: str, by: str) -> Encoder:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    if embedder.folder is None:
        raise InputError(f"The files of {embedder.name} are not on this machine.")
    logging.disable_progress_bar()
    dtype = devices.inference_dtype(device) if precision == "auto" else getattr(torch, precision)
    try:
        model = SentenceTransformer(
            str(embedder.folder),
            device=device,
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
        if by == TORCH:
            model[0].to(dtype)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise InputError(
            f"{embedder.name} cannot be loaded: {reason_of(error)}",
            remedy="Choose another embedder; models that need code of their own are never run.",
        ) from error
    model.eval()
    return Encoder(embedder, model, device, dtype, _states(embedder, model, dtype) if by == OPENVINO else None)


def _states(embedder: Embedder, model: Any, dtype: torch.dtype) -> OpenvinoStates:
    """The transformer of ``model``, run by openvino."""
    from core.features.openvino_states import OpenvinoStates

    transformer = getattr(model[0], "auto_model", None)
    if transformer is None:
        raise InputError(f"{embedder.name} has no transformer that openvino could run.", remedy=f"Take {TORCH}.")
    return OpenvinoStates(transformer, name=embedder.name, dtype=dtype)


def _batches(lengths: NDArray[np.int64], *, device: str, weights: int, width: int) -> Iterator[NDArray[np.int64]]:
    """Positions in batches, longest texts first (so that a lack of memory shows at once).

    On a GPU a pass of a model of ``width`` takes no more than a share of the memory that is free when it begins.
    """
    budget, most = BATCH[device if device in BATCH else "cpu"]
    if device == "cpu":
        budget = min(budget, tokens_of_a_pass(weights))
    elif device == "cuda":
        budget = min(budget, devices.block_rows(width=ACTIVATIONS * width, device=device))
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, min(most, budget // max(1, int(lengths[order[start]]))))
        yield order[start : start + count]
        start += count
