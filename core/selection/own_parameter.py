"""A parameter that is put around a strategy, which itself never learns of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core.parameters import Parameter
from core.selection.plan import Plan
from core.selection.strategy import Preparation, Strategy


def with_parameter(
    strategy: Strategy, parameter: Parameter, prepare: Callable[[Preparation, Preparation], Plan]
) -> Strategy:
    """``strategy`` with one more ``parameter`` behind its own.

    ``prepare`` gets the preparation as it was asked for, and the same without that parameter, which is all that the
    strategy's functions read.
    """

    def without(parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in parameters.items() if name != parameter.name}

    return replace(
        strategy,
        prepare=lambda asked: prepare(asked, replace(asked, parameters=without(asked.parameters))),
        needs=lambda parameters: strategy.needs(without(parameters)),
        job_from=lambda parameters: strategy.job_from(without(parameters)),
        measure=lambda parameters: strategy.measure(without(parameters)),
        parameters=(*strategy.parameters, parameter),
    )
