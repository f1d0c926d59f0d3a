"""The Clusters page: embeds, projects and clusters a component, shows it as a map, and lets the user read its rows."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.counted import counted
from core.features.clusters import Clustering, Clusters, cluster_labels, compute_clusters, load_clusters
from core.features.embedders import OWN, default_embedder, find_embedder, why_default
from core.features.keywords import load_keywords
from core.features.partition import NOISE_CHOICES
from core.features.projection import Layout, load_layout, load_map
from core.jobs import job_names
from core.jobs.queue import Job
from pages.parts.clusters.cluster_map import explore
from pages.parts.clusters.controls import controls
from pages.parts.clusters.label_conflicts import conflict_table
from pages.parts.clusters.map_data import MapData
from pages.parts.frame import jobs, session, session_keys
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context, open_page
from pages.parts.frame.plain_text import figure3, plain

EMBED, CLUSTER, KEYWORDS = (
    job_names.EMBED,
    job_names.CLUSTER,
    job_names.KEYWORDS,
)
PAPER = "From Macro to Micro (arXiv 2505.24768), D.1"


def chosen_clustering() -> Clustering:
    """The session's clustering with its embedder named, so that every process uses the same embedder."""
    clustering = session.choice().clustering
    return replace(clustering, embedder=clustering.embedder or default_embedder())


def invite(ctx: Context, clustering: Clustering) -> None:
    """Draw the page of a component without embeddings: what embedding takes, and the buttons that start it."""
    embedder = find_embedder(clustering.embedder)
    if embedder.name.startswith(OWN):
        st.info(
            f"**There are no vectors {plain(embedder.name.removeprefix(OWN))} for this corpus's "
            f"{ctx.component}.** "
            "Attach them with the arrow above, or choose an embedder."
        )
        return
    with st.container(border=True):
        st.subheader("No map of this component yet", anchor=False)
        st.text(
            f"{counted(len(ctx.corpus), 'row')} to embed, then a map and clusters. Without a GPU this takes minutes; "
            "what is finished is kept, and you can close the tab meanwhile."
        )
        reason = why_default() if embedder.name == default_embedder() else f"{embedder.name}, {embedder.where}."
        st.caption(f"Embedder: {plain(reason)}")
        both, alone, _ = st.columns([1.4, 1, 3])
        if both.button("Embed and cluster", type="primary", key="clusters.start", width="stretch"):
            start_clustering(ctx, clustering)
            st.rerun()
        if alone.button("Embed only", key="clusters.embed", width="stretch"):
            request = {"corpus": ctx.corpus.id, "component": ctx.component, "embedder": clustering.embedder}
            jobs.start(ctx.workspace, EMBED, request, title=f"Embed {ctx.corpus.name} ({ctx.component})")
            st.rerun()


def cluster_request(ctx: Context, clustering: Clustering) -> dict[str, object]:
    """The job's request; only HDBSCAN needs a projection, so other partitions request the map explicitly."""
    request = {"corpus": ctx.corpus.id, "component": ctx.component, **clustering.request()}
    return request if clustering.partition == "hdbscan" else request | {"map": True}


def start_clustering(ctx: Context, clustering: Clustering) -> Job:
    title = f"Cluster {ctx.corpus.name} ({ctx.component})"
    return jobs.start(ctx.workspace, CLUSTER, cluster_request(ctx, clustering), title=title)


def stages(ctx: Context, clustering: Clustering) -> tuple[bool, bool, bool]:
    """Whether embeddings, clusters and the UMAP map are stored."""
    return (
        ctx.workspace.has("features", clustering.embeddings_key(ctx.corpus.id, ctx.component)),
        load_clusters(ctx.corpus_text, clustering) is not None,
        load_layout(ctx.corpus_text, clustering, dimensions=2) is not None,
    )


def work(ctx: Context, clustering: Clustering, there: tuple[bool, bool, bool]) -> None:
    """Draw the work that is missing or running: progress, cancel, resume, or the button that starts it."""
    embedded, clustered, mapped = there
    if clustered and mapped:
        return
    embedding = {"corpus": ctx.corpus.id, "component": ctx.component, "embedder": clustering.embedder}
    for task, request, key in (
        (CLUSTER, cluster_request(ctx, clustering), "clusters.job"),
        (EMBED, embedding, "clusters.embedding"),
    ):
        job = jobs.latest(ctx.workspace, task, request)
        if job is None or job.state == "done" or (task == EMBED and embedded):
            continue
        jobs.follow(ctx.workspace, job, key=key)
        if job.state in jobs.LIVE:
            watch(ctx, clustering, there)
        return
    if not embedded:
        invite(ctx, clustering)
        return
    projected = load_layout(ctx.corpus_text, clustering, dimensions=clustering.components)
    # Another min_cluster_size takes seconds, so it starts without a button; a finished job changes nothing here.
    if projected is not None and start_clustering(ctx, clustering).live:
        st.rerun()
    left, right = st.columns([1, 4], vertical_alignment="center")
    if left.button("Project and cluster", type="primary", key="clusters.start", width="stretch"):
        start_clustering(ctx, clustering)
        st.rerun()
    right.text("The rows are embedded; below is their PCA. UMAP and clusters with these settings are not there yet.")


