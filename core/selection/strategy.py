"""What one strategy declares about itself: the contract of every file in ``strategies/``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core.parameters import Parameter
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.selection.plan import Plan, no_rows
from core.view import View

Level = Literal["macro", "meso", "micro", "ranked", "random"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Preparation:
    """Everything that a strategy may read: the pool's view, its own parameters, and the rows already in training.

    ``target`` is a user's example set, for strategies whose needs name it. ``device`` as in core.device. A strategy
    that ``stops`` need order no more than ``wanted`` rows (None: all), and goes on from ``begun``, its plan of fewer.
    """

    view: View
    parameters: Mapping[str, Any]
    seed: int = 0
    given: PoolRows = field(default_factory=no_rows)
    target: View | None = None
    device: str = "cpu"
    progress: Progress = silent
    wanted: int | None = None
    begun: Plan | None = None


NEVER = sys.maxsize


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """One way to choose rows.

    ``needs`` gives, for completed parameters, the features of :data:`core.view.FEATURES` and ``column:NAME``s it reads
    (``COMPONENT.FEATURE`` of another component), and ``target`` when it needs example rows. ``formula`` is plain text
    for "how is this computed"; ``source`` names paper and section and says when it is a reconstruction. ``tail`` states
    what d < 1 means for a ranked strategy ("" when d is fixed at 1). ``cost`` is the order of the preparation's work;
    ``job_from`` gives, for completed parameters, the size of the pool from which preparing takes more than about two
    seconds on two cores, and so runs as a job. ``measure`` names, for completed parameters, the one value that alone
    makes the order (the plan's gains hold it); "" where more than a value decides. ``stops`` says that it orders no
    more rows than are wanted, and later goes on to the same order. ``in_parts`` says that it is greedy, orders a
    prefix, and may choose in parts of the pool (:mod:`core.selection.partitions`); ``whole`` then gives the pool's
    view with what a part must know of all rows. ``version`` rises when the same
    recipe may give something else; ``changed`` is one sentence on what the version before did, for whoever has its
    recipe.
    """

    name: str
    title: str
    level: Level
    kind: Literal["typed", "ranked"]
    summary: str
    formula: str
    source: str
    prepare: Callable[[Preparation], Plan]
    needs: Callable[[Mapping[str, Any]], Sequence[str]] = lambda parameters: ()
    parameters: tuple[Parameter, ...] = ()
    tail: str = ""
    cost: str = "O(rows)"
    job_from: Callable[[Mapping[str, Any]], int] = lambda parameters: NEVER
    measure: Callable[[Mapping[str, Any]], str] = lambda parameters: ""
    stops: bool = False
    in_parts: bool = False
    whole: Callable[[Preparation], View] = lambda preparation: preparation.view
    version: int = 1
    changed: str = ""
