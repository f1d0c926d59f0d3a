"""The form with which models rate rows: on this machine, or behind an endpoint, with what it costs first."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.counted import counted
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import TAGGER
from core.features.self_rating.asked import questions_about, rating_cost
from core.features.self_rating.levels import ALPHA
from core.features.self_rating.words import QUESTIONS
from core.jobs import job_names
from core.workbench.tasks.self_rating import LEVELS, SOURCE
from pages.parts.frame import jobs
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.model_input import model_input, models_hint
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

WAYS = {"local": "A model on this machine", "endpoint": "A model behind an endpoint"}


def self_rating_form(ctx: Context) -> None:
    """Draw the models, the levels, what it costs, and the job."""
    left, middle, right, help_ = st.columns([3, 3, 1.4, 0.5], vertical_alignment="bottom")
    way = left.segmented_control(
        "By", list(WAYS), default="local", required=True, format_func=WAYS.__getitem__, key="scores.rating.way"
    )
    what = middle.multiselect(
        "Levels", list(LEVELS), default=["sentence"], format_func=lambda name: LEVELS[name].title,
        key="scores.rating.what",
    )  # fmt: skip
    questions = int(
        right.number_input(
            "Questions a row", 1, len(QUESTIONS), len(QUESTIONS), key="scores.rating.questions",
            help="The same is asked in so many wordings. More: a steadier rating, and so many times the work.",
        )
    )  # fmt: skip
    with help_:
        formulas = "\n\n".join(f"{level.title}:\n{level.formula}" for level in LEVELS.values())
        explain("self-rating", formula=formulas, source=SOURCE, key="scores.rating.explain")
    request: dict[str, Any] = {
        "corpus": ctx.corpus.id, "what": what, "questions": questions, **(_asked() if way == "endpoint" else _local()),
    }  # fmt: skip
    request["alpha"] = float(
        st.slider(
            "α, how far disagreeing questions lower a row", 0.0, 2.0, ALPHA, 0.05, key="scores.rating.alpha",
            help="0: the mean over the questions. As it grows, rows whose rating depends on the wording fall.",
        )
    )  # fmt: skip
    _start(ctx, request, ready=bool(what and request["models"] and (request["url"] or way == "local")))


def _local() -> dict[str, Any]:
    left, right, tokens = st.columns([3, 3, 1.4], vertical_alignment="bottom")
    with left:
        first = model_input("Model", key="scores.rating.model")
    with right:
        second = model_input("A second model (for the model level)", key="scores.rating.second")
    limit = tokens.number_input(
        "Tokens a question", 128, 32_768, 1024, step=128, key="scores.rating.tokens",
        help="A longer question loses the end of the response.",
    )  # fmt: skip
    if not first:
        models_hint()
    return {"models": [name for name in (first, second) if name], "url": "", "max_tokens": int(limit)}


def _asked() -> dict[str, Any]:
    left, right = st.columns([3, 2])
    url = left.text_input(
        "Address", key="scores.rating.url", placeholder="http://127.0.0.1:8000/v1", persist_state="session",
        help="The base of an OpenAI-compatible endpoint that gives log-probabilities. Every row is sent there.",
    )  # fmt: skip
    model = right.text_input(
        "Model", key="scores.rating.served", persist_state="session",
        help="The name under which the endpoint serves it. Several, between commas, also give the model level.",
    )  # fmt: skip
    key_line(TAGGER)
    return {"models": [name.strip() for name in model.split(",") if name.strip()], "url": url.strip()}


def _start(ctx: Context, request: dict[str, Any], *, ready: bool) -> None:
    job = jobs.latest(ctx.workspace, job_names.SELF_RATING, request) if ready else None
    if job is not None and job.state in jobs.LIVE:
        jobs.follow(ctx.workspace, job, key="scores.rating.job")
        return
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="scores.rating.job")
    if ready and request["url"]:
        st.caption(_cost_line(ctx, request))
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            f"Rate {counted(len(ctx.corpus), 'row')}", type="primary", disabled=not ready, key="scores.rating.start"
        )
        if ready:
            st.caption(jobs.takes_here(ctx.workspace, job_names.SELF_RATING, request))
    if pressed:
        with guarded():
            if request["url"]:
                allowed_endpoint(request["url"], address=st.get_option("server.address") or "")
            jobs.start(
                ctx.workspace,
                job_names.SELF_RATING,
                request,
                title=f"Rate {ctx.corpus.name}",
                again=bool(request["url"]),
            )
            st.rerun()
    if job is not None and job.state == "done" and job.result:
        made = ", ".join(str(name) for name in job.result.get("columns", {}).values())
        st.success(f"Done: {plain(made)}. They colour the map, filter the pool and rank rows on the Subsets page.")
        failed = int(job.result.get("failed", 0))
        if failed:
            st.warning(f"{counted(failed, 'question')} got no rating. Rate asks them again.")
        if job.result.get("notice"):
            st.warning(plain(job.result["notice"]))


def _cost_line(ctx: Context, request: dict[str, Any]) -> str:
    """What the endpoint is asked, in words."""
    texts = questions_about(ctx.corpus.text("instruction"), ctx.corpus.text("response"), questions=request["questions"])
    costs = [rating_cost(ctx.workspace, texts, model) for model in dict.fromkeys(request["models"])]
    calls, kept = sum(cost.calls for cost in costs), sum(cost.kept for cost in costs)
    if not calls:
        return f"Nothing is sent: {counted(kept, 'answer')} {'is' if kept == 1 else 'are'} there already."
    there = f", {counted(kept, 'answer')} there already" if kept else ""
    read, written = (sum(getattr(cost, part) for cost in costs) for part in ("prompt_tokens", "completion_tokens"))
    return f"{counted(calls, 'question')}{there}: about {rows(read)} tokens in and at most {rows(written)} out."
