"""Commands that check the promises of a user's own strategy or metric: check-strategy, check-metric."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.commands.selecting import knobs
from core.counted import counted
from core.errors import InputError
from core.parameters import complete
from core.trial.promise import Outcome


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    strategy = commands.add_parser("check-strategy", help="check every promise of your own strategy on made-up rows")
    strategy.add_argument("file", metavar="FILE", help="a Python file that defines STRATEGY")
    strategy.add_argument(
        "--set", action="append", default=[], metavar="KNOB=VALUE", help="try this value alone; default: every choice"
    )
    strategy.set_defaults(run=run_check_strategy)

    metric = commands.add_parser("check-metric", help="check every promise of your own metrics on made-up rows")
    metric.add_argument("file", metavar="FILE", help="a Python file that defines METRICS")
    metric.set_defaults(run=run_check_metric)


def run_check_strategy(options: argparse.Namespace) -> None:
    """Print a line for each promise; for a broken one also the knobs and an example."""
    from core.selection.contract import check_settings, settings_to_try
    from core.selection.registry import strategy_of

    strategy = strategy_of(_file(options.file))
    tried = settings_to_try(strategy)
    if options.set:
        tried = [complete(strategy.parameters, knobs(strategy.parameters, options.set))]
    print(f"{strategy.title} ({strategy.name})")
    _tell(check_settings(strategy, tried))


def run_check_metric(options: argparse.Namespace) -> None:
    """Print a line for each promise of each metric of the file."""
    from core.metrics.contract import check_metric
    from core.metrics.registry import metrics_of

    for metric in metrics_of(_file(options.file)):
        print(f"{metric.title} ({metric.name})")
        _tell(check_metric(metric))


def _file(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    return path


def _tell(outcomes: Iterable[Outcome]) -> None:
    """Print the outcomes. Raises :class:`InputError`, which ends the command with 1, when a promise is broken."""
    told = []
    for outcome in outcomes:
        print(outcome, flush=True)
        told.append(outcome.kept)
    broken = told.count(False)
    if broken:
        raise InputError(f"{broken} of {counted(len(told), 'promise')} broken.", remedy="The lines above say how.")
    print(f"{counted(len(told), 'promise')} kept.")