def watch(ctx: Context, clustering: Clustering, before: tuple[bool, bool, bool]) -> None:
    """Run the page again as soon as a stage of the work is done, so that clusters show before the map is ready."""

    @st.fragment(run_every=2.0)
    def look() -> None:
        if stages(ctx, clustering) != before:
            st.rerun(scope="app")

    look()


def named(ctx: Context, clustering: Clustering, clusters: Clusters) -> MapData | None:
    """The clusters with their keywords; missing keywords are counted by a job."""
    layout = load_map(ctx.corpus_text, clustering)
    if layout is None:
        return None
    words = load_keywords(ctx.workspace, clusters)
    if words is None and len(clusters.sizes):
        request = cluster_request(ctx, clustering)
        job = jobs.latest(ctx.workspace, KEYWORDS, request)
        if job is None or job.state == "done":
            job = jobs.start(ctx.workspace, KEYWORDS, request, title=f"Name the clusters of {ctx.corpus.name}")
        jobs.follow(ctx.workspace, job, key="clusters.words")
    labels = cluster_labels(ctx.corpus_text, clusters, noise=ctx.choice.noise)
    return MapData(layout, clusters, labels, ctx.choice.noise, words, str(clustering.embedder))


def summary(ctx: Context, clusters: Clusters, layout: Layout | None) -> None:
    """Draw the number of clusters, the share of noise and how noise rows are treated."""
    total = len(clusters.labels)
    mean = figure3((total - clusters.noise_rows) / max(1, len(clusters.sizes)))
    becomes = {
        "outside": "left out: they have no cluster, and no macro subset holds them",
        "nearest": "each joins the cluster of the nearest clustered row",
        "own": "together one more cluster",
    }[ctx.choice.noise if ctx.choice.noise in NOISE_CHOICES else "outside"]
    said = f"**{counted(len(clusters.sizes), 'cluster')}** of {mean} rows on average"
    if clusters.noise_rows:
        said += f" · **{counted(clusters.noise_rows, 'row')} of noise ({100 * clusters.noise_share:.1f} %)**, {becomes}"
    line, help_ = st.columns([12, 1], vertical_alignment="center")
    line.markdown(said)
    with help_:
        explain(
            "the clusters",
            formula="vectors = embedder(text), unit length\n"
            "coordinates = UMAP(vectors; n_neighbors 15, n_components 5, min_dist 0, cosine)\n"
            "clusters = HDBSCAN(coordinates; min_cluster_size 20, euclidean, excess of mass)\n"
            "macro diversity of a subset = clusters it reaches",
            source=f"{PAPER}; min_samples = min_cluster_size, as BERTopic has it",
            notes="The paper does not say what it does with noise: left out is our default. UMAP is fitted once with a "
            "seed and stored; the 2-D map comes from the same neighbour graph and is only for looking at.",
            key="clusters.explain",
        )
    if message := clusters.message:
        st.warning(plain(message))
    if layout is not None and layout.note:
        st.info(plain(layout.note))


def page(ctx: Context) -> None:
    clustering = chosen_clustering()
    controls(ctx, clustering)
    if message := session_keys.CLUSTERS_SAID.pop(""):
        st.success(plain(message))
    if clustering.partition == "column":
        if not clustering.column:
            st.info("**Which column holds the clusters?** Choose it above: a source, a category, or one you attached.")
            return
        compute_clusters(ctx.corpus_text, clustering)  # it only reads the column, so no job is needed
    there = stages(ctx, clustering)
    work(ctx, clustering, there)
    clusters = load_clusters(ctx.corpus_text, clustering)
    if clusters is not None:
        seen = named(ctx, clustering, clusters)
        if seen is not None:
            summary(ctx, clusters, seen.layout)
            explore(ctx, seen)
        else:
            summary(ctx, clusters, None)
        conflict_table(ctx)
        return
    layout = load_map(ctx.corpus_text, clustering)
    if layout is not None:
        explore(ctx, MapData(layout, None, None, ctx.choice.noise, None, str(clustering.embedder)))


context = open_page("clusters")
with guarded():
    page(context)
