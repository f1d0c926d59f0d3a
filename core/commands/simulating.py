"""The command that shows how metrics behave on made-up corpora of known diversity."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.counted import counted
from core.jobs import job_names
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    from core.trial.known_diversity import Setting
    from core.workbench.inspections.simulation import SEEDS

    made = commands.add_parser(
        "simulate", help="how every metric moves on made-up corpora of known diversity, of other sizes and lengths"
    )
    made.add_argument("--metric", action="append", default=[], metavar="NAME", help="default: all")
    made.add_argument("--rows", type=int, default=Setting.rows, help="of the base corpus")
    made.add_argument("--seeds", type=int, default=SEEDS, help="corpora at each step; more tell a trend from chance")
    made.add_argument("--seed", type=int, default=0, help="the first of them")
    made.add_argument("--csv", default="", metavar="FILE", help="write every reading")
    runs(made, job_names.SIMULATE, request=simulation_request, run=run_simulation)


def simulation_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that simulates."""
    return {"rows": options.rows, "seeds": options.seeds, "seed": options.seed, "metrics": list(options.metric)}


def run_simulation(options: argparse.Namespace) -> None:
    """Print how each metric moves over each knob, and what it follows."""
    from core.export.report import csv_bytes
    from core.metrics.registry import metrics
    from core.trial.known_diversity import KNOBS
    from core.workbench.inspections.simulation import behaviour, lacking, load
    from core.workspace import atomic

    done = run_job(options)
    workspace = Workspace.default()
    readings = load(workspace, options.request(workspace, options))
    assert readings is not None  # the job has just stored it
    moved = behaviour(readings)
    knobs = [knob.knob for knob in KNOBS]
    rows = [
        [row["metric"], {1: "up", -1: "down", 0: ""}[row["direction"]], *(row[knob] for knob in knobs),
         _share(row["by_size"]), _share(row["by_length"]), row["verdict"]]
        for row in moved.to_dict("records")
    ]  # fmt: skip
    print(f"{counted(done['corpora'], 'corpus', 'corpora')} of {options.rows:,} rows, {options.seeds} seeds a step")
    print(table(("metric", "more diverse", *knobs, "size moves", "length moves", "verdict"), rows))
    for name, chosen in metrics().items():
        if not options.metric and (why := lacking(chosen)):
            print(f"{name} is left out: it needs {why}")
    if options.csv:
        atomic.write_bytes(Path(options.csv), csv_bytes(readings))
        print(f"{options.csv}  {counted(len(readings), 'reading')}")


def _share(value: float) -> str:
    return "only" if value == float("inf") else f"{value:.0%}"
