"""A Python file of a user's, run as a module of its own."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

from core.errors import InputError

REMEDY = "Mend it or move it away."


def run_file(path: Path, *, prefix: str) -> tuple[dict[str, Any], bytes]:
    """What the file at ``path`` defines, by name, and the bytes it was run from.

    The module is called ``prefix`` and the file's stem, where dataclasses look themselves up. Raises
    :class:`InputError` when there is no such file or it raises anything.
    """
    name = f"{prefix}_{path.stem}"
    module = types.ModuleType(name)
    module.__file__ = str(path)
    try:
        data = path.read_bytes()
        sys.modules[name] = module
        # Not by the import system, which may take an older file's compiled form for this one's.
        exec(compile(data, str(path), "exec"), module.__dict__)  # noqa: S102 # the user's own code, in their folder
    except (Exception, SystemExit) as error:  # a user's file may raise anything; the app goes on
        raise InputError(does_not_load(error), remedy=REMEDY) from error
    return dict(module.__dict__), data


def does_not_load(error: BaseException) -> str:
    """What is said of a file that raised ``error``."""
    return f"It does not load ({type(error).__name__}: {error})."
