"""The settings of the map: embedder, partition, UMAP's settings, and a user's own vectors."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import settings
from core.counted import counted
from core.features.clusters import PARTITIONS, Clustering
from core.features.embedders import OWN, embedder_title, find_embedder, known_embedders, why_default
from core.features.own_vectors import AttachedVectors, attach_vectors, given_embedders
from core.features.partition import NOISE_CHOICES
from core.features.projection import LANDMARKS, LEAST_LANDMARKS, MOST_LANDMARKS, MOST_SEED, WHOLE_UP_TO
from core.features.vector_files import KINDS, read_vectors
from pages.parts.clusters.backend_choice import pick_backend
from pages.parts.frame import session, session_keys
from pages.parts.frame.attach_form import attach_form
from pages.parts.frame.embedder_note import embedder_note
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

LEAST_SIZES = (3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)


def controls(ctx: Context, clustering: Clustering) -> None:
    """Draw embedder, partition, min_cluster_size or column, and noise; the rest in popovers."""
    first, second, third, fourth, last, own = st.columns([2, 1.4, 2.3, 2, 0.65, 0.65], vertical_alignment="bottom")
    with first:
        pick_embedder(ctx, str(clustering.embedder))
    partition = second.selectbox(
        "Partition",
        list(PARTITIONS),
        index=list(PARTITIONS).index(clustering.partition),
        format_func={"hdbscan": "HDBSCAN", "kmeans": "k-means", "evoc": "EVoC", "column": "a column"}.__getitem__,
        key=f"clusters.partition.{clustering.partition}",
        help=". ".join(f"{name}: {said}" for name, said in PARTITIONS.items()),
    )
    if partition != clustering.partition:
        session.choose(partition=partition)
        st.rerun()
    if clustering.partition == "column":
        pick_column(ctx, third, clustering)
    else:
        pick_least(ctx, third, clustering)
    noise = fourth.selectbox(
        "Noise rows",
        list(NOISE_CHOICES),
        index=list(NOISE_CHOICES).index(ctx.choice.noise) if ctx.choice.noise in NOISE_CHOICES else 0,
        format_func=lambda name: {
            "outside": "left out",
            "nearest": "to the nearest cluster",
            "own": "one cluster of their own",
        }[name],
        key=f"clusters.noise.{ctx.choice.noise}",
        disabled=clustering.partition == "kmeans",
        help=". ".join(f"{name}: {said}" for name, said in NOISE_CHOICES.items()),
    )
    if noise != ctx.choice.noise:
        session.choose(noise=noise)
        st.rerun()
    with last.popover("", icon=":material/tune:", help="UMAP's settings, and who embeds", width="stretch"):
        pick_backend()
        projection_form(clustering)
    with own.popover("", icon=":material/upload:", help="Your own vectors or clusters", width="stretch"):
        own_form(ctx)
    embedder_note(ctx)


def pick_embedder(ctx: Context, embedder: str) -> None:
    """Draw the picker of the embedder; a typed name is used only if it can be that of a model."""
    known = {known_embedder.name: known_embedder.where for known_embedder in known_embedders()}
    known |= {name: find_embedder(name).where for name in given_embedders(ctx.corpus_text)}
    names = [*known, *([embedder] if embedder not in known else [])]
    places = "; ".join(f"{name}: {where}" for name, where in known.items())
    picked = st.selectbox(
        "Embedder",
        names,
        index=names.index(embedder),
        accept_new_options=True,
        format_func=lambda name: name.removeprefix(OWN) + " (yours)" if name.startswith(OWN) else embedder_title(name),
        key=f"clusters.embedder.{embedder}",
        help=f"The default here is {plain(why_default())} {plain(places)}. Type a hub id or a folder of this "
        "server for another sentence-transformers model; its weights must be safetensors.",
    )
    if picked and picked != embedder:
        with guarded():
            if Path(picked).expanduser().exists():
                picked = str(settings.allowed_path(picked, address=st.get_option("server.address") or ""))
            find_embedder(picked)
            session.choose(embedder=picked)
            st.rerun()


def pick_column(ctx: Context, at: DeltaGenerator, clustering: Clustering) -> None:
    """Draw the choice of the column of clusters; the first column of words is used until another is chosen."""
    columns = list(ctx.corpus.columns)
    column = at.selectbox(
        "Column",
        columns,
        index=columns.index(clustering.column) if clustering.column in columns else None,
        placeholder="Choose a column",
        key=f"clusters.column.{clustering.column}",
        help="Each value is a cluster; rows without a value are noise. A file with your own clusters becomes a column "
        "on the Scores page, under “Your columns”.",
    )
    if column and column != clustering.column:
        session.choose(cluster_column=column)
        st.rerun()


def pick_least(ctx: Context, at: DeltaGenerator, clustering: Clustering) -> None:
    """Draw the slider of min_cluster_size."""
    most = max(20, len(ctx.corpus) // 2)
    options = sorted({size for size in LEAST_SIZES if size <= most} | {clustering.min_cluster_size})
    least = at.select_slider(
        "Smallest cluster (min_cluster_size)",
        options,
        value=clustering.min_cluster_size,
        key=f"clusters.least.{clustering.min_cluster_size}.{len(options)}",
        disabled=clustering.partition == "kmeans",
        help="The paper's is 20. Larger: fewer, larger clusters and, as a rule, more noise. Nothing is embedded or "
        "projected again.",
    )
    if least != clustering.min_cluster_size:
        session.choose(min_cluster_size=least)
        st.rerun()


def projection_form(clustering: Clustering) -> None:
    """Draw UMAP's knobs; each setting is a projection of its own, and all are kept."""
    with st.form("clusters.projection", border=False):
        st.markdown("**UMAP** (defaults are the paper's)")
        neighbors = st.number_input(
            "n_neighbors", 2, 200, clustering.neighbors, help="More: the global structure. Fewer: the detail."
        )
        components = st.number_input("n_components", 2, 100, clustering.components, help="Dimensions for HDBSCAN.")
        loose = st.number_input(
            "min_dist", 0.0, 0.99, float(clustering.min_dist), 0.05, help="Larger loosens clumps; HDBSCAN needs 0."
        )
        seed = st.number_input("Seed", 0, MOST_SEED, clustering.seed)
        landmarks = st.number_input(
            "Landmarks", 0, MOST_LANDMARKS, clustering.landmarks,
            help=f"0: every row is laid out. {LANDMARKS:,}: so many are, by themselves, and the others stand among "
            f"them; much quicker, and advised from {WHOLE_UP_TO:,} rows on.",
        )  # fmt: skip
        apply, reset = st.columns(2)
        applied = apply.form_submit_button("Apply", type="primary", width="stretch")
        restored = reset.form_submit_button("The paper's", width="stretch")
    if applied:
        session.choose(
            neighbors=int(neighbors),
            components=int(components),
            min_dist=float(loose),
            seed=int(seed),
            landmarks=int(landmarks) and max(LEAST_LANDMARKS, int(landmarks)),
        )
        st.rerun()
    if restored:
        session.choose(neighbors=15, components=5, min_dist=0.0, seed=42, landmarks=0)
        st.rerun()


