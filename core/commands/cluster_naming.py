"""The command that has a model behind an endpoint name clusters; the names become a column."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pyarrow as pa

from core.commands.features import add_clustering, clustering_of, clustering_request
from core.commands.running import run_job, runs
from core.commands.terminal import agreed, table
from core.corpus.cluster_edits import column_for
from core.corpus.column_store import put_column
from core.corpus.corpus_text import CorpusText
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import Cancelled, FeatureMissing, InputError
from core.features.cluster_naming import kept_names, naming_cost, renamed_by, titles_of
from core.features.clusters import load_clusters
from core.features.keywords import load_keywords
from core.jobs import job_names
from core.view import ALL_COMPONENTS, REMEDIES
from core.workbench.tasks.cluster_naming import chosen_clusters, naming_samples
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of the command."""
    naming: argparse.ArgumentParser = commands.add_parser(
        "name-clusters", help="have a language model behind --url name clusters made before; they become a column"
    )
    naming.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    naming.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    add_clustering(naming)
    naming.add_argument(
        "--only", type=int, nargs="+", default=[], metavar="N", help="numbers of clusters; default: all"
    )
    naming.add_argument("--url", default="", help="an OpenAI-compatible endpoint; DIVERSCOPE_TAGGER_KEY is its key")
    naming.add_argument("--model", default="", help="the name under which the endpoint serves the model")
    naming.add_argument("--concurrency", type=int, default=8, help="questions asked at once")
    naming.add_argument("--cost", action="store_true", help="say what it would cost, and send nothing")
    naming.add_argument("--yes", action="store_true", help="do not ask before sending")
    runs(naming, job_names.NAME_CLUSTERS, request=naming_request, run=run_naming)


def naming_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that names clusters."""
    asked = {"model": options.model, "url": options.url, "concurrency": options.concurrency}
    return {**clustering_request(workspace, options), **asked, **({"only": options.only} if options.only else {})}


def run_naming(options: argparse.Namespace) -> None:
    """Say what naming costs, ask after a yes, make the names a column, and print them."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    text = CorpusText(corpus, options.component)
    clusters = load_clusters(text, clustering_of(options).clustering)
    if clusters is None:
        raise FeatureMissing("clusters", remedy=REMEDIES["clusters"])
    samples = naming_samples(text, clusters, load_keywords(workspace, clusters), only=options.only)
    cost = naming_cost(workspace, samples, options.model)
    print(
        f"{counted(cost.calls, 'cluster')} to ask about, {counted(cost.kept, 'name')} there already; about "
        f"{cost.prompt_tokens:,} tokens in and {cost.completion_tokens:,} out"
    )
    if options.cost:
        return
    if cost.calls and not (options.url and options.model):
        raise InputError("No endpoint or no model is named.", remedy="Give --url, such as http://127.0.0.1:8000/v1, "
                         "and --model.")  # fmt: skip
    if cost.calls and not options.yes and not agreed():
        raise Cancelled("Nothing was sent.")
    made = run_job(options)
    words = load_keywords(workspace, clusters)
    wanted = chosen_clusters(clusters, options.only)
    names = kept_names(workspace, naming_samples(text, clusters, words, only=options.only), options.model)
    before, column = titles_of(clusters, words), column_for(options.component)
    values = renamed_by(clusters, words, dict(zip(wanted, names, strict=True)))
    replaced = column in corpus.columns
    put_column(workspace, corpus.id, column, pa.array(values.tolist(), type=pa.string()))
    rows = [np.flatnonzero(clusters.labels == number) for number in wanted]
    print(
        table(
            ("cluster", "rows", "was", "is"),
            [(number, f"{len(inside):,}", before[number], values[inside[0]]) for number, inside in zip(wanted, rows)],
        )
    )
    said = f"The names are the column “{column}”"
    if made["failed"]:
        said += f"; {counted(made['failed'], 'cluster')} got no name and keep theirs"
    print(f"{said}.")
    if replaced:
        print(f"columns {options.corpus} --restore “{column}” brings the names before back.")
