"""Which program runs the embedder's transformer: torch, or openvino where somebody asks for it and it is installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec

from core.errors import InputError, quoted

VARIABLE = "DIVERSCOPE_BACKEND"
TORCH, OPENVINO = "torch", "openvino"
BACKENDS = (TORCH, OPENVINO)
INSTALL = "pip install -r requirements-openvino.txt -c constraints.txt"
_CHOSEN: ContextVar[str] = ContextVar("backend", default="")


def backend(name: str = "") -> str:
    """The backend called ``name``; "" or "auto" is that of the block (:func:`backend_of`), else that of
    ``DIVERSCOPE_BACKEND``, else torch, whatever is installed: who runs a model is never chosen unasked.

    Raises :class:`InputError` for other names, and where openvino is not installed.
    """
    asked = (name, _CHOSEN.get(), os.environ.get(VARIABLE, "").strip())
    wanted = next((choice for choice in asked if choice not in ("", "auto")), TORCH)
    if wanted not in BACKENDS:
        raise InputError(f"There is no backend {quoted(wanted)}.", remedy=f"Backends: {', '.join(BACKENDS)}.")
    if wanted == OPENVINO and not installed():
        raise InputError("openvino is not installed.", remedy=f"Install it: {INSTALL}; or take the backend torch.")
    return wanted


def installed() -> bool:
    """Whether openvino can be imported here."""
    return find_spec("openvino") is not None


@contextmanager
def backend_of(name: str) -> Iterator[None]:
    """Within the block, :func:`backend` is ``name``; "" leaves it as it is. Raises as :func:`backend` does."""
    token = _CHOSEN.set(backend(name) if name else _CHOSEN.get())
    try:
        yield
    finally:
        _CHOSEN.reset(token)
