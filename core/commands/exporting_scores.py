"""The way of the command on scores that writes evidence as a file, which opens as an example."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.counted import counted
from core.workspace.artefacts import Workspace


def add_to(ways: Any) -> None:
    """Add the parser of this way."""
    export = ways.add_parser("export", help="write subsets with their metrics, runs and scores as lines of a ledger")
    export.add_argument("file", metavar="FILE", help="data/measured_series/entries.jsonl opens on Compare")
    export.add_argument("--study", default="", metavar="NAME", help="only what is about the subsets of this study")
    export.add_argument("--curves", action="store_true", help="also the training curves")
    export.set_defaults(run=run_export)


def run_export(options: argparse.Namespace) -> None:
    """Write the evidence, and print how much of each kind there is."""
    from core.evidence.examples import facts_of
    from core.workbench.inspections.evidence import load_evidence
    from core.workbench.inspections.evidence_entries import entries_bytes, entries_of
    from core.workspace import atomic

    entries = entries_of(load_evidence(Workspace.default()), study=options.study, curves=options.curves)
    content = entries_bytes(entries)
    path = Path(options.file)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(path, content)
    print(f"{path}  {facts_of(tuple(entries))}  {counted(len(content), 'byte')}")
