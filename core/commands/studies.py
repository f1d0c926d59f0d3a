"""The command that carries out a study: a grid of subsets described by a TOML file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from core.commands.terminal import Meter, table
from core.counted import counted
from core.errors import InputError
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    from core.workbench.studies.presets import PRESETS

    study = commands.add_parser("study", help="build and save every subset of a grid; a stopped study goes on")
    study.add_argument("file", nargs="?", default="", metavar="FILE.toml", help="as the Study page writes it")
    study.add_argument("--preset", choices=list(PRESETS), default="", help="a paper's grid in place of a file")
    study.add_argument("--corpus", default="", help="goes before the corpus that the file names")
    study.add_argument("--sizes", default="", metavar="N,N,…", help="rows of the preset's subsets")
    study.add_argument("--feature", action="append", default=[], metavar="NAME=VALUE", help="settings of the preset")
    study.add_argument("--write", default="", metavar="FILE.toml", help="write the preset here, to be edited")
    study.add_argument("--profile", default="", metavar="NAME", help="by which --list says the cost")
    study.add_argument("--list", action="store_true", help="how every cell stands, and build nothing")
    study.set_defaults(run=run_study_command)


def run_study_command(options: argparse.Namespace) -> None:
    """Carry out the study of a file or a preset, and print how its cells stand."""
    from core.commands.budgets import profile_or_none
    from core.workbench.studies.study_file import study_text
    from core.workbench.studies.study_run import run_study, standings
    from core.workbench.subset_cost import cost_of_study, more_than_the_pool
    from core.workspace import atomic

    workspace = Workspace.default()
    study = _study(workspace, options)
    if options.write:
        atomic.write_bytes(Path(options.write), study_text(study).encode())
        print(f"{options.write}  {counted(len(study.cells), 'subset')}")
        return
    troubles: dict[str, str] = {}
    if not options.list:
        meter = Meter()
        try:
            troubles = run_study(workspace, study, meter)["troubles"]
        finally:
            meter.end()
    now = standings(workspace, study, troubles=troubles)
    rows = [
        (
            standing.subset.key if standing.subset else "",
            study.name_of(standing.cell).removeprefix(f"{study.name} · "),
            standing.state,
        )
        for standing in now
    ]
    print(table(("subset", "cell", "state"), rows))
    for standing in now:
        if standing.trouble:
            print(f"{study.name_of(standing.cell)}: {standing.trouble}", file=sys.stderr)
    saved = sum(standing.subset is not None for standing in now)
    print(f"{study.name}: {saved:,} of {counted(len(now), 'subset')} saved")
    if options.list:
        cost = cost_of_study(workspace, study, profile=profile_or_none(workspace, options.profile))
        print(f"To train on all of them once: {cost.words}. {cost.by}".rstrip())
        for sentence in more_than_the_pool(workspace, study):
            print(sentence, file=sys.stderr)


def _study(workspace: Workspace, options: argparse.Namespace) -> Any:
    from core.commands.selecting import pairs
    from core.corpus.naming import corpus_named
    from core.workbench.studies.presets import PRESETS, study_of_preset
    from core.workbench.studies.study_file import read_study

    if bool(options.file) == bool(options.preset):
        raise InputError("Give a study's file or --preset, one of them.", remedy="For example: study mine.toml")
    if options.file:
        return read_study(workspace, Path(options.file), corpus=options.corpus)
    if not options.corpus:
        raise InputError("A preset needs --corpus.", remedy="Give a corpus's name or id.")
    corpus = corpus_named(workspace, options.corpus)
    try:
        sizes = [int(size) for size in options.sizes.split(",") if size.strip()]
    except ValueError as error:
        raise InputError("--sizes are whole numbers with commas between.", remedy="For example: 1000,10000") from error
    sizes = sizes or list(PRESETS[options.preset].sizes_for(len(corpus)))
    return study_of_preset(options.preset, corpus=corpus.id, sizes=sizes, features=pairs(options.feature))
