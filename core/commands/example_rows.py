"""The command that makes a corpus of examples from benchmarks, answered prompts and saved subsets."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.terminal import table
from core.counted import counted
from core.workbench.example_rows import example_sets, make_examples
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    made = commands.add_parser(
        "examples", help="make a corpus of examples, for --target, of what is here; without a name, list what there is"
    )
    made.add_argument("sets", nargs="*", metavar="SET", help="benchmark:KEY, answers:KEY or subset:KEY")
    made.add_argument("--name", default="", help="of the corpus; default: examples")
    made.set_defaults(run=run_examples)


def run_examples(options: argparse.Namespace) -> None:
    """Print what examples can be made of, or the corpus that was made of them."""
    workspace = Workspace.default()
    if not options.sets:
        known = example_sets(workspace)
        print(table(("set", "what it is"), list(known.items())) if known else "No benchmark, answers or subset yet.")
        return
    corpus = make_examples(workspace, options.sets, name=options.name)
    print(f"{corpus.id}  {corpus.name}  {counted(len(corpus), 'row')}")
