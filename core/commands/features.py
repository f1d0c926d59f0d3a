"""Commands that compute or attach features: tokens, embed, cluster, keywords, vectors, tags."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.bands import BAND_ROWS, UNITS, Band
from core.commands.rules import add_pool, pool_of
from core.commands.running import add_backend, add_engine, backend_field, run_job, runs
from core.commands.terminal import file_bytes, table
from core.corpus.corpus_text import CorpusText
from core.corpus.joining import JOIN_HELP
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.counted import counted
from core.features.clusters import PARTITIONS
from core.features.embedders import default_embedder
from core.features.languages.reading import language_warning
from core.features.own_vectors import attach_vectors
from core.features.projection import LANDMARKS, WHOLE_UP_TO
from core.features.tags.own import attach_tags, read_tags
from core.features.tags.tagging import SYNONYMS, TAGGERS
from core.features.vector_files import read_vectors
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace

EMBEDDERS = "a sentence-transformers hub id or folder, or “instant”: a quick preview distilled from the carried model"


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    tokens = _command(commands, "tokens", "tokenise and count a component; prints the bands")
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
    add_engine(tokens)
    runs(tokens, job_names.TOKENS, request=tokens_request, run=run_tokens)

    embed = _command(commands, "embed", "embed a component (resumes where it was stopped)")
    embed.add_argument("--embedder", default="", help=EMBEDDERS)
    add_backend(embed)
    add_engine(embed)
    runs(embed, job_names.EMBED, request=embed_request, run=run_embed)

    cluster = _command(commands, "cluster", "embed, project and cluster a component")
    add_clustering(cluster)
    add_backend(cluster)
    cluster.add_argument("--map", action="store_true", help="the map too, where the partition needs no projection")
    runs(cluster, job_names.CLUSTER, request=cluster_request, run=run_cluster)

    place = _command(commands, "place", "place the new rows of a version on the map of the older one, as that stands")
    add_clustering(place)
    add_backend(place)
    runs(place, job_names.PLACED_MAP, request=place_request, run=run_place)

    keywords = _command(commands, "keywords", "the words that name each cluster, of clusters made before")
    add_clustering(keywords)
    runs(keywords, job_names.KEYWORDS, request=clustering_request, run=run_keywords)

    vectors = _command(commands, "vectors", "attach your own vectors from a file")
    vectors.add_argument("file", metavar="FILE", help=".npy, Parquet, JSON Lines or CSV: a vector on each line")
    vectors.add_argument("--name", default="", help="name of the model that made them; default: the file's name")
    _joined(vectors)
    vectors.set_defaults(run=run_vectors)

    tags = _command(commands, "tags", "tag a component by its own phrases, or by a language model behind --url")
    add_tagging(tags)
    _endpoint(tags)
    runs(tags, job_names.TAGS, request=tags_request, run=run_tags)


def add_clustering(made: argparse.ArgumentParser) -> None:
    """Add the options of :func:`clustering_of`."""
    usual = FeatureSettings()
    made.add_argument("--embedder", default="", help=f"{EMBEDDERS}, or own:NAME")
    made.add_argument("--partition", choices=tuple(PARTITIONS), default=usual.partition)
    made.add_argument("--column", default="", help="the column that holds the clusters, for --partition column")
    made.add_argument("--min-cluster-size", type=int, default=usual.min_cluster_size)
    made.add_argument("--neighbors", type=int, default=usual.neighbors, help="UMAP's n_neighbors")
    made.add_argument("--components", type=int, default=usual.components, help="dimensions that HDBSCAN reads")
    made.add_argument("--min-dist", type=float, default=usual.min_dist, help="UMAP's min_dist; HDBSCAN needs 0")
    made.add_argument("--seed", type=int, default=usual.seed, help="of projection and partition")
    made.add_argument(
        "--landmarks",
        type=int,
        default=usual.landmarks,
        help=f"rows to fit the layout on, the others are placed among them; 0: all rows, {LANDMARKS:,}: a quick map, "
        f"advised from {WHOLE_UP_TO:,} rows on",
    )


def add_tagging(made: argparse.ArgumentParser) -> None:
    """Add the options of :func:`tagging_of`."""
    usual = FeatureSettings()
    made.add_argument(
        "--tagger",
        choices=tuple(TAGGERS),
        default="",
        help="default: endpoint with --model, own with --file, else phrases",
    )
    made.add_argument("--model", default="", help="the model that tags, or the name of your own tags")
    made.add_argument("--check-model", default="", help="a second model that confirms each tag")
    made.add_argument("--rounds", type=int, default=1, help="2 asks again for the rows that failed in the first round")
    made.add_argument("--per-row", type=int, default=usual.tags_per_row, help="phrases a row")
    made.add_argument("--longest", type=int, default=usual.tag_longest, help="most words of a phrase, 1 to 4")
    made.add_argument(
        "--spread", type=float, default=usual.tag_spread, help="0 to 1: keyphrases of a row differ more, and fit less"
    )
    made.add_argument("--embedder", default="", help="the sentence-transformers model that embeds phrases and tags")
    made.add_argument("--min-rows", type=int, default=usual.tag_min_rows, help="tags in fewer rows are dropped")
    made.add_argument("--synonyms", choices=tuple(SYNONYMS), default=usual.tag_synonyms)
    made.add_argument("--eps", type=float, default=usual.tag_eps, help="cosine distance up to which tags merge")
    made.add_argument(
        "--support",
        type=int,
        default=usual.tag_support,
        help="rows that two tags share before they are joined; 0: none",
    )
    made.add_argument(
        "--confidence", type=float, default=usual.tag_confidence, help="share of a tag's rows that have the other tag"
    )


def _endpoint(made: argparse.ArgumentParser) -> None:
    """Where the tags come from: an endpoint, or a file of your own."""
    made.add_argument("--url", default="", help="an OpenAI-compatible endpoint; its key comes from the environment")
    made.add_argument("--check-url", default="", help="the endpoint of the checking model, if it is another one")
    made.add_argument("--concurrency", type=int, default=8, help="questions asked at once")
    made.add_argument("--file", default="", help="your own tags: a file with a column “tags”, stored under --model")
    _joined(made)


def _command(commands: Any, name: str, help: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=help)
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    return made


def _joined(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--join", choices=("auto", "id", "position"), default="auto", help=JOIN_HELP)
    parser.add_argument("--of", default="", metavar="NAME", help="the corpus's file whose records the positions count")


def _text(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {"corpus": corpus_named(workspace, options.corpus).id, "component": options.component}


def tokens_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {**_text(workspace, options), "tokenizer": options.tokenizer}


def embed_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {**_text(workspace, options), "embedder": options.embedder, **backend_field(options)}


def clustering_of(options: argparse.Namespace) -> FeatureSettings:
    """The feature settings that the options of clustering describe."""
    return FeatureSettings(
        component=options.component,
        embedder=options.embedder,
        partition=options.partition,
        cluster_column=options.column,
        min_cluster_size=options.min_cluster_size,
        neighbors=options.neighbors,
        components=options.components,
        min_dist=options.min_dist,
        seed=options.seed,
        landmarks=options.landmarks,
    )


def clustering_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {**_text(workspace, options), **clustering_of(options).clustering.request()}


def cluster_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    mapped = {"map": True} if options.map else {}
    return {**clustering_request(workspace, options), **backend_field(options), **mapped}


def place_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {**clustering_request(workspace, options), **backend_field(options)}


def tagging_of(options: argparse.Namespace) -> FeatureSettings:
    """The feature settings that the options of tagging describe."""
    return FeatureSettings(
        component=options.component,
        embedder=options.embedder,
        tagger=options.tagger
        or ("own" if getattr(options, "file", "") else "endpoint" if options.model else FeatureSettings().tagger),
        tag_model=options.model,
        tag_check_model=options.check_model,
        tag_rounds=options.rounds,
        tags_per_row=options.per_row,
        tag_longest=options.longest,
        tag_spread=options.spread,
        tag_min_rows=options.min_rows,
        tag_synonyms=options.synonyms,
        tag_eps=options.eps,
        tag_support=options.support,
        tag_confidence=options.confidence,
    )


def tags_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    choice = tagging_of(options)
    request = {**_text(workspace, options), **choice.tagging.request()}
    if choice.tagger == "endpoint":
        request |= {"url": options.url, "check_url": options.check_url, "concurrency": options.concurrency}
    return request


def run_tokens(options: argparse.Namespace) -> None:
    """Count tokens and print the size of each band."""
    from core.features.bands import band_sizes

    band = Band(options.low, options.high, options.unit)
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    run_job(options)
    choice = FeatureSettings(component=options.component, tokenizer=options.tokenizer, band_rows=options.band_rows)
    corpus_view = CorpusView(workspace, corpus, choice, PoolSpec.of(pool_of(options, corpus)))
    sizes = reversed(band_sizes(band, np.asarray(corpus_view.whole.tokens.frequency)))  # the rarest tokens first
    rows = [(size.name, f"{size.types:,}", f"{size.occurrences:,}") for size in sizes]
    print(table(("band", "types", "occurrences"), rows))


def run_embed(options: argparse.Namespace) -> None:
    """Embed a component."""
    made = run_job(options)
    print(f"{counted(made['rows'], 'row')}, {counted(made['dimensions'], 'dimension')}")
    corpus = corpus_named(Workspace.default(), options.corpus)
    if warning := language_warning(corpus, options.component, options.embedder or default_embedder()):
        print(warning)


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
    from core.features.projection import uses_graph

    made = run_job(options)
    corpus = corpus_named(Workspace.default(), options.corpus)
    print(f"{counted(made['clusters'], 'cluster')}; of {counted(len(corpus), 'row')} {made['noise_rows']:,} noise")
    if uses_graph(CorpusText(corpus, options.component), clustering_of(options).clustering):
        print("Neighbours: those that `neighbours` found, exactly.")


def run_place(options: argparse.Namespace) -> None:
    """Place new rows on an older map, and say whose it is."""
    print(run_job(options)["said"])


def run_keywords(options: argparse.Namespace) -> None:
    """Print each cluster with its rows and its words."""
    from core.features.clusters import load_clusters
    from core.features.keywords import load_keywords

    run_job(options)
    workspace = Workspace.default()
    text = CorpusText(corpus_named(workspace, options.corpus), options.component)
    clusters = load_clusters(text, clustering_of(options).clustering)
    assert clusters is not None  # the job has just read them
    words = load_keywords(workspace, clusters) or []
    names = clusters.names or tuple(map(str, range(len(clusters.sizes))))
    lines = zip(names, clusters.sizes.tolist(), words, strict=True)
    print(
        table(
            ("cluster", "rows", "words"),
            [(name, f"{size:,}", ", ".join(word.word for word in row)) for name, size, row in lines],
        )
    )


def run_tags(options: argparse.Namespace) -> None:
    """Tag a component; print the tags that were found and those left after merging."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
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
        options.model = made.model
    done = run_job(options)
    tags = CorpusView(workspace, corpus, tagging_of(options)).whole.tags
    failed = counted(done["failed_texts"], "text")
    print(f"{counted(done['distinct_tags'], 'tag')} became {len(tags.names):,}; {failed} failed")
    untagged = counted(int((tags.matrix.getnnz(axis=1) == 0).sum()), "row")
    print(f"{tags.matrix.nnz / max(len(corpus), 1):.2f} tags a row; {untagged} of {len(corpus):,} without one")