def own_form(ctx: Context) -> None:
    """Draw the form for a user's own vectors of this component."""
    st.markdown("**Your own vectors**")
    st.caption(
        f"A vector for each row's {ctx.component}: an array (.npy), a column of lists, or a column for each dimension. "
        "You can then choose them as an embedder. Your own clusters are attached as a column (Scores page, “Your "
        "columns”) and are chosen under Partition."
    )
    given = attach_form(ctx, what="Vectors", kinds=KINDS, key="clusters.own", named="Name (of the model)")
    if given is None:
        return
    with guarded(), st.spinner("Joining the vectors"):
        vectors = read_vectors(given.data, name=given.name)
        made = attach_vectors(
            ctx.workspace, ctx.corpus, ctx.component, vectors, label=given.label, join=given.join, file=given.file
        )
        session.choose(embedder=made.embedder)
        session_keys.CLUSTERS_SAID.set(attached_words(made))
        st.rerun()


def attached_words(made: AttachedVectors) -> str:
    """The result of attaching the file, a sentence for each fact."""
    said = [f"{counted(made.matched, 'row')} with vectors of {made.dimensions} dimensions."]
    if made.missing:
        said.append(f"{counted(made.missing, 'row')} without a vector: left out by strategies.")
    if made.unknown:
        said.append(f"{counted(made.unknown, 'line')} for no row of this corpus.")
    if made.broken:
        listed = ", ".join(str(line) for line in made.lines)
        said.append(
            f"{counted(made.broken, 'line')} without a usable vector: {listed}{' …' * (made.broken > len(made.lines))}"
        )
    if made.conflict:
        said.append(f"{counted(made.conflict, 'line')} for a row named before, with another vector: the first counts.")
    return " ".join(said)
