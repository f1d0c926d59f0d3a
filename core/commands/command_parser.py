"""The parser of commands: one that has several ways may complete the words that it is given."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

from core.errors import quoted


class CommandParser(argparse.ArgumentParser):
    """An argument parser; ``completed``, where it is set, changes its words before they are read.

    An option of ``type=float`` takes finite numbers: no command has a use for "nan" or "inf", which Python reads too.
    """

    completed: Callable[[list[str]], list[str]] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register("type", float, finite_number)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        words = args if args is None or self.completed is None else self.completed(list(args))
        return super().parse_known_args(words, namespace)


def finite_number(word: str) -> float:
    """The number that a word of the command line says. Raises :class:`argparse.ArgumentTypeError` for any other."""
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{quoted(word)} is not a number")
    return number
