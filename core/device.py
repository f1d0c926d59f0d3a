"""The device that computes, its number type, and the size of blocks that fits it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from core.errors import InputError, quoted

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")  # names that can be asked for
_MOST_ROWS: ContextVar[int | None] = ContextVar("most rows of a block", default=None)


def pick(name: str = "auto") -> str:
    """``"cuda"``, ``"mps"`` or ``"cpu"``; ``auto`` takes ``DIVERSCOPE_DEVICE``, else the first that is available.

    Raises :class:`InputError` for a device that is not there.
    """
    wanted = os.environ.get("DIVERSCOPE_DEVICE", "auto") if name == "auto" else name
    if wanted == "cpu":
        return wanted
    import torch

    if wanted != "auto":
        kind = wanted.partition(":")[0]
        there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if kind not in there:
            raise InputError(f"There is no device {quoted(wanted)}.", remedy=f"Devices: {', '.join(DEVICES)}.")
        if not there[kind]:
            raise InputError(
                f"torch finds no {kind} device on this machine.", remedy="Take auto, or install torch's build for it."
            )
        return wanted

    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def inference_dtype(device: str) -> torch.dtype:
    """bfloat16 where the device multiplies it natively, float32 elsewhere.

    On a CPU without avx512_bf16 or amx, bfloat16 is emulated and slower than float32.
    """
    import torch

    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if device == "cpu" and _cpu_has_bf16() else torch.float32


def block_rows(*, width: int, device: str = "cpu", itemsize: int = 4, share: float = 0.25) -> int:
    """How many rows of a (rows, width) block fit ``share`` of the device's free memory (at most 256 MiB on a CPU)."""
    budget = 256 * 2**20
    if device.startswith("cuda"):
        import torch

        budget = int(torch.cuda.mem_get_info(device)[0] * share)
    rows = max(1, budget // max(1, width * itemsize))
    return min(rows, _MOST_ROWS.get() or rows)


@contextmanager
def blocks_of(rows: int) -> Iterator[None]:
    """Within the block, :func:`block_rows` returns at most ``rows``: tests that results do not depend on block size."""
    token = _MOST_ROWS.set(rows)
    try:
        yield
    finally:
        _MOST_ROWS.reset(token)


@contextmanager
def threads_of(count: int) -> Iterator[None]:
    """Within the block, torch, BLAS and (if there are as many cores) compiled kernels use ``count`` threads."""
    import numba
    import torch
    from threadpoolctl import threadpool_limits

    kernels, tensors = numba.get_num_threads(), torch.get_num_threads()
    numba.set_num_threads(min(count, int(numba.config.NUMBA_NUM_THREADS)))  # type: ignore[attr-defined]
    torch.set_num_threads(count)
    try:
        with threadpool_limits(limits=count):
            yield
    finally:
        numba.set_num_threads(kernels)
        torch.set_num_threads(tensors)


_PRECISION = Lock()
_inside: list[None] = []  # an entry for each block that is open, in whatever thread
_before: list[str] = []  # what the setting was before the first of them


@contextmanager
def full_precision() -> Iterator[None]:
    """Within the block, products of float32 matrices on CUDA are computed in float32, not TF32, whoever chose that.

    TF32 keeps ten bits of a number: cosines would be off by 1e-3, and what is called exact would not be.
    """
    import torch

    products = torch.backends.cuda.matmul
    with _PRECISION:  # the setting is the process's: the last block that ends gives it back
        if not _inside:
            _before.append(products.fp32_precision)
            products.fp32_precision = "ieee"
        _inside.append(None)
    try:
        yield
    finally:
        with _PRECISION:
            _inside.pop()
            if not _inside:
                products.fp32_precision = _before.pop()


@lru_cache(maxsize=1)
def _cpu_has_bf16() -> bool:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="ignore") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def describe() -> str:
    """One phrase for the context strip: the device and its name."""
    device = pick()
    if device == "cuda":
        import torch

        return f"CUDA: {torch.cuda.get_device_name(0)}"
    return "Apple GPU" if device == "mps" else f"CPU, {os.cpu_count()} cores"
