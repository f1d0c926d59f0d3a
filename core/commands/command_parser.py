"""The parser of commands: one that has several ways may complete the words that it is given."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


class CommandParser(argparse.ArgumentParser):
    """An argument parser; ``completed``, where it is set, changes its words before they are read."""

    completed: Callable[[list[str]], list[str]] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        words = args if args is None or self.completed is None else self.completed(list(args))
        return super().parse_known_args(words, namespace)
