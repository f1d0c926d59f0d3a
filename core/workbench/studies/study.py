"""A study: which strategies, components, sizes, levels and seeds, and the subset that each of its cells stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from core.budgets.units import ROWS, TOKENS, after_number, check_counted
from core.corpus.pool import PoolSpec
from core.errors import InputError, quoted
from core.selection.registry import strategies, strategy
from core.view import COMPONENTS, of_need
from core.workbench import plans
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.studies.further_sets import FurtherSets
from core.workbench.subsets import LEVELS, levels, percent
from core.workspace.digests import digest

RANDOM = "random"
MOST_CELLS = 5_000


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One subset of a study; ``recipe`` has every parameter, so its series is that of the saved subset."""

    strategy: str
    component: str
    size: int
    position: float  # 0 to 1
    seed: int
    recipe: Recipe
    differs: str = ""  # the settings that tell it from other sets of its strategy, in words

    @property
    def key(self) -> tuple[str, float]:
        """What a saved subset of this cell has: its series and its position."""
        return self.recipe.series, self.recipe.position


@dataclass(frozen=True, kw_only=True)
class Study:
    """The grid ``strategies`` × ``components`` × ``sizes`` × ``levels`` × ``seeds`` over one corpus.

    ``levels`` positions go from 0 to 100 %; a strategy whose slider is fixed gives one subset of each size and seed.
    With ``random`` there are as many random draws of each size as there are levels and seeds, because a random subset
    has no level. ``parameters`` maps a strategy to those of its settings that are not the default, ``features`` are
    settings of :class:`FeatureSettings`, ``pool`` are filters as recipes write them. ``corpus`` is an id. ``sets`` are
    beside the grid, at each of its sizes. ``target`` is the id of the corpus of examples that targeted strategies read.
    ``sizes`` count ``unit`` with rows cut at ``row_cutoff``, as in a recipe; ``budget`` says where they came from:
    {"unit", "amounts", "profile"}. A study without sets, target, cutoff or budget is stored as it was before there
    were any.
    """

    name: str
    corpus: str
    strategies: tuple[str, ...]
    components: tuple[str, ...] = ("response",)
    sizes: tuple[int, ...]
    unit: str = ROWS
    row_cutoff: int = 0
    budget: Mapping[str, Any] = field(default_factory=dict)
    levels: int = LEVELS
    seeds: tuple[int, ...] = (0,)
    random: bool = True
    features: Mapping[str, Any] = field(default_factory=dict)
    pool: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sets: tuple[FurtherSets, ...] = ()
    target: str = ""

    def __post_init__(self) -> None:
        _refuse_unknown("strategies", self.strategies, list(strategies()))
        _refuse_unknown("components", self.components, COMPONENTS)
        _refuse_unknown("parameters", list(self.parameters), list(strategies()))
        for name, values in (("strategies", self.strategies), ("components", self.components), ("sizes", self.sizes),
                             ("seeds", self.seeds)):  # fmt: skip
            if not values and (name != "strategies" or not (self.random or self.sets)):
                raise InputError(f"A study needs {name}.", remedy=f"Name at least one in {name}.")
            if len(set(values)) < len(values):
                raise InputError(f"A study's {name} name one twice.", remedy="Name each once.")
        if min(self.sizes) < 1 or not 1 <= self.levels <= 101 or min(self.seeds) < 0:
            raise InputError("Sizes are 1 or more, levels 1 to 101, seeds 0 or more.")
        check_counted(self.unit, self.row_cutoff)
        PoolSpec.of(self.pool)
        if len(self.cells) > MOST_CELLS:
            raise InputError(f"A study has at most {MOST_CELLS:,} subsets, this one has {len(self.cells):,}.")

    @property
    def key(self) -> str:
        """The digest of everything that the study names."""
        return digest(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        values = asdict(self)
        for name in ("sets", "target", "row_cutoff", "budget"):
            del values[name]
        if self.sets:
            values["sets"] = [further.as_dict() for further in self.sets]
        if self.target:
            values["target"] = self.target
        if self.row_cutoff:
            values["row_cutoff"] = self.row_cutoff
        if self.budget:
            values["budget"] = dict(self.budget)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Study:
        """The study that :meth:`as_dict` wrote. Raises :class:`InputError` for values that describe none."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise InputError(f"A study has no {quoted(unknown[0])}.", remedy=f"It has: {', '.join(sorted(known))}.")
        made: dict[str, Any] = dict(values)
        try:
            for name, kind in (("strategies", str), ("components", str), ("sizes", int), ("seeds", int)):
                if name in made:
                    made[name] = tuple(_whole(item) if kind is int else str(item) for item in _listed(made[name]))
            for name in ("levels", "row_cutoff"):
                if name in made:
                    made[name] = _whole(made[name])
            for name in ("features", "pool", "parameters", "budget"):
                if not isinstance(made.get(name, {}), Mapping):
                    raise InputError(f"{name} of a study is a table.", remedy=f"Write [{name}] and its settings below.")
            if not isinstance(made.get("random", True), bool):
                raise InputError("random of a study is true or false.")
            if "sets" in made:
                made["sets"] = tuple(map(FurtherSets.of, _listed(made["sets"])))
            for name in ("name", "corpus", "unit", "target"):
                if name in made:
                    made[name] = str(made[name])
            return cls(**made)
        except TypeError as error:
            missing = [item for item in ("name", "corpus", "strategies", "sizes") if item not in made]
            if missing:
                raise InputError(f"A study needs {', '.join(missing)}.") from error
            raise InputError(f"This is not a study: {str(error)[:80]}.") from error

    def settings(self, component: str) -> FeatureSettings:
        """The feature settings of one component."""
        return FeatureSettings(component=component).with_(**self.features)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every subset of the study: by component, strategy, size, seed and level; the random draws come first.

        Further sets follow; one that the grid has already is in it once.
        """
        return tuple({cell.key: cell for cell in reversed([*self._cells(), *self._further()])}.values())[::-1]

    def _cells(self) -> Iterator[Cell]:
        if self.random and RANDOM not in self.strategies:
            draws = max(self.levels * len(self.seeds), 1)
            for size in self.sizes:
                for draw in range(draws):
                    yield self._cell(RANDOM, self.components[0], size, 1.0, self.seeds[0] + draw)
        for component in self.components:
            for name in self.strategies:
                chosen = strategy(name)
                slides = chosen.kind == "typed" or bool(chosen.tail)
                for size in self.sizes:
                    for seed in self.seeds:
                        for position in levels(self.levels) if slides else [1.0]:
                            yield self._cell(name, component, size, position, seed)

    def _further(self) -> Iterator[Cell]:
        for further in self.sets:
            chosen = strategy(further.strategy)
            slides = further.levels > 1 and (chosen.kind == "typed" or bool(chosen.tail))
            for component in (further.component,) if further.component else self.components:
                for size in self.sizes:
                    for seed in further.seeds or self.seeds:
                        for position in levels(further.levels) if slides else [1.0]:
                            cell = self._cell(chosen.name, component, size, position, seed, further.parameters)
                            yield replace(cell, differs=further.differs)

    def _cell(
        self, name: str, component: str, size: int, position: float, seed: int, own: Mapping[str, Any] | None = None
    ) -> Cell:
        recipe = Recipe(
            corpus=self.corpus,
            pool=PoolSpec.of(self.pool).as_dict(),
            choice=self.settings(component).as_dict(),
            strategy=name,
            strategy_version=strategy(name).version,
            parameters={**self.parameters.get(name, {}), **(own or {})},
            size=size,
            unit=self.unit,
            row_cutoff=self.row_cutoff,
            budget=self._budget_of(size),
            position=position,
            seed=seed,
        )
        recipe = replace(recipe, parameters=plans.parameters_of(recipe))
        if self.target and "target" in strategy(name).needs(recipe.parameters):
            recipe = replace(recipe, target=self.target)
        return Cell(strategy=name, component=component, size=size, position=position, seed=seed, recipe=recipe)

    def _budget_of(self, size: int) -> dict[str, Any]:
        """What a recipe says of where its size came from: the amount of this size, the unit and the profile."""
        if not self.budget:
            return {}
        amounts = dict(zip(self.sizes, self.budget.get("amounts", ()), strict=False))
        told = {"unit": self.budget.get("unit", ""), "profile": dict(self.budget.get("profile", {}))}
        return {"amount": amounts[size], **told} if size in amounts else {}

    def needs(self, component: str) -> list[str]:
        """The features of a component that the strategies read, in the order in which they are computed."""
        wanted = {
            feature
            for cell in self.cells
            for named, feature in map(of_need, strategy(cell.strategy).needs(cell.recipe.parameters))
            if (named or cell.component) == component
        }
        if component in self.components and (self.unit == TOKENS or PoolSpec.of(self.pool).needs_lengths):
            wanted.add("tokens")
        wanted |= {"embeddings"} if "clusters" in wanted else set()
        return [feature for feature in ("tokens", "embeddings", "clusters", "tags") if feature in wanted]

    @property
    def components_read(self) -> tuple[str, ...]:
        """The components of the study, and those that a joined strategy reads beside them."""
        beside = [component for component in COMPONENTS if component not in self.components and self.needs(component)]
        return (*self.components, *beside)

    def name_of(self, cell: Cell) -> str:
        """What a subset of the study is called: Mine · micro response 1,000 · seed 3 · 50 %."""
        unit = after_number(self.unit)
        differs = [cell.differs] if cell.differs else []
        parts = [self.name, f"{cell.strategy} {cell.component} {cell.size:,}{unit}", *differs]
        if cell.strategy == RANDOM:
            return " · ".join([*parts, f"seed {cell.seed}"])
        several = len(self.seeds) > 1 or cell.seed not in self.seeds
        seed = [f"seed {cell.seed}"] if several else []
        return " · ".join([*parts, *seed, percent(cell.position)])


def _refuse_unknown(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    wrong = [name for name in given if name not in known]
    if wrong:
        raise InputError(
            f"{quoted(wrong[0])} is none of the {what} there are.", remedy=f"There are: {', '.join(known)}."
        )


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{quoted(str(value))} is not a whole number.")
    return value
