"""Runs a user's Python file as a module of its own."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

from core.errors import InputError

REMEDY = "Correct it or move it away."


def run_file(path: Path, *, prefix: str) -> tuple[dict[str, Any], bytes]:
    """Run the file at ``path``; returns the names that it defines with their values, and the file's bytes.

    The module's name is ``prefix`` + the file's stem; it is registered under it, because dataclasses look it up. Raises
    :class:`InputError` when the file does not exist or raises anything.
    """
    name = f"{prefix}_{path.stem}"
    module = types.ModuleType(name)
    module.__file__ = str(path)
    try:
        data = path.read_bytes()
        sys.modules[name] = module
        # Not by the import system, which may use the compiled form of an older version of the file.
        exec(compile(data, str(path), "exec"), module.__dict__)  # noqa: S102 # the user's own code, in their folder
    except (Exception, SystemExit) as error:  # a user's file may raise anything; the app goes on
        raise InputError(does_not_load(error), remedy=REMEDY) from error
    return dict(module.__dict__), data


def does_not_load(error: BaseException) -> str:
    """The message on a file that raised ``error``."""
    return f"It does not load ({type(error).__name__}: {error})."
