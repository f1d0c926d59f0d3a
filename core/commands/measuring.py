"""The command that measures any file, without a workspace."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import orjson

from core.commands.terminal import Meter, table
from core.counted import counted
from core.metrics.reading import Reading
from core.metrics.registry import metric, metrics
from core.settings import command_roots
from core.view import COMPONENTS
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    made = commands.add_parser("measure", help="every metric of one or more files, in any format, without a workspace")
    made.add_argument("files", nargs="+", metavar="FILE")
    made.add_argument("--component", choices=COMPONENTS, action="append", help="default: instruction and response")
    made.add_argument("--metric", action="append", metavar="NAME", help="default: all; see: python -m core metrics")
    made.add_argument("--tokenizer", default=FeatureSettings().tokenizer)
    made.add_argument("--embedder", default="")
    made.add_argument("--no-embedding", action="store_true", help="leave out what needs embeddings")
    made.add_argument("--reference", default="", metavar="FILE", help="rows that NovelSum and the like compare with")
    made.add_argument("--json", action="store_true", help="print JSON instead of a table")
    made.set_defaults(run=run_measure)


def run_measure(options: argparse.Namespace) -> None:
    """Read the files as one corpus into a folder that is removed afterwards, and measure it."""
    from core.corpus.ingest import Holdout, ingest
    from core.corpus.pool import PoolSpec
    from core.corpus.sources import from_path
    from core.workbench.corpus_view import CorpusView
    from core.workbench.readings import Measurer
    from core.workbench.tasks import features as tasks

    names = options.metric or list(metrics())
    wanted = {need for name in names for need in _needs(name)}
    meter, readings = Meter(), dict[str, tuple[str, Reading]]()
    with tempfile.TemporaryDirectory(prefix="diverscope-measure-") as folder:
        workspace = Workspace(Path(folder))
        files = [file for path in options.files for file in from_path(path, roots=command_roots())]
        corpus = ingest(workspace, files, holdout=Holdout(fraction=0.0), progress=meter)
        other = None
        if options.reference:
            other = ingest(
                workspace,
                from_path(options.reference, roots=command_roots()),
                holdout=Holdout(fraction=0.0),
                progress=meter,
            )
        for component in options.component or ["instruction", "response"]:
            choice = FeatureSettings(component=component, tokenizer=options.tokenizer, embedder=options.embedder)
            request = {"corpus": corpus.id, "component": component}
            if "tokens" in wanted:
                tasks.tokens(workspace, {**request, "tokenizer": options.tokenizer}, meter)
            if "embeddings" in wanted and not options.no_embedding:
                for rows_of in filter(None, (corpus, other)):
                    tasks.embed(workspace, {**request, "corpus": rows_of.id, "embedder": options.embedder}, meter)
            against = CorpusView(workspace, other, choice, PoolSpec()) if other else None
            measurer = Measurer(CorpusView(workspace, corpus, choice, PoolSpec()), component, against=against)
            rows = measurer.corpus_view.pool_rows
            for name, reading in measurer.measured(rows, names, progress=meter).items():
                readings[measurer.address(name)] = (name, reading)
        meter.end()
        total = len(corpus)
    if options.json:
        values = {address: _as_json(reading) for address, (_, reading) in readings.items()}
        print(orjson.dumps({"rows": total, "metrics": values}, option=orjson.OPT_INDENT_2).decode())
        return
    arrows = {1: "higher is more diverse", -1: "higher is less diverse", 0: ""}
    # Reasons are long and often the same: they stand below the table, each once.
    reasons = list(dict.fromkeys(reading.why for _, reading in readings.values() if reading.why))
    lines = [
        (
            address,
            metric(name).title,
            f"{reading.value:.6g}" if reading.value is not None else "—",
            metric(name).unit,
            arrows[metric(name).direction],
            reasons.index(reading.why) + 1 if reading.why else "",
        )
        for address, (name, reading) in readings.items()
    ]
    columns = ("address", "metric", "value", "unit", "direction", "note")
    print(
        f"{counted(total, 'row')}\n\n"
        + table(columns if reasons else columns[:5], lines if reasons else [line[:5] for line in lines])
    )
    if reasons:
        print("\n" + "\n".join(f"({number}) {reason}" for number, reason in enumerate(reasons, start=1)))


def _as_json(reading: Reading) -> dict[str, Any]:
    """What the command prints of a reading; "failed" only where something went wrong."""
    told = {"value": reading.value, "undefined": reading.undefined, "interval": reading.interval}
    return {**told, "failed": reading.failed} if reading.failed else told


def _needs(name: str) -> list[str]:
    from core.parameters import complete

    chosen = metric(name)
    return list(chosen.needs(complete(chosen.parameters)))
