"""Checks a promise of a strategy or a metric: it is kept, or broken, with an example."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from core.errors import DiverscopeError


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of checking a promise; ``example`` says how it was broken, "" if it was kept."""

    promise: str
    example: str = ""

    @property
    def kept(self) -> bool:
        return not self.example

    def __str__(self) -> str:
        return f"pass  {self.promise}" if self.kept else f"FAIL  {self.promise}\n      {self.example}"


def outcome(promise: str, broken: Callable[[], str]) -> Outcome:
    """Check a promise: ``broken`` returns how it was broken, or "". An exception of any kind breaks it too."""
    examples: list[str] = []
    error = error_of(lambda: examples.append(broken()))
    return Outcome(promise=promise, example=told(error) if error else examples[0])


def refuses(act: Callable[[], object]) -> str:
    """ "" when ``act`` succeeds or raises one of our own errors, else a line on what it raised instead."""
    error = error_of(act)
    return "" if error is None or isinstance(error, DiverscopeError) else told(error)


def error_of(act: Callable[[], object]) -> BaseException | None:
    """What ``act`` raised, or None. A user's code may raise anything; an interrupt from the keyboard is passed on."""
    try:
        act()
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return error
    return None


def told(error: BaseException) -> str:
    """One line that says what was raised."""
    return f"It raised {type(error).__name__}: {error}"


@contextmanager
def other_draws(seed: int) -> Iterator[None]:
    """Seed the global random numbers of Python, NumPy and torch differently within the block."""
    import torch

    of_python, of_numpy, of_torch = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002
        torch.set_rng_state(of_torch)
