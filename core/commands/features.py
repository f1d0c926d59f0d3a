"""Commands that compute or attach features: tokens, embed, vectors, cluster, tags."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.bands import BAND_ROWS, UNITS, Band
from core.commands.rules import add_pool, pool_of
from core.commands.terminal import Meter, file_bytes, table
from core.corpus.corpus_text import CorpusText
from core.corpus.joining import JOIN_HELP
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.counted import counted
from core.features.clusters import PARTITIONS
from core.features.own_vectors import attach_vectors
from core.features.tags.own import attach_tags, read_tags
from core.features.vector_files import read_vectors
from core.view import ALL_COMPONENTS
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.tasks import features as tasks
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    tokens = _command(commands, "tokens", "tokenise and count a component; prints the bands", run_tokens)
    tokens.add_argument(
        "--tokenizer", default=FeatureSettings().tokenizer, help="mistral-32k, tekken-131k, words, a hub id, a folder"
    )
    tokens.add_argument("--low", type=float, default=FeatureSettings().low)
    tokens.add_argument("--high", type=float, default=FeatureSettings().high)
    tokens.add_argument("--unit", choices=UNITS, default=FeatureSettings().unit)
    tokens.add_argument(
        "--band-rows",
        choices=BAND_ROWS,
        default=FeatureSettings().band_rows,
        help="the rows whose occurrences are counted: all, all but the holdout, or those that --pool names",
    )
    add_pool(tokens)

    embed = _command(commands, "embed", "embed a component (resumes where it was stopped)", run_embed)
    embed.add_argument("--embedder", default="", help="a sentence-transformers hub id or folder")

    cluster = _command(commands, "cluster", "embed, project and cluster a component", run_cluster)
    cluster.add_argument("--embedder", default="")
    cluster.add_argument("--partition", choices=tuple(PARTITIONS), default="hdbscan")
    cluster.add_argument("--column", default="", help="the column that holds the clusters, for --partition column")
    cluster.add_argument("--min-cluster-size", type=int, default=FeatureSettings().min_cluster_size)
    cluster.add_argument("--neighbors", type=int, default=FeatureSettings().neighbors)
    cluster.add_argument("--components", type=int, default=FeatureSettings().components)
    cluster.add_argument("--seed", type=int, default=FeatureSettings().seed)

    vectors = _command(commands, "vectors", "attach your own vectors from a file", run_vectors)
    vectors.add_argument("file", metavar="FILE", help=".npy, Parquet, JSON Lines or CSV: a vector on each line")
    vectors.add_argument("--name", default="", help="name of the model that made them; default: the file's name")
    _joined(vectors)

    tags = _command(commands, "tags", "tag a component by keyphrases, or by a language model behind --url", run_tags)
    tags.add_argument("--url", default="", help="an OpenAI-compatible endpoint; its key comes from the environment")
    tags.add_argument("--model", default="", help="the model that tags; without one the tags are keyphrases")
    tags.add_argument("--check-model", default="", help="a second model that confirms each tag")
    tags.add_argument("--concurrency", type=int, default=8, help="questions asked at once")
    tags.add_argument("--rounds", type=int, default=1, help="2 asks again for the rows that failed in the first round")
    tags.add_argument("--per-row", type=int, default=FeatureSettings().tags_per_row, help="keyphrases a row")
    tags.add_argument(
        "--min-rows", type=int, default=FeatureSettings().tag_min_rows, help="tags in fewer rows are dropped"
    )
    tags.add_argument("--file", default="", help="your own tags: a file with a column “tags”, stored under --model")
    _joined(tags)
    tags.add_argument("--synonyms", choices=("dbscan", "hdbscan", "none"), default=FeatureSettings().tag_synonyms)
    tags.add_argument(
        "--eps", type=float, default=FeatureSettings().tag_eps, help="cosine distance up to which tags merge"
    )


def _command(commands: Any, name: str, help: str, run: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=help)
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    made.set_defaults(run=run)
    return made


def _joined(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--join", choices=("auto", "id", "position"), default="auto", help=JOIN_HELP)
    parser.add_argument("--of", default="", metavar="NAME", help="the corpus's file whose records the positions count")


def run_tokens(options: argparse.Namespace) -> None:
    """Count tokens and print the size of each band."""
    from core.features.bands import band_sizes

    band = Band(options.low, options.high, options.unit)
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    request = {"corpus": corpus.id, "component": options.component, "tokenizer": options.tokenizer}
    _run(tasks.tokens, workspace, request)
    choice = FeatureSettings(component=options.component, tokenizer=options.tokenizer, band_rows=options.band_rows)
    corpus_view = CorpusView(workspace, corpus, choice, PoolSpec.of(pool_of(options, corpus)))
    sizes = reversed(band_sizes(band, np.asarray(corpus_view.whole.tokens.frequency)))  # the rarest tokens first
    rows = [(size.name, f"{size.types:,}", f"{size.occurrences:,}") for size in sizes]
    print(table(("band", "types", "occurrences"), rows))


def run_embed(options: argparse.Namespace) -> None:
    """Embed a component."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    request = {"corpus": corpus.id, "component": options.component, "embedder": options.embedder}
    made = _run(tasks.embed, workspace, request)
    print(f"{counted(made['rows'], 'row')}, {counted(made['dimensions'], 'dimension')}")


