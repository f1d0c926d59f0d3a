"""The list of all metrics: a module for each family, which defines METRICS."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from core.errors import Cancelled, Infeasible, InputError, quoted
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, failure, plain_reading, undefined
from core.parameters import complete
from core.python_file import run_file
from core.view import FEATURES

log = logging.getLogger("diverscope.metrics")

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
    "softmax_trace",
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
    "g_vendi": "vendi",
    "distsum_cos": "ed",
    "remote_clique": "ed",
    "self_bleu": "bl",
    "compression_ratio": "cr",
    "ngram_ratio": "nr",
}


@lru_cache(maxsize=1)
def _load() -> dict[str, Metric]:
    return {
        metric.name: metric
        for family in FAMILIES
        for metric in importlib.import_module(f"core.metrics.{family}").METRICS
    }


def metrics() -> dict[str, Metric]:
    """Every metric by name."""
    return dict(_load())


def metric(name: str) -> Metric:
    """The metric with this name or alias. Raises :class:`InputError`, which lists the known names."""
    known = _load()
    name = ALIASES.get(name, name)
    if name not in known:
        raise InputError(f"There is no metric {quoted(name)}.", remedy=f"There are: {', '.join(known)}.")
    return known[name]


def metrics_of(path: Path) -> list[Metric]:
    """The metrics that a Python file defines as METRICS. Raises :class:`InputError` when it does not load or has none.

    They are not registered: to register them, put the file into this folder and its name into FAMILIES.
    """
    defined, _ = run_file(path, prefix="diverscope_user_metric")
    made = defined.get("METRICS", ())
    if not isinstance(made, list | tuple) or not made or not all(isinstance(entry, Metric) for entry in made):
        raise InputError("It defines no METRICS, a list of core.metrics.metric.Metric.", remedy="Define it.")
    return list(made)


def instant_names() -> list[str]:
    """The metrics that answer within a slider move, in the registry's order."""
    return [name for name, metric in metrics().items() if metric.instant]


def slow_names() -> list[str]:
    """The metrics that a job measures, in the registry's order."""
    return [name for name, metric in metrics().items() if not metric.instant]


def names_shown_by_default() -> list[str]:
    """The metrics that are shown beside every subset, in the registry's order."""
    return [name for name, metric in metrics().items() if metric.shown_by_default]


def measure(name: str, measuring: Measuring) -> Reading:
    """Measure with checked parameters; the reading can be written as JSON.

    No rows, a missing feature and an :class:`InputError` or :class:`Infeasible` of the metric make the reading
    undefined. Any other exception is a fault: it is logged with its trace, and the reading says "failed: …", so that
    the other metrics are still measured. Raises :class:`InputError` for an unknown metric or parameter, and
    :class:`Cancelled` when the user cancelled the work.
    """
    chosen = metric(name)
    parameters = complete(chosen.parameters, measuring.parameters)
    try:
        lacking = _lacking(chosen.needs(parameters), measuring)
        if lacking:
            return undefined(lacking)
        return plain_reading(chosen.measure(replace(measuring, parameters=parameters)))
    except Cancelled:
        raise
    except (InputError, Infeasible) as error:
        return undefined(str(error))
    except Exception as error:
        log.exception("%s was not measured", chosen.title)
        return failure(error)


def _lacking(needs: Sequence[str], measuring: Measuring) -> str:
    """Why the rows cannot be measured because they lack one of ``needs``; "" if they lack none."""
    view, reference = measuring.view, measuring.reference
    if len(view) == 0:
        return "there are no rows"
    for need in needs:
        if need == "reference":
            if reference is None:
                return "it compares with a reference, and none is given"
        elif not view.has(need):
            if need.startswith("column:"):
                return f"these rows have no column {quoted(need.removeprefix('column:'))}"
            return f"it needs the {need} of these rows, which are not there yet"
    if reference is not None and "reference" in needs:
        for need in needs:
            if need in FEATURES and not reference.has(need):
                return f"it needs the {need} of the reference, which are not there yet"
    return ""
