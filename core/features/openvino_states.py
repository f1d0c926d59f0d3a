"""An embedder's transformer converted for openvino: the last hidden states of its tokens, by the processor."""

from __future__ import annotations

import sys
import warnings
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, reason_of
from core.features.backends import OPENVINO

if TYPE_CHECKING:
    import torch

HINTS = {"bfloat16": "bf16", "float32": "f32"}


class OpenvinoStates:
    """A compiled transformer. A pass of the same width again takes less, so texts come in order of their length."""

    def __init__(self, transformer: torch.nn.Module, *, name: str, dtype: torch.dtype) -> None:
        """Convert ``transformer``, a float32 model of transformers that reads ids and a mask.

        ``dtype`` is the type that products are computed in, bfloat16 or float32. Raises :class:`InputError` where
        openvino cannot read the model.
        """
        import torch

        openvino = imported()
        narrow = str(dtype).removeprefix("torch.")
        if narrow not in HINTS:
            raise InputError(f"openvino computes in {' or '.join(HINTS)}, not {narrow}.")
        settings = {"INFERENCE_PRECISION_HINT": HINTS[narrow], "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        try:
            model = _converted(openvino, transformer)
            self._busy = Lock()  # a request answers one question at a time, and sessions share it
            self._request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
        except Exception as error:
            raise InputError(
                f"openvino cannot read {name}: {reason_of(error)}", remedy="Take the backend torch for this embedder."
            ) from error
        self.kind = f"{OPENVINO} {version(OPENVINO)}"

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """(texts, tokens, d) float32 states of (texts, tokens) ids; ``mask`` is 0 where a text has ended."""
        with self._busy:  # the next question writes where this answer lies
            states: NDArray[np.float32] = np.array(self._request.infer([ids, mask])[0])
        return states


def imported() -> Any:
    """The module ``openvino``, without its statistics: it would tell its maker of each import and conversion."""
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # so openvino takes its silent stand-in
    import openvino

    return openvino


def _converted(openvino: Any, transformer: torch.nn.Module) -> Any:
    """openvino's own form of the transformer, for any number of texts of any length."""
    import torch
    from transformers.utils import logging

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.transformer(input_ids=ids, attention_mask=mask).last_hidden_state
            return states

    ids, mask = torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long)
    mask[1, 5:] = 0  # so that the traced model has what it does with padding
    free = (-1, -1)
    said = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a trace warns of every branch that it takes; none depends on a text
            return openvino.convert_model(
                States().eval(), example_input=(ids, mask), input=[(free, openvino.Type.i64), (free, openvino.Type.i64)]
            )
    finally:
        logging.set_verbosity(said)
