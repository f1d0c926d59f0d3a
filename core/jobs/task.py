"""The functions that jobs run, found by their dotted name."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from core.errors import JobError
from core.progress import Progress
from core.workspace.artefacts import Workspace

Task = Callable[[Workspace, dict[str, Any], Progress], dict[str, Any]]

_NAME = re.compile(r"(core|tests)(\.[a-z][a-z0-9_]*)+:[a-z][a-z0-9_]*")


def check(name: str) -> str:
    """``name`` itself if it has the form "core.package.module:function". Raises :class:`JobError` otherwise."""
    if not _NAME.fullmatch(name):
        raise JobError(f"{name!r} is not a task.", remedy='A task is named "core.package.module:function".')
    return name


def resolve(name: str) -> Task:
    """The function that ``name`` stands for; imports its module.

    Only a function that a module under ``core`` (or ``tests``) defines will do: never one that such a module
    has merely imported from elsewhere. Raises :class:`JobError`.
    """
    module_name, _, function_name = check(name).partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not module_name.startswith(error.name or "?"):
            raise
        raise JobError(f"There is no task {name!r}: no module {error.name}.") from error
    function = getattr(module, function_name, None)
    if not callable(function) or getattr(function, "__module__", "") != module_name:
        raise JobError(f"There is no task {name!r}.")
    return function
