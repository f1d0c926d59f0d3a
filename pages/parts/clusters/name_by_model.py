"""A model behind an endpoint names clusters: what it costs first, then a job, and its names once they are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.counted import counted
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import TAGGER
from core.features.cluster_naming import NamingCost, kept_names, naming_cost, renamed_by
from core.features.clusters import Clusters
from core.features.keywords import load_keywords
from core.jobs import job_names
from core.workbench.tasks.cluster_naming import chosen_clusters, naming_samples
from pages.parts.clusters.edited_column import use_names
from pages.parts.clusters.preview import request_of
from pages.parts.frame import jobs, session_keys
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.guard import guarded
from pages.parts.frame.map_data import MapData
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

AT_ONCE = 8  # questions


def name_tab(ctx: Context, seen: MapData, numbers: Sequence[int], *, priced: bool) -> None:
    """Draw the endpoint, what naming costs, and the button that starts it; ``numbers`` are the clusters, none is all.

    ``priced`` says whether to count the tokens, which reads rows of every cluster.
    """
    clusters = seen.clusters
    if clusters is None:
        return
    url_key, model_key = session_keys.NAMING_URL, session_keys.NAMING_MODEL
    url_key.start(session_keys.TAG_ENDPOINT.get(""))  # what the Tags page was given counts here too
    model_key.start("" if ctx.choice.tagger == "own" else ctx.choice.tag_model)
    left, right = st.columns([3, 2])
    left.text_input(
        "Address", key=url_key.name, placeholder="http://127.0.0.1:8000/v1", persist_state="session",
        help="The base of any OpenAI-compatible endpoint. Keywords and the beginnings of five rows of each cluster are "
        "sent there.",
    )  # fmt: skip
    right.text_input(
        "Model", key=model_key.name, persist_state="session", help="The name under which the endpoint serves it."
    )
    url, model = url_key.value.strip(), model_key.value.strip()
    count = len(chosen_clusters(clusters, numbers))
    if not (url and model):
        st.caption(
            f"Give an endpoint and a model to name {'the chosen' if numbers else 'all'} {counted(count, 'cluster')}. "
            "The cost is said before anything is sent; Undo brings the names before back."
        )
        key_line(TAGGER)
        return
    cost = _cost(ctx, seen, clusters, numbers, model) if priced else None
    if cost is not None:
        st.caption(cost_line(cost))
    what = f"the {counted(count, 'cluster')}" if numbers else f"all {counted(count, 'cluster')}"
    if st.button(f"Name {what} by {plain(model)}", type="primary", key="clusters.naming.start", width="stretch"):
        with guarded():
            _start(ctx, clusters, numbers, url=url, model=model)
            session_keys.CLUSTERS_EDITED.renew()  # closes the menu
            st.rerun(scope="app")
    key_line(TAGGER)


def cost_line(cost: NamingCost) -> str:
    """What naming costs, in words."""
    if not cost.calls:
        return f"Nothing is sent: {counted(cost.kept, 'name')} {'is' if cost.kept == 1 else 'are'} there already."
    kept = f", {counted(cost.kept, 'name')} there already" if cost.kept else ""
    return (
        f"{counted(cost.calls, 'question')}{kept}: about {rows(cost.prompt_tokens)} tokens in and "
        f"{rows(cost.completion_tokens)} out."
    )


def follow_naming(ctx: Context, clusters: Clusters) -> None:
    """Draw how far the naming is that this session asked for; its names become the column once they are there."""
    asked = session_keys.NAMING.get(None)
    if asked is None or asked["corpus"] != ctx.corpus.id:
        return
    job = jobs.by_id(ctx.workspace, asked["job"])
    if job is None:
        session_keys.NAMING.drop()
    elif job.state == "done":
        session_keys.NAMING.drop()
        if asked["clusters"] == clusters.key:
            _use(ctx, clusters, asked["numbers"], asked["model"], failed=int((job.result or {}).get("failed", 0)))
            st.rerun()
        session_keys.CLUSTERS_SAID.set(
            f"{asked['model']} has named the clusters that were shown before. Its names are kept: ask there again to "
            "use them at no cost."
        )
        st.rerun()
    else:
        jobs.follow(ctx.workspace, job, key="clusters.naming.job", alone=False)
        if job.state not in jobs.LIVE and st.button("Leave it", key="clusters.naming.leave"):
            session_keys.NAMING.drop()
            st.rerun()


def _start(ctx: Context, clusters: Clusters, numbers: Sequence[int], *, url: str, model: str) -> None:
    """Start the job, which asks only for the names that are missing."""
    allowed_endpoint(url, address=st.get_option("server.address") or "")
    request: dict[str, Any] = request_of(ctx, clusters.clustering) | {
        "model": model, "url": url, "concurrency": int(session_keys.TAG_AT_ONCE.get(AT_ONCE)),
    }  # fmt: skip
    if numbers:
        request["only"] = list(numbers)
    title = f"Name {counted(len(chosen_clusters(clusters, numbers)), 'cluster')} of {ctx.corpus.name}"
    job = jobs.start(ctx.workspace, job_names.NAME_CLUSTERS, request, title=title, again=True)
    session_keys.NAMING.set(
        {"job": job.id, "corpus": ctx.corpus.id, "clusters": clusters.key, "numbers": list(numbers), "model": model}
    )


def _use(ctx: Context, clusters: Clusters, numbers: Sequence[int], model: str, *, failed: int) -> None:
    words = load_keywords(ctx.workspace, clusters)
    names = kept_names(ctx.workspace, naming_samples(ctx.corpus_text, clusters, words, only=numbers), model)
    wanted = chosen_clusters(clusters, numbers)
    values = renamed_by(clusters, words, dict(zip(wanted, names, strict=True)))
    said = f"Named {counted(len(wanted) - failed, 'cluster')} by {model}"
    if failed:
        said += f"; {counted(failed, 'cluster')} got no name and keep theirs"
    use_names(ctx, values, said)


def _cost(ctx: Context, seen: MapData, clusters: Clusters, numbers: Sequence[int], model: str) -> NamingCost:
    samples = naming_samples(ctx.corpus_text, clusters, seen.words, only=numbers)
    return naming_cost(ctx.workspace, samples, model)
