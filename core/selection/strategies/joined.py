"""Joined: two typed strategies at once, each on a component of its own, their types in one matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core.bands import band_parameters
from core.counted import counted
from core.errors import InputError
from core.parameters import Parameter, complete
from core.selection.parts import WHOLE, Part, joined_incidence, price_of_types
from core.selection.plan import Plan
from core.selection.prune import Pruning, rarest_first
from core.selection.strategies import macro, meso, micro, source_balanced
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan
from core.view import COMPONENTS

PARTS: Mapping[str, Strategy] = {
    chosen.name: chosen
    for chosen in (macro.STRATEGY, meso.STRATEGY, micro.STRATEGY, source_balanced.STRATEGY)
}  # fmt: skip


def prepare(preparation: Preparation) -> Plan:
    view, parameters = preparation.view, preparation.parameters
    chosen = (PARTS[parameters["first"]], PARTS[parameters["second"]])
    components = (view.component, parameters["second_component"])
    weight = round(parameters["weight"] * WHOLE)
    weights = (WHOLE - weight, weight)
    if chosen[0] is chosen[1] and (components[0] == components[1] or chosen[0] is source_balanced.STRATEGY):
        raise InputError(
            f"Both parts are {chosen[0].title} of the same rows and component.",
            remedy="Choose another strategy or another component for the second part.",
        )
    plans: list[TypedPlan] = []
    for part, component, own in zip(chosen, components, weights, strict=True):
        if own:
            knobs = {name: parameters[name] for name in (knob.name for knob in part.parameters) if name in parameters}
            asked = replace(
                preparation, view=view.of_component(component), parameters=complete(part.parameters, knobs)
            )  # fmt: skip
            plan = part.prepare(asked)
            assert isinstance(plan, TypedPlan)  # all of PARTS are typed
            if own == WHOLE:
                return plan  # a part of weight 0 is none: the plan is that of the other strategy
            plans.append(plan)
    return _joined(chosen, components, weights, plans)


def _joined(
    chosen: tuple[Strategy, ...], components: tuple[str, ...], weights: tuple[int, ...], plans: list[TypedPlan]
) -> TypedPlan:
    incidence = joined_incidence([plan.incidence for plan in plans])
    parts: list[Part] = []
    for strategy, component, weight, plan in zip(chosen, components, weights, plans, strict=True):
        first = parts[-1].stop if parts else 0
        parts.append(
            Part(
                title=f"{plan.reach} of the {component}" if strategy is not source_balanced.STRATEGY else "sources",
                strategy=strategy.name,
                component=component,
                weight=weight,
                first=first,
                stop=first + len(plan.incidence.keys),
            )
        )
    pruning = Pruning.of(incidence, rarest_first(incidence, price=price_of_types(parts, len(incidence.keys))))
    typed = [plan.incidence.per_row > 0 for plan in plans]
    return TypedPlan(
        incidence=incidence,
        pruning=pruning,
        ids=plans[0].ids,
        outside={"without a type in either part": int(np.count_nonzero(~(typed[0] | typed[1])))},
        reach=f"{parts[0].title} and {parts[1].title}",
        parts=parts,
        notice=" ".join(
            f"{counted(lacking, 'row')} of the pool {'has' if lacking == 1 else 'have'} no {_single(part.title)}: only "
            "the other part can choose them."
            for part, own, other in zip(parts, typed, typed[::-1], strict=True)
            if (lacking := int(np.count_nonzero(~own & other)))
        ),
    )


def _single(title: str) -> str:
    """ "mid-band token of the response" of "mid-band tokens of the response"."""
    what, _, whose = title.partition(" of the ")
    return f"{what.removesuffix('s')} of the {whose}" if whose else what.removesuffix("s")


def needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    first, second = (PARTS[parameters[part]] for part in ("first", "second"))
    weight = round(parameters["weight"] * WHOLE)
    own = first.needs(parameters) if weight < WHOLE else ()
    of_second = second.needs(parameters) if weight else ()
    other = [need if need.startswith("column:") else f"{parameters['second_component']}.{need}" for need in of_second]
    return tuple(dict.fromkeys((*own, *other)))


STRATEGY = Strategy(
    name="joined",
    title="Joined: two components",
    level="meso",
    kind="typed",
    summary="Cover the types of two strategies at once, such as tokens of the response and topics of the instruction; "
    "a weight says how much of the choice each has.",
    formula=(
        "Types are those of both strategies: one matrix rows × types. Of w, the weight of the second part, and 1 − w, "
        "the first's: prune by dropping the type with the smallest rows / weight of its part, with all its rows, so "
        "that the slider moves the heavier part more; sample in turns, of n turns n · w for the second part to within "
        "one, each serving that part's type with the fewest chosen rows c(t): of 16 candidates take the largest sum "
        "over a row's types of its part's weight / (1 + c(u)). k, k_min and k_max count the types of both. With w = 0 "
        "or 1 the plan is that of the one strategy. A row without a type in one part can be chosen by the other."
    ),
    source=(
        "Named as future work by From Macro to Micro (arXiv 2505.24768); how types are joined and what the weight does "
        "is ours. Pruning and sampling as in its Algorithms 1 and 2, our reconstruction."
    ),
    prepare=prepare,
    needs=needs,
    parameters=(
        Parameter(
            name="first",
            title="First part, on the chosen component",
            kind="choice",
            default="micro",
            choices=tuple(PARTS),
            help="Whose types are counted of the component that is chosen.",
        ),
        Parameter(
            name="second",
            title="Second part",
            kind="choice",
            default="macro",
            choices=tuple(PARTS),
            help="Whose types are counted of the other component.",
        ),
        Parameter(
            name="second_component",
            title="Component of the second part",
            kind="choice",
            default="instruction",
            choices=COMPONENTS,
            help="It can be the chosen one too, with another strategy: topics and tokens of the response.",
        ),
        Parameter(
            name="weight",
            title="Weight of the second part",
            kind="float",
            default=0.5,
            minimum=0.0,
            maximum=1.0,
            by_eye=False,
            slider=True,
            help="The share of rows that are drawn for its types, to three decimals. As it grows, more of its types "
            "are reached and fewer of the first part's, and the slider moves it more. 0 and 1 are one strategy alone.",
        ),
        *band_parameters(
            low="Of micro: a higher value leaves out names, loanwords and typos.",
            high="Of micro: a higher value admits common words.",
        ),
    ),
    cost="O(entries log types)",
)
