"""The only place that lists the strategies: ours by module name, a user's by folder."""

from __future__ import annotations

import importlib
import importlib.util
from functools import lru_cache
from pathlib import Path

from core import settings
from core.errors import InputError
from core.selection.strategy import Strategy

# In the order in which pages offer them.
MODULES = (
    "macro",
    "meso",
    "micro",
    "balanced",
    "source_balanced",
    "structural",
    "kcenter",
    "facility_location",
    "log_det",
    "novelselect",
    "deita",
    "repr_filter",
    "instag",
    "car",
    "mods",
    "qdit",
    "core_set",
    "length",
    "score",
    "bids",
    "b2nerd",
    "daar",
    "tsds",
    "gio",
    "random",
)


@lru_cache(maxsize=4)
def _load(folder: Path | None) -> dict[str, Strategy]:
    found: dict[str, Strategy] = {}
    for name in MODULES:
        strategy = importlib.import_module(f"core.selection.strategies.{name}").STRATEGY
        found[strategy.name] = strategy
    for path in sorted(folder.glob("*.py")) if folder else ():
        found_here = _load_file(path)
        if found_here.name in found:
            raise InputError(
                f"{path} calls its strategy {found_here.name!r}, a name that is taken.", remedy="Rename it."
            )
        found[found_here.name] = found_here
    return found


def _load_file(path: Path) -> Strategy:
    spec = importlib.util.spec_from_file_location(f"diverscope_user_strategy_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be read as a Python module.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a user file may raise anything; it must not take the app down
        raise InputError(
            f"The strategy file {path} does not load: {error}", remedy="Mend it or move it away."
        ) from error
    strategy = getattr(module, "STRATEGY", None)
    if not isinstance(strategy, Strategy):
        raise InputError(f"{path} defines no STRATEGY of type core.selection.strategy.Strategy.")
    return strategy


def strategies() -> dict[str, Strategy]:
    """Every strategy by name, ours first, then those of the folder that ``DIVERSCOPE_STRATEGIES`` names."""
    return dict(_load(settings.strategy_folder()))


def strategy(name: str) -> Strategy:
    """The strategy called ``name``. Raises :class:`InputError` listing the names there are."""
    known = strategies()
    if name not in known:
        raise InputError(f"There is no strategy {name!r}.", remedy=f"There are: {', '.join(known)}.")
    return known[name]
