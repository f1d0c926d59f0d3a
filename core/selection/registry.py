"""The list of all strategies: ours by module name, a user's by folder."""

from __future__ import annotations

import hashlib
import importlib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from core import settings
from core.errors import InputError, quoted
from core.python_file import REMEDY, does_not_load, run_file
from core.selection.guarded import check_fields, guarded
from core.selection.partitions import with_partitions
from core.selection.strategy import Strategy
from core.selection.whitening import with_whitening

# In the order in which pages offer them.
MODULES = (
    "macro",
    "meso",
    "micro",
    "balanced",
    "source_balanced",
    "structural",
    "joined",
    "kcenter",
    "facility_location",
    "log_det",
    "novelselect",
    "deita",
    "repr_filter",
    "instag",
    "mig",
    "car",
    "mods",
    "qdit",
    "core_set",
    "length",
    "score",
    "select2reason",
    "bids",
    "composite",
    "b2nerd",
    "daar",
    "tsds",
    "gio",
    "gip",
    "rds",
    "less",
    "tagcos",
    "random",
)


@dataclass(frozen=True)
class Skipped:
    """A file (or folder) of a user's strategies that is left out, and why."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@lru_cache(maxsize=4)
def _ours() -> dict[str, Strategy]:
    strategies_of_ours = (importlib.import_module(f"core.selection.strategies.{name}").STRATEGY for name in MODULES)
    return {strategy.name: _with_switches(strategy) for strategy in strategies_of_ours}


def _with_switches(strategy: Strategy) -> Strategy:
    """A strategy with what every one of its kind can do: whiten the vectors, then choose in parts."""
    return with_whitening(with_partitions(strategy))


@lru_cache(maxsize=4)
def _load(
    folder: Path | None, stamps: tuple[tuple[Path, int, int], ...]
) -> tuple[dict[str, Strategy], tuple[Skipped, ...]]:
    """Strategies by name, and the skipped files; ``stamps`` (path, time, size) make a changed file load again."""
    loaded = dict(_ours())
    skipped: list[Skipped] = []
    if folder is not None and not folder.is_dir():
        reason = "DIVERSCOPE_STRATEGIES names it, but the folder does not exist."
        return loaded, (Skipped(folder, reason),)
    for path, _, _ in stamps:
        try:
            here = strategy_of(path)
            if here.name in loaded:
                raise InputError(
                    f"Its strategy is called {quoted(here.name)}, a name that is taken.", remedy="Rename it."
                )
        except InputError as error:
            skipped.append(Skipped(path, str(error)))
        else:
            loaded[here.name] = _with_switches(guarded(here, path))
    return loaded, tuple(skipped)


def _stamps(folder: Path | None) -> tuple[tuple[Path, int, int], ...]:
    """The user's strategy files, by name; a file that begins with an underscore is a helper and not listed."""
    if folder is None or not folder.is_dir():
        return ()
    stamps = []
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("_"):
            with suppress(FileNotFoundError):  # removed meanwhile
                status = path.stat()
                stamps.append((path, status.st_mtime_ns, status.st_size))
    return tuple(stamps)


def strategy_of(path: Path) -> Strategy:
    """The strategy of a user's file; its version is a hash of the file's bytes, so that a change makes new plans.

    Raises :class:`InputError` when the file does not load or defines no strategy.
    """
    defined, data = run_file(path, prefix="diverscope_user_strategy")
    strategy = defined.get("STRATEGY")
    if not isinstance(strategy, Strategy):
        raise InputError(
            "It defines no STRATEGY of type core.selection.strategy.Strategy.",
            remedy="Define one, or begin the file's name with an underscore.",
        )
    check_fields(strategy)
    try:
        tuple(strategy.needs({parameter.name: parameter.default for parameter in strategy.parameters}))
    except (Exception, SystemExit) as error:
        raise InputError(does_not_load(error), remedy=REMEDY) from error
    content = hashlib.blake2b(data + b"%d" % strategy.version, digest_size=6).hexdigest()
    return replace(strategy, version=int(content, 16))


def _now() -> tuple[dict[str, Strategy], tuple[Skipped, ...]]:
    folder = settings.strategy_folder()
    return _load(folder, _stamps(folder))


def strategies() -> dict[str, Strategy]:
    """Every strategy by name, ours first, then those of the folder that ``DIVERSCOPE_STRATEGIES`` names.

    A user's file that was added or changed is loaded at the next call.
    """
    return dict(_now()[0])


def skipped() -> tuple[Skipped, ...]:
    """The user's files that hold no usable strategy, each with the reason; or the missing folder."""
    return _now()[1]


def strategy(name: str) -> Strategy:
    """The strategy called ``name``. Raises :class:`InputError`, which lists the known names and the skipped files."""
    known, left_out = _now()
    if name not in known:
        remedy = f"There are: {', '.join(known)}."
        if left_out:
            remedy += " Left out: " + "; ".join(map(str, left_out))
        raise InputError(f"There is no strategy {quoted(name)}.", remedy=remedy)
    return known[name]
