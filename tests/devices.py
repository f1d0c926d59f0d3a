"""Where results are compared: the CPU always, a GPU where there is one; ``pytest -m gpu`` runs the tests on that."""

from __future__ import annotations

import pytest
import torch

GPU = pytest.mark.gpu
DEVICES = ["cpu", *([pytest.param("cuda", marks=GPU)] if torch.cuda.is_available() else [])]
DEVICES_AND_APPLE = [*DEVICES, *([pytest.param("mps", marks=GPU)] if torch.backends.mps.is_available() else [])]
