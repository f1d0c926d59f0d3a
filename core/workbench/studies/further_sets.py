"""Sets beside a study's grid: a strategy with settings, levels, seeds or a component of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from core.errors import InputError, quoted
from core.selection.registry import strategy
from core.view import COMPONENTS


@dataclass(frozen=True, kw_only=True)
class FurtherSets:
    """Subsets of one strategy that are not in the grid; what is not named is that of the study.

    ``levels`` positions go from 0 to 100 %; 1 is 100 % alone. ``component`` "" is each of the study's components,
    ``seeds`` () are the study's. ``parameters`` go before those that the study gives the strategy.
    """

    strategy: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    component: str = ""
    levels: int = 1
    seeds: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        chosen = strategy(self.strategy)
        known = [parameter.name for parameter in chosen.parameters]
        if wrong := [name for name in self.parameters if name not in known]:
            raise InputError(f"{chosen.title} has no {quoted(wrong[0])}.", remedy=f"It has: {', '.join(known)}.")
        if self.component and self.component not in COMPONENTS:
            raise InputError(f"A component is one of {', '.join(COMPONENTS)}, not {quoted(self.component)}.")
        if not 1 <= self.levels <= 101 or any(seed < 0 for seed in self.seeds):
            raise InputError("Levels of further sets are 1 to 101, seeds 0 or more.")

    @property
    def differs(self) -> str:
        """Its settings in words: "ceiling 0.5, prefix 100"."""
        return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                         for name, value in self.parameters.items())  # fmt: skip

    @property
    def told(self) -> str:
        """What it adds, in words: "length, 5 positions", "kcenter (start seeded), seeds 0, 1, 2"."""
        settings = f" ({self.differs})" if self.differs else ""
        levels = f", {self.levels} positions" if self.levels > 1 else ""
        seeds = f", seeds {', '.join(map(str, self.seeds))}" if self.seeds else ""
        return f"{self.strategy}{settings}{f' of the {self.component}' if self.component else ''}{levels}{seeds}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON and TOML hold it: only what is named."""
        values: dict[str, Any] = {"strategy": self.strategy}
        if self.component:
            values["component"] = self.component
        if self.levels != 1:
            values["levels"] = self.levels
        if self.seeds:
            values["seeds"] = list(self.seeds)
        if self.parameters:
            values["parameters"] = dict(self.parameters)
        return values

    @classmethod
    def of(cls, values: Any) -> FurtherSets:
        """The sets that :meth:`as_dict` wrote. Raises :class:`InputError` for values that describe none."""
        known = [item.name for item in fields(cls)]
        if not isinstance(values, Mapping) or "strategy" not in values:
            raise InputError("Further sets name a strategy.", remedy='Write strategy = "NAME" below [[sets]].')
        if wrong := [name for name in values if name not in known]:
            raise InputError(f"Further sets have no {quoted(wrong[0])}.", remedy=f"They have: {', '.join(known)}.")
        seeds, levels = values.get("seeds", ()), values.get("levels", 1)
        numbers: Sequence[Any] = [*(seeds if isinstance(seeds, list | tuple) else [seeds]), levels]
        if any(isinstance(number, bool) or not isinstance(number, int) for number in numbers):
            raise InputError("Levels and seeds of further sets are whole numbers.")
        if not isinstance(values.get("parameters", {}), Mapping):
            raise InputError(
                "Parameters of further sets are a table.", remedy="Write [sets.parameters] below [[sets]]."
            )
        return cls(
            strategy=str(values["strategy"]),
            parameters=dict(values.get("parameters", {})),
            component=str(values.get("component", "")),
            levels=int(levels),
            seeds=tuple(numbers[:-1]),
        )
