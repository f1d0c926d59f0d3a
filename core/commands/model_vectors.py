"""Commands that give rows a causal model's vectors, and tell from vectors how much each row helps each task."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.running import add_engine, run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.counted import counted
from core.features.gradients.settings import KINDS, VectorSettings
from core.features.models.causal import PRECISIONS
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workbench.tasks.influences import influences_request
from core.workbench.tasks.model_vectors import vectors_request
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    usual = VectorSettings()
    made = commands.add_parser(
        "model-vectors", help="gradients or hidden states of a model as vectors, chosen by name as an embedder is"
    )
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--model", required=True, help="a hub id, a folder with safetensors, or a GGUF file")
    kinds = "; ".join(f"{name}: {what}" for name, what in KINDS.items())
    made.add_argument("--kind", choices=tuple(KINDS), default=usual.kind, help=kinds)
    made.add_argument(
        "--component", choices=ALL_COMPONENTS, default="response", help="of states; gradients are the response's"
    )
    made.add_argument("--dimensions", type=int, default=usual.dimensions, help="of the projection of gradients")
    made.add_argument("--rank", type=int, default=usual.rank, help="of the adapters")
    made.add_argument("--seed", type=int, default=usual.seed, help="of adapters and projection")
    made.add_argument("--max-tokens", type=int, default=usual.max_tokens, help="tokens of a row that are read")
    made.add_argument("--precision", choices=PRECISIONS, default=usual.precision)
    made.add_argument(
        "--adam", action="store_true",
        help="of --kind block: the step that Adam would make, from the moments that “loop --keep-models” wrote beside "
        "the model, as LESS does; give the examples vectors without it",
    )  # fmt: skip
    made.add_argument(
        "--checkpoint", action="append", default=[], metavar="MODEL", help="a further checkpoint; may be repeated"
    )
    made.add_argument(
        "--rate", action="append", default=[], type=float, metavar="RATE",
        help="learning rate of a checkpoint, one for each in their order, the model's first",
    )  # fmt: skip
    add_engine(made)
    runs(made, job_names.MODEL_VECTORS, request=model_vectors_request, run=run_model_vectors)

    helped = commands.add_parser("influences", help="how much each row helps each task of some examples, a column each")
    helped.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    helped.add_argument("--target", required=True, metavar="CORPUS", help="the examples, with vectors of the same kind")
    helped.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    helped.add_argument("--embedder", default="", help="whose stored vectors are compared, such as model:adapters@…")
    helped.add_argument("--column", default="", help="the task of each example; default: all are one")
    runs(helped, job_names.INFLUENCES, request=influences_of, run=run_influences)


def model_vectors_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return vectors_request(
        corpus_named(workspace, options.corpus).id,
        model=options.model,
        kind=options.kind,
        component=options.component,
        dimensions=options.dimensions,
        rank=options.rank,
        seed=options.seed,
        max_tokens=options.max_tokens,
        precision=options.precision,
        adam=options.adam,
        checkpoints=options.checkpoint,
        rates=options.rate,
    )


def run_model_vectors(options: argparse.Namespace) -> None:
    """Print the name of the vectors, their size, and the columns that came with them."""
    made = run_job(options)
    print(f"embedder {made['embedder']}")
    print(f"{counted(made['rows'], 'row')}, {counted(made['dimensions'], 'dimension')}", end="")
    print(f", {made['rows_without']:,} without a vector" if made["rows_without"] else "")
    print(f"{made['tokens_per_second']:,.0f} tokens a second")
    if made["examples"]:
        print(f"examples are compared by {made['examples']}: make it of them without --adam")
    for column in made["columns"].values():
        print(f"column {column}")


def influences_of(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return influences_request(
        corpus_named(workspace, options.corpus).id,
        options.component,
        target=corpus_named(workspace, options.target).id,
        embedder=options.embedder,
        column=options.column,
    )


def run_influences(options: argparse.Namespace) -> None:
    """Print the column of each task."""
    made = run_job(options)
    print(table(("task", "column"), list(made["columns"].items())))