def run_vectors(options: argparse.Namespace) -> None:
    """Attach vectors and print the name by which they are chosen."""
    workspace = Workspace.default()
    path = Path(options.file)
    made = attach_vectors(
        workspace,
        corpus_named(workspace, options.corpus),
        options.component,
        read_vectors(file_bytes(path), name=path.name),
        label=options.name or path.stem,
        join=options.join,
        file=options.of or None,
    )
    facts = asdict(made)
    print(f"embedder {facts.pop('embedder')}")
    print(", ".join(f"{value:,} {name}" for name, value in facts.items() if name != "lines"))
    if made.lines:
        print("broken lines: " + ", ".join(map(str, made.lines)))


def run_cluster(options: argparse.Namespace) -> None:
    """Cluster a component."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    choice = FeatureSettings(
        component=options.component,
        embedder=options.embedder,
        partition=options.partition,
        cluster_column=options.column,
        min_cluster_size=options.min_cluster_size,
        neighbors=options.neighbors,
        components=options.components,
        seed=options.seed,
    )
    request = {"corpus": corpus.id, "component": options.component, **choice.clustering.request()}
    made = _run(tasks.cluster, workspace, request)
    print(f"{counted(made['clusters'], 'cluster')}; of {counted(len(corpus), 'row')} {made['noise_rows']:,} noise")


def run_tags(options: argparse.Namespace) -> None:
    """Tag a component and print how many tags there are before and after merging."""
    from core.workbench.tasks.tagging import tag

    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    model, tagger = options.model, "endpoint" if options.model else "keyphrases"
    if options.file:
        path = Path(options.file)
        made = attach_tags(
            CorpusText(corpus, options.component),
            read_tags(file_bytes(path), name=path.name),
            label=options.model or path.stem,
            join=options.join,
            file=options.of or None,
        )
        print(", ".join(f"{value:,} {name}" for name, value in asdict(made).items() if name != "model"))
        model, tagger = made.model, "own"
    choice = FeatureSettings(
        component=options.component,
        tagger=tagger,
        tag_model=model,
        tag_check_model=options.check_model,
        tag_rounds=options.rounds,
        tags_per_row=options.per_row,
        tag_min_rows=options.min_rows,
        tag_synonyms=options.synonyms,
        tag_eps=options.eps,
    )
    request = {"corpus": corpus.id, "component": options.component, **choice.tagging.request()}
    request |= {"url": options.url, "concurrency": options.concurrency} if tagger == "endpoint" else {}
    done = _run(tag, workspace, request)
    tags = CorpusView(workspace, corpus, choice).whole.tags
    failed = counted(done["failed_texts"], "text")
    print(f"{counted(done['distinct_tags'], 'tag')} became {len(tags.names):,}; {failed} failed")
    untagged = counted(int((tags.matrix.getnnz(axis=1) == 0).sum()), "row")
    print(f"{tags.matrix.nnz / max(len(corpus), 1):.2f} tags a row; {untagged} of {len(corpus):,} without one")


def _run(task: Any, workspace: Workspace, request: dict[str, Any]) -> dict[str, Any]:
    meter = Meter()
    try:
        return task(workspace, request, meter)
    finally:
        meter.end()
