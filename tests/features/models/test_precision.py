"""In which type a causal model computes: as the device multiplies natively, unless the model is light."""

from __future__ import annotations

import pytest
import torch

from core import device
from core.features.models.causal import LIGHT, dtype_of


@pytest.mark.parametrize("native", [True, False])
def test_a_cpu_reads_large_models_in_bfloat16_where_that_is_native(monkeypatch, native):
    monkeypatch.setattr(device, "_cpu_has_bf16", lambda: native)
    large, light = dtype_of("cpu", "auto", weights=LIGHT + 1), dtype_of("cpu", "auto", weights=LIGHT)
    assert large == (torch.bfloat16 if native else torch.float32) and light == torch.float32
    assert dtype_of("cpu", "float32", weights=LIGHT + 1) == torch.float32
    assert dtype_of("cpu", "bfloat16", weights=10) == torch.bfloat16
