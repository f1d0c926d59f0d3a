"""The Clusters page: embeds, projects and clusters a component, shows it as a map, and lets the user read its rows."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.counted import counted
from core.features.clusters import Clustering, Clusters, cluster_labels, compute_clusters, load_clusters
from core.features.embedders import MODEL, OWN, default_embedder, embedder_title, find_embedder, why_default
from core.features.keywords import load_keywords
from core.features.placed_map import load_map, load_placed_map
from core.features.projection import load_layout
from core.jobs import job_names
from core.jobs.queue import Job
from pages.parts.clusters.backend_choice import embedded_by, latest
from pages.parts.clusters.cluster_map import explore
from pages.parts.clusters.controls import controls
from pages.parts.clusters.label_conflicts import conflict_table
from pages.parts.clusters.label_taxonomy import label_taxonomy
from pages.parts.clusters.name_by_model import follow_naming
from pages.parts.clusters.placing import placing
from pages.parts.clusters.preview import advise_landmarks, choose_instant, instant, is_preview, request_of, takes
from pages.parts.clusters.summary import summary
from pages.parts.frame import jobs, session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.map_data import MapData
from pages.parts.frame.page import Context, open_page
from pages.parts.frame.plain_text import plain

EMBED, CLUSTER, KEYWORDS = (
    job_names.EMBED,
    job_names.CLUSTER,
    job_names.KEYWORDS,
)


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
    if embedder.name.startswith(MODEL):
        st.info(
            f"**This corpus's {ctx.component} has no {plain(embedder_title(embedder.name))}.** "
            "Compute them on the Scores page, under “Model vectors”, or choose an embedder."
        )
        return
    with st.container(border=True):
        st.subheader("No map of this component yet", anchor=False)
        quick, whole = instant(clustering), takes(ctx, clustering)
        quickly = takes(ctx, quick)
        st.text(
            f"{counted(len(ctx.corpus), 'row')} to embed, then a map and clusters. The instant map is a preview"
            f"{f' ({quickly})' if quickly else ''}; the full one takes {whole or 'minutes without a GPU'}. What is "
            "finished is kept, and you can close the tab meanwhile."
        )
        advise_landmarks(ctx, clustering)
        reason = why_default() if embedder.name == default_embedder() else f"{embedder.name}, {embedder.where}."
        st.caption(f"Embedder: {plain(reason)}")
        first, both, alone, _ = st.columns([1.2, 1.4, 1, 1.8])
        if not is_preview(clustering) and first.button(
            "Instant map", type="primary", icon=":material/bolt:", key="clusters.instant", width="stretch",
            help="Embeds by token vectors distilled once from the carried model and lays out a sample of the rows.",
        ):  # fmt: skip
            choose_instant()
            start_clustering(ctx, quick)
            st.rerun()
        if both.button("Embed and cluster", key="clusters.start", width="stretch"):
            start_clustering(ctx, clustering)
            st.rerun()
        if alone.button("Embed only", key="clusters.embed", width="stretch"):
            request = {"corpus": ctx.corpus.id, "component": ctx.component, "embedder": clustering.embedder}
            jobs.start(ctx.workspace, EMBED, embedded_by(request), title=f"Embed {ctx.corpus.name} ({ctx.component})")
            st.rerun()


def start_clustering(ctx: Context, clustering: Clustering) -> Job:
    title = f"Cluster {ctx.corpus.name} ({ctx.component})"
    return jobs.start(ctx.workspace, CLUSTER, embedded_by(request_of(ctx, clustering)), title=title)


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
        (CLUSTER, request_of(ctx, clustering), "clusters.job"),
        (EMBED, embedding, "clusters.embedding"),
    ):
        job = latest(ctx, task, request)
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
    advise_landmarks(ctx, clustering)
    left, right = st.columns([1, 4], vertical_alignment="center")
    if left.button("Project and cluster", type="primary", key="clusters.start", width="stretch"):
        start_clustering(ctx, clustering)
        st.rerun()
    shown = "the older map" if load_placed_map(ctx.corpus_text, clustering) is not None else "their PCA"
    right.text(f"The rows are embedded; below is {shown}. UMAP and clusters with these settings are not there yet.")


def watch(ctx: Context, clustering: Clustering, before: tuple[bool, bool, bool]) -> None:
    """Run the page again as soon as a stage of the work is done, so that clusters show before the map is ready."""

    @st.fragment(run_every=2.0)
    def look() -> None:
        if stages(ctx, clustering) != before:
            st.rerun(scope="app")

    look()


def named(ctx: Context, clustering: Clustering, clusters: Clusters) -> MapData | None:
    """The clusters with their keywords; where clusters have no names, a job counts the keywords that are missing."""
    layout = load_map(ctx.corpus_text, clustering)
    if layout is None:
        return None
    words = load_keywords(ctx.workspace, clusters)
    if words is None and len(clusters.sizes) and not clusters.names:
        request = request_of(ctx, clustering)
        job = jobs.latest(ctx.workspace, KEYWORDS, request)
        if job is None or job.state == "done":
            job = jobs.start(ctx.workspace, KEYWORDS, request, title=f"Name the clusters of {ctx.corpus.name}")
        jobs.follow(ctx.workspace, job, key="clusters.words")
    labels = cluster_labels(ctx.corpus_text, clusters, noise=ctx.choice.noise)
    return MapData(layout, clusters, labels, ctx.choice.noise, words, str(clustering.embedder))


def page(ctx: Context) -> None:
    clustering = chosen_clustering()
    # Work and messages come and go in one place, so that the map below keeps its own: a menu that is open stays open.
    with st.container():
        seen, clusters = above_map(ctx, clustering)
    if seen is not None:
        explore(ctx, seen)
    if clusters is not None:
        conflict_table(ctx)
    label_taxonomy(ctx)


def above_map(ctx: Context, clustering: Clustering) -> tuple[MapData | None, Clusters | None]:
    """Draw what is above the map: controls, work and the summary; gives the map and the clusters, if they are there."""
    controls(ctx, clustering)
    if message := session_keys.CLUSTERS_SAID.pop(""):
        st.success(plain(message))
    if clustering.partition == "column":
        if not clustering.column:
            st.info("**Which column holds the clusters?** Choose it above: a source, a category, or one you attached.")
            return None, None
        compute_clusters(ctx.corpus_text, clustering)  # it only reads the column, so no job is needed
    there = stages(ctx, clustering)
    placing(ctx, clustering)
    work(ctx, clustering, there)
    clusters = load_clusters(ctx.corpus_text, clustering)
    if clusters is not None:
        seen = named(ctx, clustering, clusters)
        follow_naming(ctx, clusters)
        summary(ctx, clustering, clusters, None if seen is None else seen.layout)
        return seen, clusters
    layout = load_map(ctx.corpus_text, clustering)
    if layout is None:
        return None, None
    return MapData(layout, None, None, ctx.choice.noise, None, str(clustering.embedder)), None


context = open_page("clusters")
with guarded():
    page(context)
