"""Checks the promises of a metric on small views: of ours in the tests, of any other with ``check-metric``."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import cached_property, partial

from core.device import blocks_of, threads_of
from core.errors import InputError, quoted
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, plain_reading
from core.parameters import complete
from core.trial.promise import Outcome, other_draws, outcome, refuses
from core.trial.rows import trial_view
from core.trial.variations import alike, only, shuffled, twice, twice_as_long, with_direction
from core.view import View

MEASURED = "It has a value for rows that have every feature"
SUMS = 1e-9  # relative: a sum in another order rounds differently
SIZE_SHARE, LENGTH_SHARE = 0.02, 0.1  # relative change allowed to a value that is independent of size, of length


def check_metric(metric: Metric, *, rows: int = 260) -> list[Outcome]:
    """Try every promise of ``metric`` with its default parameters on views of about ``rows`` made-up rows."""
    trial = _Trial(metric, with_direction(trial_view(rows)))
    measured = outcome(MEASURED, lambda: trial.usual.undefined)
    if not measured.kept:
        return [measured]
    return [measured, *(outcome(promise, partial(test, trial)) for promise, test in PROMISES.items())]


class _Trial:
    """A metric, the rows to measure, and the readings that several promises use."""

    def __init__(self, metric: Metric, view: View) -> None:
        self.metric = metric
        self.parameters = complete(metric.parameters)
        self.needs = tuple(metric.needs(self.parameters))
        self.whole = view
        self.part = view.take(shuffled(view).ids.argsort()[: 2 * len(view) // 3]) if metric.of_a_part else view

    def read(self, view: View, *, among: View | None = None) -> Reading:
        """The reading of ``view`` with only the features that the metric names; raises whatever the metric raises."""
        return self.metric.measure(self.measuring(view, self.needs, among=among))

    def plain(self, view: View) -> Reading:
        """The reading as the registry gives it to pages and jobs; raises what the gate to JSON refuses."""
        return plain_reading(self.read(view))

    def measuring(self, view: View, features: Collection[str], *, among: View | None = None) -> Measuring:
        """``view`` with only ``features``, to be measured; if needed with a reference (all rows, or ``among``)."""
        reference = only(among or self.whole, features) if "reference" in self.needs else None
        return Measuring(view=only(view, features), reference=reference, parameters=dict(self.parameters))

    def value(self, view: View, *, among: View | None = None) -> float | None:
        """The value, None where the metric says that the rows have none."""
        try:
            return self.read(view, among=among).value
        except InputError:
            return None

    @cached_property
    def usual(self) -> Reading:
        """Of the varied rows, on two threads whatever this process computes on otherwise."""
        with threads_of(2):
            return self.read(self.part)

    def same(self, other: float | None, *, share: float = SUMS) -> bool:
        """Whether ``other`` is the usual value, to a relative error of ``share``."""
        usual = self.usual.value
        return usual is not None and other is not None and math.isclose(usual, other, rel_tol=share, abs_tol=1e-12)


def _says_what_it_is(trial: _Trial) -> str:
    metric = trial.metric
    wanted = (
        ("name", "title", "formula", "cost")
        if metric.family == "size"
        else ("name", "title", "formula", "source", "cost")
    )
    for name in wanted:
        if not str(getattr(metric, name)).strip():
            return f"Its {name} is empty."
    for parameter in metric.parameters:
        if not parameter.help.strip():
            return f"The knob {quoted(parameter.name)} has no help: say what happens as it grows."
    if metric.direction not in (-1, 0, 1):
        return f"Its direction is {metric.direction}: +1 (higher is more diverse), -1 or 0."
    return ""


def _reads_what_it_names(trial: _Trial) -> str:
    for need in trial.needs:
        if need == "reference":
            continue
        if not trial.whole.has(need):
            return f"It needs {quoted(need)}, which is neither in core.view.FEATURES nor a column of the trial rows."
        rest = [name for name in trial.needs if name != need]
        broken = refuses(partial(trial.metric.measure, trial.measuring(trial.whole, rest)))
        if broken:
            return f"Without {need}: {broken}"
    return ""


def _order_changes_nothing(trial: _Trial) -> str:
    with other_draws(99):
        value = trial.value(shuffled(trial.part), among=shuffled(trial.whole))
    return "" if trial.same(value) else f"It is {trial.usual.value} and, for the same rows shuffled, {value}."


def _keeps_its_range(trial: _Trial) -> str:
    for title, view in _kinds(trial.part).items():
        value = trial.value(view)
        if value is None:
            continue
        if not isinstance(value, float | int) or not math.isfinite(value):
            return f"For {title} it is {quoted(value)}, which is not a number."
        if not math.isclose(trial.metric.clipped(value), value, abs_tol=1e-9):
            return f"For {title} it is {value}, beyond the end of its range at {trial.metric.clipped(value)}."
    return ""


def _can_be_written(trial: _Trial) -> str:
    for title, view in _kinds(trial.part).items():
        broken = refuses(partial(trial.plain, view))
        if broken:
            return f"For {title}: {broken}"
    return ""


def _kinds(view: View) -> dict[str, View]:
    return {
        "varied rows": view,
        "rows that are nearly alike": alike(view),
        "rows that occur twice": twice(view),
        "rows twice as long": twice_as_long(view),
        "30 rows": view.take(shuffled(view).ids.argsort()[:30]),
    }


def _points_where_it_says(trial: _Trial) -> str:
    varied, monotonous = trial.usual.value, trial.value(alike(trial.part))
    if varied is None or monotonous is None or not trial.metric.direction:
        return ""
    if trial.metric.direction * (varied - monotonous) > 0:
        return ""
    more = "higher" if trial.metric.direction > 0 else "lower"
    return f"It should be {more} for more diverse rows: it is {varied} for varied ones, {monotonous} for similar ones."


def _size_matters_if_it_says(trial: _Trial) -> str:
    if trial.metric.size_dependent or trial.metric.family == "size":
        return ""
    value = trial.value(twice(trial.part))
    if trial.same(value, share=SIZE_SHARE):
        return ""
    return f"It is not called size-dependent, but is {trial.usual.value}, and {value} when every row occurs twice."


def _length_matters_if_it_says(trial: _Trial) -> str:
    if trial.metric.length_dependent:
        return ""
    value = trial.value(twice_as_long(trial.part))
    if trial.same(value, share=LENGTH_SHARE):
        return ""
    return f"It is not called length-dependent, but is {trial.usual.value}, and {value} with every text doubled."


def _threads_change_nothing(trial: _Trial) -> str:
    with threads_of(1):
        value = trial.value(trial.part)
    return "" if trial.same(value) else f"It is {trial.usual.value} on two threads and {value} on one."


def _blocks_change_nothing(trial: _Trial) -> str:
    with blocks_of(7):
        value = trial.value(trial.part)
    return "" if trial.same(value) else f"It is {trial.usual.value} in large blocks and {value} in blocks of 7 rows."


def _few_rows_are_no_trouble(trial: _Trial) -> str:
    for rows in (1, 2):
        broken = refuses(partial(trial.read, trial.whole.take(shuffled(trial.whole).ids.argsort()[:rows])))
        if broken:
            return f"For {rows} of the rows: {broken}"
    return ""


PROMISES: dict[str, Callable[[_Trial], str]] = {
    "It states its name, title, formula, source and cost, and what each knob does": _says_what_it_is,
    "It reads only the features that it names, and a message asks for a missing feature": _reads_what_it_names,
    "The same rows in another order have the same value, whatever was drawn before": _order_changes_nothing,
    "Every value is a number within its range": _keeps_its_range,
    "Its value and its detail can be written as JSON": _can_be_written,
    "Its direction is right: rows nearly alike are less diverse than varied rows": _points_where_it_says,
    "It changes with the number of rows only if it says so": _size_matters_if_it_says,
    "It changes with the length of the rows only if it says so": _length_matters_if_it_says,
    "The number of threads changes nothing": _threads_change_nothing,
    "The size of a block changes nothing": _blocks_change_nothing,
    "For one row or two it gives a value or a message": _few_rows_are_no_trouble,
}
