"""Checks the contract of a strategy on a small pool: of ours in the tests, of any other with ``check-strategy``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from core.errors import InputError
from core.parameters import Parameter, complete
from core.selection.plan import Request
from core.selection.promises import PROMISES, Trial
from core.selection.strategy import Strategy
from core.trial.promise import Outcome, error_of, outcome
from core.trial.rows import CATEGORY, OTHER_SCORE, SCORE, trial_view

PREPARED = "It can be prepared on rows that have every feature, and answers requests"


def settings_to_try(strategy: Strategy) -> list[dict[str, Any]]:
    """Parameters to try a strategy with: its defaults, and each choice of each knob with the others at their defaults.
    All knobs that are sliders are at 1 once.

    Knobs that name columns take columns of the trial pool; where a choice is tried, optional columns are named too.
    """
    every = {parameter.name: value for parameter in strategy.parameters if (value := _column_for(parameter))}
    optional = {parameter.name for parameter in strategy.parameters if parameter.optional}
    required = {name: value for name, value in every.items() if name not in optional}
    tried = [complete(strategy.parameters, required)]
    if every != required:
        tried.append(complete(strategy.parameters, every))
    for parameter in strategy.parameters:
        values: Sequence[Any] = {"choice": parameter.choices, "bool": (False, True)}.get(parameter.kind, ())
        for value in values:
            if value != parameter.default:
                tried.append(complete(strategy.parameters, {**every, parameter.name: value}))
    sliders = [parameter.name for parameter in strategy.parameters if parameter.slider]
    if sliders:
        tried.append(complete(strategy.parameters, {**every, **dict.fromkeys(sliders, 1.0)}))
    return tried


def check_strategy(strategy: Strategy, parameters: Mapping[str, Any], *, rows: int = 150) -> list[Outcome]:
    """Try every promise of ``strategy`` with completed ``parameters`` on a pool of ``rows`` made-up rows.

    If the strategy cannot be prepared, that is the only outcome. O(promises) preparations: seconds for most strategies.
    """
    trials: list[Trial] = []

    def prepared() -> str:
        trials.append(Trial(strategy, parameters, trial_view(rows)))
        trials[0].plan.answer(Request(size=1))
        return ""

    first = outcome(PREPARED, prepared)
    return [first, *(outcome(promise, partial(test, trials[0])) for promise, test in PROMISES.items() if first.kept)]


def refused(strategy: Strategy, parameters: Mapping[str, Any]) -> str:
    """Why the strategy refuses this combination of parameters; "" where it accepts it."""
    error = error_of(lambda: Trial(strategy, parameters, trial_view()).prepare())
    return str(error) if isinstance(error, InputError) else ""


def check_settings(strategy: Strategy, tried: Sequence[Mapping[str, Any]]) -> Iterator[Outcome]:
    """The outcome of every promise over all parameters ``tried``: kept under all of them, or broken, with an example.

    Parameters after the first are skipped if the strategy refuses them.
    """
    broken: dict[str, Outcome] = {}
    for number, parameters in enumerate(tried):
        if number and refused(strategy, parameters):
            continue
        for result in check_strategy(strategy, parameters):
            if not result.kept:
                example = f"{result.example} (with {in_words(strategy, parameters)})"
                broken.setdefault(result.promise, Outcome(promise=result.promise, example=example))
    for promise in (PREPARED, *PROMISES):
        yield broken.get(promise, Outcome(promise=promise))


def in_words(strategy: Strategy, parameters: Mapping[str, Any]) -> str:
    """The knobs that are not at their defaults, with their values, as text."""
    changed = {
        parameter.name: parameters[parameter.name]
        for parameter in strategy.parameters
        if parameters.get(parameter.name, parameter.default) != parameter.default
    }
    return ", ".join(f"{name}={value}" for name, value in changed.items()) or "every knob at its default"


def _column_for(parameter: Parameter) -> str | list[str] | None:
    """The trial pool's columns for a knob that names columns; None for other knobs and if the pool has the default."""
    columns: dict[str, str | list[str]] = {
        "numeric_column": SCORE,
        "column": CATEGORY,
        "columns": [SCORE, OTHER_SCORE],
    }
    if parameter.kind not in columns:
        return None
    named = [parameter.default] if isinstance(parameter.default, str) else list(parameter.default or ())
    pool = trial_view(2)
    there = bool(named) and all(f"column:{name}" in pool.features for name in named)
    return None if there else columns[parameter.kind]
