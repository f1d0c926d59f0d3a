"""The line above the map: how many clusters and how much noise there are, and how they were made, behind its "?"."""

from __future__ import annotations

import streamlit as st

from core.corpus.corpus_text import CorpusText
from core.counted import counted
from core.features.clusters import Clustering, Clusters
from core.features.embedders import embedder_title
from core.features.partition import NOISE_CHOICES
from core.features.projection import Layout, uses_graph
from pages.parts.clusters.preview import is_preview, preview_bar
from pages.parts.frame.explain import explain
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain

PAPER = "From Macro to Micro (arXiv 2505.24768), D.1"
NOISE_NOTE = "The paper does not say what it does with noise: left out is our default."
BECOMES = {
    "outside": "which strategies by cluster leave out",
    "nearest": "each joins the cluster of the nearest clustered row",
    "own": "together one more cluster",
}


def summary(ctx: Context, clustering: Clustering, clusters: Clusters, layout: Layout | None) -> None:
    """Draw the number of clusters, the share of noise, how noise rows are treated, and what of it is a preview."""
    total = len(clusters.labels)
    mean = figure3((total - clusters.noise_rows) / max(1, len(clusters.sizes)))
    becomes = BECOMES[ctx.choice.noise if ctx.choice.noise in NOISE_CHOICES else "outside"]
    said = f"**{counted(len(clusters.sizes), 'cluster')}** of {mean} rows on average"
    if clusters.noise_rows:
        said += f" · **{counted(clusters.noise_rows, 'row')} of noise ({100 * clusters.noise_share:.1f} %)**, {becomes}"
    widths = [8.4, 2.3, 0.9] if is_preview(clustering) else [10.7, 0.1, 0.9]
    line, button, help_ = st.columns(widths, vertical_alignment="center")
    with line.container(gap=None, key="clusters-summary-box"):
        st.markdown(f":small[{said}]")
        preview_bar(ctx, clustering, button)
    with help_:
        exact = uses_graph(CorpusText(ctx.corpus, ctx.choice.component), clustering)
        meaning, formula, source = how_made(clustering, layout, exact=exact)
        notes = "" if clustering.partition in ("kmeans", "column") else NOISE_NOTE
        explain("the clusters", meaning=meaning, formula=formula, notes=notes, source=source, key="clusters.explain")
    if message := clusters.message:
        st.warning(plain(message))
    if layout is not None and layout.note:
        st.info(plain(layout.note))


def how_made(clustering: Clustering, layout: Layout | None, *, exact: bool = False) -> tuple[str, str, str]:
    """How these clusters and their map were made, with the settings in use: in words, as formulas, and the source.

    ``exact`` says that neighbours came from the exact graph of all rows.
    """
    sampled = layout is not None and layout.method == "landmarks"
    ways = {
        "column": "Each value of the column is a cluster; rows without a value are noise.",
        "kmeans": "Rows are divided into as many groups as asked for, each around its middle. There is no noise.",
        "evoc": "Groups of rows that lie close together by their embeddings; rows like no group are noise.",
        "hdbscan": "Groups of rows that lie close together once the embeddings are laid out in a few dimensions; rows "
        "like no group are noise.",
    }
    meaning = ways[clustering.partition]
    if sampled:
        meaning += " A sample of rows, the landmarks, is laid out, and every other row is placed among those it is "
        meaning += "most like" + (" and joins their cluster." if clustering.partition == "hdbscan" else ".")
    if exact:
        meaning += " Each row's neighbours are those that were found for all rows before, exactly."
    meaning += " The map is for looking at: clusters are not read off it."
    umap = f"n_neighbors {clustering.neighbors}, min_dist {clustering.min_dist:g}, cosine, seed {clustering.seed}"
    of = f"{clustering.landmarks:,} landmarks" if clustering.landmarks else "vectors"
    least = f"min_cluster_size {clustering.min_cluster_size}"
    lines = [f"vectors = {embedder_title(str(clustering.embedder))}(text), unit length"]
    if clustering.partition == "column":
        lines.append(f"clusters = the values of “{clustering.column}”")
        source = "the column itself"
    elif clustering.partition == "kmeans":
        groups = "one for every 58 rows" if clustering.groups is None else f"{clustering.groups:,}"
        lines.append(f"clusters = k-means(vectors; groups: {groups}, seed {clustering.seed})")
        source = f"the mean size of a cluster is that of {PAPER}; k-means is ours"
    elif clustering.partition == "evoc":
        lines.append(f"clusters = EVoC(vectors; {least}, neighbours {clustering.neighbors}, seed {clustering.seed})")
        source = "EVoC (Tutte Institute); ours, not the paper's"
    else:
        lines.append(f"coordinates = UMAP({of}; {umap}, n_components {clustering.components})")
        lines.append(f"clusters = HDBSCAN(coordinates; {least}, min_samples the same, euclidean, excess of mass)")
        source = f"{PAPER}; min_samples = min_cluster_size, as BERTopic has it"
    if layout is not None:
        way = f"UMAP({of}; {umap}, n_components 2)" if layout.method != "pca" else "PCA(vectors; 2 dimensions)"
        if layout.method == "placed":
            way += " of the older version, new rows among their 8 nearest old ones"
        lines.append(f"map = {way}, fitted once and stored")
    lines.append("macro diversity of a subset = the clusters it reaches")
    return meaning, "\n".join(lines), source
