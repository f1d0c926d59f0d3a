"""Commands on how a model learns each row: dynamics trains and records, regions lists easy, ambiguous and hard rows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.counted import counted
from core.errors import InputError, quoted
from core.jobs import job_names
from core.workspace import atomic
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    from core.device import DEVICES
    from core.training.settings import PRECISIONS

    made = commands.add_parser(
        "dynamics",
        help="train a small model on rows, and keep how each was learnt: confidence, forgetting, …",
    )
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--base", default="tiny", metavar="MODEL", help="tiny, a folder, a GGUF file or a hub id")
    made.add_argument("--rows", type=int, default=2_000, metavar="N", help="drawn by a fixed seed; 0 for all")
    made.add_argument("--epochs", type=int, default=5, help="how often each row is learnt; default 5")
    made.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="SEED", help="separate trainings, averaged")
    made.add_argument("--learning-rate", type=float, default=0.0, metavar="RATE", help="default: the base's usual one")
    made.add_argument("--batch-tokens", type=int, default=2_048, metavar="N", help="learnt tokens of a step")
    made.add_argument("--cutoff", type=int, default=512, metavar="N", help="longest row in tokens")
    made.add_argument("--precision", choices=PRECISIONS, default="auto")
    made.add_argument("--device", choices=DEVICES, default="auto", help="default: a GPU if torch finds one")
    runs(made, job_names.DYNAMICS, request=dynamics_request, run=run_dynamics)

    parts = commands.add_parser("regions", help="the easy, ambiguous and hard rows of a training that was recorded")
    parts.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    parts.add_argument("--of", default="", metavar="TRAINING", help="the name after @ in its columns; default: newest")
    parts.add_argument("--share", type=float, default=1 / 3, help="of the rows that are ambiguous; default a third")
    parts.add_argument("--region", default="", help="easy, ambiguous or hard: the rows that --ids writes")
    parts.add_argument("--ids", default="", metavar="FILE", help="write their ids, one a line, for choose --pool id=@")
    parts.set_defaults(run=run_regions)

    plans = commands.add_parser(
        "schedules", help="what progressive dropout and weights by loss would have done in a recorded training"
    )
    plans.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    plans.add_argument("--of", default="", metavar="TRAINING", help="the name after @ in its columns; default: newest")
    plans.add_argument("--threshold", type=float, default=0.5, help="probability from which a row is dropped")
    plans.add_argument("--temperature", type=float, default=1.0, help="of the weights; lower: most to high losses")
    plans.add_argument("--drop-last", action="store_true", help="drop rows in the last epoch too")
    plans.add_argument("--keep", action="store_true", help="keep both as columns")
    plans.set_defaults(run=run_schedules)


def run_schedules(options: argparse.Namespace) -> None:
    """Print what both schedules would have done, epoch by epoch; keep the columns where that is asked."""
    from core.features.models.schedules import CAUTION, ScheduleSetting, keep_schedules, log_named, simulate

    corpus = corpus_named(Workspace.default(), options.corpus)
    setting = ScheduleSetting(
        threshold=options.threshold, temperature=options.temperature, all_last=not options.drop_last
    )
    name, log = log_named(corpus, options.of)
    made = simulate(log, setting, size=len(corpus))
    lines = [[f"{value:.3f}".rstrip("0").rstrip(".") for value in line] for line in made.epochs.to_numpy()]
    print(name)
    print(table(tuple(made.epochs.columns), lines))
    print(f"dropout reads {made.work:.0%} of what a training without it reads. {CAUTION}")
    if options.keep:
        print(table(("measure", "column"), list(keep_schedules(corpus, name, made, setting).items())))


def dynamics_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    from core.workbench.loops.training_dynamics import DynamicsRequest

    return DynamicsRequest(
        corpus=corpus_named(workspace, options.corpus).id, base=options.base, rows=options.rows,
        epochs=options.epochs, seeds=tuple(options.seeds), learning_rate=options.learning_rate,
        batch_tokens=options.batch_tokens, cutoff=options.cutoff, precision=options.precision, device=options.device,
    ).as_dict()  # fmt: skip


def run_dynamics(options: argparse.Namespace) -> None:
    """Train, and print the columns and how far the seeds agree."""
    made = run_job(options)
    print(table(("measure", "column"), list(made["columns"].items())))
    print(f"{counted(made['rows'], 'row')} over {counted(made['epochs'], 'epoch')}")
    if made["agreement"] is not None:
        print(f"The seeds agree on the order of the rows: Spearman {made['agreement']:.2f}")


def run_regions(options: argparse.Namespace) -> None:
    """Print how many rows each region has; write the ids of one."""
    from core.features.models.cartography import map_named
    from core.features.models.dynamics import REGIONS, region_named, regions

    corpus = corpus_named(Workspace.default(), options.corpus)
    training, (confidence, variability, _) = map_named(corpus, options.of)
    means = corpus.column(confidence), corpus.column(variability)
    labels = regions(*means, share=options.share)
    lines = []
    for name in REGIONS:
        inside = labels == name
        cells = [f"{values[inside].mean():.3f}" if inside.any() else "–" for values in means]
        lines.append((name, f"{int(inside.sum()):,}", *cells))
    print(training)
    print(table(("region", "rows", "confidence", "variability"), lines))
    if bool(options.region) != bool(options.ids):
        raise InputError("--region says which rows, --ids into which file.", remedy="Give both.")
    if options.ids:
        rows = np.flatnonzero(labels == region_named(options.region))
        text = "".join(f"{show_id(row_id)}\n" for row_id in corpus.ids[rows].tolist())
        atomic.write_bytes(Path(options.ids), text.encode())
        print(f"{quoted(options.ids)}  {counted(len(rows), 'row')}")
