"""The only place that lists the metrics: one module a family, each defining METRICS."""

from __future__ import annotations

import importlib
from functools import lru_cache

from core.errors import DiverscopeError, FeatureMissing, InputError
from core.metrics.metric import Measuring, Metric, Reading, undefined
from core.parameters import complete

# In the order in which pages show them.
FAMILIES: tuple[str, ...] = (
    "size",
    "token_distribution",
    "coverage",
    "composition",
    "embedding_distance",
    "novelsum_metric",
    "nearest_neighbour",
    "gram",
    "partition",
    "lexical",
    "compression",
    "self_bleu",
    "homogenisation",
    "richness",
    "pos_templates",
    "domains",
)

# Other names of the same numbers; each is also named in the metric's formula.
ALIASES = {
    "chamfer": "knn",
    "distsum_cos": "ed",
    "remote_clique": "ed",
    "self_bleu": "bl",
    "compression_ratio": "cr",
    "ngram_ratio": "nr",
}


@lru_cache(maxsize=1)
def _load() -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for family in FAMILIES:
        for metric in importlib.import_module(f"core.metrics.{family}").METRICS:
            found[metric.name] = metric
    return found


def metrics() -> dict[str, Metric]:
    """Every metric by name."""
    return dict(_load())


def metric(name: str) -> Metric:
    """The metric called ``name`` or one of its aliases. Raises :class:`InputError` listing the names there are."""
    known = _load()
    name = ALIASES.get(name, name)
    if name not in known:
        raise InputError(f"There is no metric {name!r}.", remedy=f"There are: {', '.join(known)}.")
    return known[name]


def measure(name: str, measuring: Measuring) -> Reading:
    """Measure with checked parameters; a missing feature or an empty view reads as undefined, never as 0."""
    found = metric(name)
    values = complete(found.parameters, measuring.parameters)
    if len(measuring.view) == 0:
        return undefined("there are no rows")
    for need in found.needs(values):
        there = measuring.reference is not None if need == "reference" else measuring.view.has(need)
        if need.startswith("column:") and not there:
            return undefined(f"these rows have no column {need.removeprefix('column:')!r}")
        if need == "reference" and not there:
            return undefined("it compares with a reference, and none is given")
        if not there:
            return undefined(f"it needs the {need} of these rows, which are not there yet")
    try:
        return found.measure(
            Measuring(
                view=measuring.view,
                reference=measuring.reference,
                parameters=values,
                seed=measuring.seed,
                device=measuring.device,
                progress=measuring.progress,
            )
        )
    except FeatureMissing as error:  # a reference may lack what the rows themselves have
        return undefined(f"it needs the {error.feature} of the reference, which are not there yet")
    except InputError as error:
        return undefined(DiverscopeError.__str__(error))
