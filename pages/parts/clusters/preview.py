"""The instant map: what is a preview in what is shown, how far it agrees with the full map, and the way to that."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.features import projection
from core.features.clusters import Clustering, load_clusters
from core.features.embedder_agreement import EmbedderAgreement, embedder_agreement
from core.features.embedders import INSTANT, default_embedder
from core.features.projection import LANDMARKS, load_layout
from core.jobs import job_names
from core.workbench.tasks.time_left import expected_seconds
from pages.parts.clusters.backend_choice import embedded_by, latest
from pages.parts.frame import jobs, session, session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows


def instant(clustering: Clustering) -> Clustering:
    """The same settings with the instant embedder and a map by landmarks."""
    return replace(clustering, embedder=INSTANT, landmarks=LANDMARKS)


def full(clustering: Clustering) -> Clustering:
    """The same settings with a whole embedder and every row laid out: what takes the preview's place."""
    embedder = default_embedder() if clustering.embedder == INSTANT else clustering.embedder
    return replace(clustering, embedder=embedder, landmarks=0)


def is_preview(clustering: Clustering) -> bool:
    """Whether the map or the vectors are quick ones that something better can replace."""
    return clustering.embedder == INSTANT or clustering.landmarks > 0


def choose_instant() -> None:
    """Let the session use the instant embedder and a map by landmarks."""
    session.choose(embedder=INSTANT, landmarks=LANDMARKS)


def show_full(ctx: Context, clustering: Clustering) -> None:
    """Let the session use the full map; the selection stays, because it holds rows."""
    wanted = full(clustering)
    embedder = "" if wanted.embedder == default_embedder() else wanted.embedder
    session.choose(embedder=embedder, landmarks=0)
    session_keys.CLUSTERS_REPLACE.drop()
    session_keys.CLUSTERS_SAID.set("The full map has taken the preview's place. What you had selected stays selected.")


def takes(ctx: Context, clustering: Clustering) -> str:
    """How long a clustering takes from what is stored now: "about 20 s"; "" where nobody knows."""
    seconds = expected_seconds(ctx.workspace, job_names.CLUSTER, request_of(ctx, clustering))
    return jobs.lasting(seconds).removesuffix(" left")


def request_of(ctx: Context, clustering: Clustering) -> dict[str, object]:
    """The request of the clustering job; only HDBSCAN needs a projection, so other partitions ask for the map."""
    request = {"corpus": ctx.corpus.id, "component": ctx.component, **clustering.request()}
    return request if clustering.partition == "hdbscan" else request | {"map": True}


def advise_landmarks(ctx: Context, clustering: Clustering) -> None:
    """Say from which size on a sample is better fitted than all rows; nothing below it, or where that is chosen."""
    if len(ctx.corpus) > projection.WHOLE_UP_TO and not clustering.landmarks:
        st.text(
            f"More than {projection.WHOLE_UP_TO:,} rows take long to lay out and cluster whole. With Landmarks, a "
            f"setting of UMAP above, so many rows are fitted by themselves, {LANDMARKS:,} for example, and the others "
            "join them."
        )


def preview_bar(ctx: Context, clustering: Clustering, button: DeltaGenerator) -> None:
    """Draw what of the shown map is a preview, and the step to the full one: its progress, or at ``button`` a press."""
    if not is_preview(clustering):
        return
    wanted = full(clustering)
    done = (
        load_clusters(ctx.corpus_text, wanted) is not None
        and load_layout(ctx.corpus_text, wanted, dimensions=2) is not None
    )
    request = embedded_by(request_of(ctx, wanted))
    if done and session_keys.CLUSTERS_REPLACE.get("") == f"{ctx.corpus.id} {ctx.component}":
        show_full(ctx, clustering)
        st.rerun()
    job = latest(ctx, job_names.CLUSTER, request_of(ctx, wanted))
    with st.container(gap=None, key="clusters-preview"):
        at_work = not done and job is not None and job.state not in ("done", "cancelled")
        quick = "a quick look by the instant embedder" if clustering.embedder == INSTANT else "laid out by a sample"
        st.markdown(f":small[:material/bolt: **Preview**: {quick}]", help=plain(what(ctx, clustering)) or None)
        if done:
            st.caption(plain(agreement_line(embedder_agreement(ctx.corpus_text, clustering, wanted))))
            if button.button("Show the full map", type="primary", key="clusters.full.show", width="stretch"):
                show_full(ctx, clustering)
                st.rerun()
        elif at_work and job is not None:
            jobs.follow(ctx.workspace, job, key="clusters.full.job", alone=False)
        else:
            time = takes(ctx, wanted)
            if button.button(
                f"Full map ({time})" if time else "Full map", key="clusters.full", width="stretch",
                help="Embeds and lays out every row. The preview stays until it is ready; selections are kept.",
            ):  # fmt: skip
                session_keys.CLUSTERS_REPLACE.set(f"{ctx.corpus.id} {ctx.component}")
                jobs.start(ctx.workspace, job_names.CLUSTER, request, title=f"Full map of {ctx.corpus.name}")
                st.rerun()


def what(ctx: Context, clustering: Clustering) -> str:
    """What of the shown map is quick, in a sentence or two."""
    said = []
    if clustering.embedder == INSTANT:
        said.append("The vectors are the instant embedder's: words count, their order does not.")
    if clustering.landmarks:
        count = min(clustering.landmarks, len(ctx.corpus))
        if count < len(ctx.corpus):
            said.append(
                f"A sample of {rows(count)} rows is laid out, and each other row stands among those it is most like "
                "(a map by landmarks)."
            )
        elif not said:
            said.append("Every row is laid out.")
    return " ".join(said)


def agreement_line(agreement: EmbedderAgreement | None) -> str:
    """How far the preview and the full map agree, in words and numbers."""
    if agreement is None:
        return ""
    said = (
        f"Beside the full embedder: {100 * agreement.overlap:.0f} % of a row's ten nearest rows are the same (by "
        f"chance {figure3(100 * agreement.chance)} %), distances agree with a Spearman of "
        f"{figure3(agreement.spearman)}; asked of {rows(agreement.rows)} rows."
    )
    quick, whole = agreement.trusted
    if quick is not None and whole is not None:
        said += f" Trustworthiness of the maps: {figure3(quick)}, full {figure3(whole)}."
    return said
