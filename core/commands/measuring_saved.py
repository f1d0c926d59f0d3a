"""Measuring what the workspace holds: saved subsets, recipes and corpora, with random bands and differences."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.commands.rules import pool_of
from core.commands.running import run_job
from core.commands.selecting import pairs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import InputError, quoted
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import metric, metrics
from core.workbench.feature_settings import FeatureSettings
from core.workbench.measuring import UNITS, Difference, MeasuredRows, MeasuringSetting, difference
from core.workbench.previews import metric_mark
from core.workbench.recipe import Recipe
from core.workbench.row_source import RowSource
from core.workbench.subsets import subset_named
from core.workspace.artefacts import Workspace

COMPONENTS = ("instruction", "response")


def is_recipe(thing: str) -> bool:
    """Whether a name on the command line is a recipe's file, as an export writes it beside the rows."""
    return thing.endswith(".recipe.json")


def choice_of(options: argparse.Namespace) -> FeatureSettings:
    """The feature settings of --tokenizer, --embedder and --feature."""
    return FeatureSettings(tokenizer=options.tokenizer, embedder=options.embedder).with_(**pairs(options.feature))


def knobs_of(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """{metric: {knob: value}} of the options METRIC.KNOB=VALUE. Raises :class:`InputError` for what is no knob."""
    chosen: dict[str, dict[str, Any]] = {}
    for name, value in pairs(given).items():
        of, dot, knob = name.partition(".")
        if not dot:
            raise InputError(f"--set {quoted(name)} is not METRIC.KNOB=VALUE.", remedy="As in: --set vendi.q=0.5")
        known = {parameter.name: parameter for parameter in metric(of).parameters}
        if knob not in known:
            raise InputError(f"{of} has no knob {quoted(knob)}.", remedy=f"It has: {', '.join(known) or 'none'}.")
        chosen.setdefault(of, {})[knob] = known[knob].check(value)
    return chosen


def request_of(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that measures, for the first of the components."""
    component = (options.component or COMPONENTS)[0]
    return {
        "things": [_source(workspace, options, thing, component).as_dict() for thing in options.things],
        "metrics": options.metric or [name for name in metrics() if not metric(name).costly],
        "bands": list(UNITS) if options.bands else [],
        "equal": options.equal,
        "component": component,
        "choice": choice_of(options).with_(component=component).as_dict(),
        "parameters": knobs_of(options.set),
        "seed": options.seed,
        "against": corpus_named(workspace, options.against).id if options.against else "",
    }


def _source(workspace: Workspace, options: argparse.Namespace, thing: str, component: str) -> RowSource:
    """The rows that a name means: a recipe, a saved subset, or else a corpus with the filters of --pool."""
    if is_recipe(thing):
        recipe = Recipe.read(Path(thing))
        return RowSource(kind="recipe", corpus=recipe.corpus, recipe=recipe.as_dict())
    try:
        subset = subset_named(workspace, thing)
    except InputError as no_subset:
        try:
            corpus = corpus_named(workspace, thing)
        except InputError as no_corpus:
            named = thing if "/" in thing else quoted(thing)  # the whole of a path, to be copied
            raise InputError(
                f"{named} is neither a file, nor a saved subset, nor a corpus.",
                remedy=f"Subsets: {no_subset.remedy} Corpora: {no_corpus.remedy}",
            ) from no_corpus
        of_pool = argparse.Namespace(pool=options.pool, component=component)
        return RowSource(kind="pool", corpus=corpus.id, pool=pool_of(of_pool, corpus))
    return RowSource(kind="subset", corpus=subset.recipe.corpus, subset=subset.key)


def run(options: argparse.Namespace) -> None:
    """Measure on every component and print a column for each of the things, and for two of them the difference."""
    workspace = Workspace.default()
    told: dict[str, Any] = {}
    for component in options.component or COMPONENTS:
        asked = argparse.Namespace(**{**vars(options), "component": [component]})
        run_job(asked)
        request = request_of(workspace, asked)
        setting = MeasuringSetting(**{name: request[name] for name in MeasuringSetting.__dataclass_fields__})
        sides = [setting.see(workspace, RowSource.of(values)) for values in request["things"]]
        lines = _measured(sides, request, setting)
        if options.json:
            told[component] = {
                "things": [
                    {"name": name, "rows": len(side.rows), "tokens": side.tokens}
                    for name, side in zip(options.things, sides, strict=True)
                ],
                "metrics": {line.address: line.as_dict() for line in lines},
            }
            continue
        facts = [f"{name}: {counted(len(side.rows), 'row')}" for name, side in zip(options.things, sides, strict=True)]
        print(f"{component}; " + "; ".join(facts) + "\n")
        print(table(*_table(options.things, lines, choice_of(options))) + "\n")
        for reason in dict.fromkeys(reason for line in lines for reason in line.reasons):
            print(reason)
    if options.json:
        print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


@dataclass(frozen=True)
class _Line:
    """A metric of all things: its readings, their random bands by unit, and the difference of two."""

    name: str
    address: str
    readings: list[Reading]
    bands: list[dict[str, RandomBand]]
    apart: Difference | None

    @property
    def reasons(self) -> list[str]:
        """Why there is no value, or no difference."""
        said = [f"{self.address}: {reading.why}" for reading in self.readings if reading.why]
        if self.apart and (why := self.apart.refused or self.apart.failed):
            said.append(f"{self.address}: {why}")
        return said

    def as_dict(self) -> dict[str, Any]:
        values = [
            {
                "value": reading.value,
                "why": reading.why,
                "bands": {unit: list(band.span) if band.span else None for unit, band in bands.items()},
            }
            for reading, bands in zip(self.readings, self.bands, strict=True)
        ]
        told: dict[str, Any] = {"metric": self.name, "values": values}
        if self.apart:
            told["difference"] = {
                "kind": self.apart.kind,
                "b_minus_a": self.apart.delta,
                "more_diverse": self.apart.more_diverse(self.name),
            }
        return told


def _measured(sides: Sequence[MeasuredRows], request: dict[str, Any], setting: MeasuringSetting) -> list[_Line]:
    names = request["metrics"]
    readings = [side.measurer.measured(side.rows, names, seed=setting.seed) for side in sides]
    drawn = [{unit: side.bands(names, unit=unit, stored_only=True) for unit in request["bands"]} for side in sides]
    lines = []
    for name in names:
        apart = None
        if len(sides) == 2 and request["equal"]:
            apart = difference(name, *sides, readings=(readings[0].get(name), readings[1].get(name)))
        bands = [{unit: by_name[name] for unit, by_name in units.items() if name in by_name} for units in drawn]
        lines.append(
            _Line(name, sides[0].measurer.address(name), [reading[name] for reading in readings], bands, apart)
        )
    return lines


def _table(things: Sequence[str], lines: Sequence[_Line], choice: FeatureSettings) -> tuple[list[str], list[list[str]]]:
    banded = any(bands for line in lines for bands in line.bands)
    apart = any(line.apart for line in lines)
    head = ["address", "metric", "direction"]
    for thing in things:
        head += [thing, *(f"random, as many {unit}" for unit in UNITS if banded)]
    rows = []
    for line in lines:
        title = metric(line.name).title + metric_mark(metric(line.name), choice)
        row = [line.address, title, {1: "up", -1: "down", 0: ""}[metric(line.name).direction]]
        for reading, bands in zip(line.readings, line.bands, strict=True):
            row += [_said(reading.value), *(_span(bands.get(unit)) for unit in UNITS if banded)]
        if line.apart:
            row += [_said(line.apart.delta), line.apart.more_diverse(line.name)]
        rows.append(row)
    return [*head, *(["B − A", "more diverse"] if apart else [])], rows


def _said(value: float | None) -> str:
    return "—" if value is None else f"{value:.6g}"


def _span(band: RandomBand | None) -> str:
    if band is None or band.span is None:
        return ""
    mean, low, high = band.span
    return f"{mean:.4g} ({low:.4g} to {high:.4g})"
