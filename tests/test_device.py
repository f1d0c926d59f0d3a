"""The device that is asked for: one that is not there is refused in words, before anything is computed."""

from __future__ import annotations

import pytest
import torch

from core import device
from core.errors import InputError


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_device_that_is_not_there_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no cuda device"):
        device.pick(name)
    monkeypatch.setenv("DIVERSCOPE_DEVICE", name)
    with pytest.raises(InputError, match="no cuda device"):
        device.pick()
    assert device.pick("cpu") == "cpu"


def test_a_device_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InputError, match="no device 'gpu'"):
        device.pick("gpu")


def test_products_that_are_called_exact_never_use_tf32_and_others_keep_their_choice() -> None:
    products = torch.backends.cuda.matmul
    before = products.fp32_precision
    products.fp32_precision = "tf32"
    try:
        with pytest.raises(ZeroDivisionError), device.full_precision():
            assert products.fp32_precision == "ieee"
            raise ZeroDivisionError
        assert products.fp32_precision == "tf32"
    finally:
        products.fp32_precision = before


def test_exact_products_stay_exact_while_another_thread_ends_its_own() -> None:
    products = torch.backends.cuda.matmul
    before = products.fp32_precision
    products.fp32_precision = "tf32"
    try:
        first, second = device.full_precision(), device.full_precision()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)  # the one that came first goes first, as threads do
        assert products.fp32_precision == "ieee"
        second.__exit__(None, None, None)
        assert products.fp32_precision == "tf32"
    finally:
        products.fp32_precision = before
