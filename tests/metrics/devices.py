"""The devices on which vector metrics are compared: the CPU always, a GPU where there is one."""

from __future__ import annotations

import torch

DEVICES = ["cpu"]
if torch.cuda.is_available():
    DEVICES.append("cuda")
if torch.backends.mps.is_available():
    DEVICES.append("mps")
