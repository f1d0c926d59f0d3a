"""The form with which a model answers a prompt set: behind an endpoint, or on this machine."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.counted import counted, figure3
from core.endpoint.client import Sampling, allowed_endpoint
from core.endpoint.service import ANSWERS
from core.jobs import job_names
from core.judging.generating import answering_tokens
from core.judging.prompt_set import PromptSet
from core.workbench.judging.authors import subset_names, trained_models
from pages.parts.frame import jobs
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.guard import guarded
from pages.parts.frame.model_input import model_input, models_hint
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

OTHER = "other"
HELP = "A hub id (owner/model) or a folder of this server: config.json, a tokenizer and weights as safetensors."
WAYS = {"local": "A model on this machine", "endpoint": "A model behind an endpoint"}


def writing_form(ctx: Context, prompts: PromptSet) -> None:
    """Draw the form, what an endpoint would cost, and the job."""
    way = st.segmented_control(
        "By", list(WAYS), default="local", required=True, format_func=WAYS.__getitem__, key="judge.write.way"
    )
    request: dict[str, Any] = {"prompts": prompts.key, "concurrency": 8, "precision": "auto"}
    request |= _endpoint() if way == "endpoint" else _local(ctx)
    named = bool(request["model"]) and bool(request["url"] or way != "endpoint")
    left, middle, right = st.columns(3)
    request["temperature"] = left.number_input(
        "Temperature", 0.0, 2.0, 0.0, 0.1, key="judge.write.temperature", help="0 takes the likeliest token each time."
    )
    request["max_tokens"] = int(
        middle.number_input("Longest answer, tokens", 1, 32_768, 512, key="judge.write.most", step=64)
    )
    request["seed"] = int(
        right.number_input(
            "Seed", 0, 2**31 - 1, 0, key="judge.write.seed", help="Of drawing, where the temperature is above 0."
        )
    )
    with st.expander("Name, subset, system message", key="judge.write.more"):
        request["name"] = st.text_input("Name of the answers", key="judge.write.name", placeholder="the model's")
        names = subset_names(ctx.workspace)
        request["subset"] = st.selectbox(
            "Trained on the subset", ["", *names], key="judge.write.subset",
            format_func=lambda digest: names[digest] if digest else "What the model's own record says, if it has one",
        )  # fmt: skip
        request["base"] = st.text_input("Base model", key="judge.write.base")
        seed = st.number_input("Training seed", value=None, step=1, min_value=0, key="judge.write.training-seed")
        request["training_seed"] = None if seed is None else int(seed)
        request["system"] = st.text_area("System message", key="judge.write.system", height=80)
    _start(ctx, prompts, request, ready=named)


def _endpoint() -> dict[str, Any]:
    left, right = st.columns([3, 2])
    url = left.text_input(
        "Address", key="judge.write.url", placeholder="http://127.0.0.1:8000/v1",
        help="The base of any OpenAI-compatible endpoint. The prompts are sent there.",
    )  # fmt: skip
    model = right.text_input("Model", key="judge.write.model", help="The name under which the endpoint serves it.")
    key_line(ANSWERS)
    return {"url": url.strip(), "model": model.strip(), "template": "auto"}


def _local(ctx: Context) -> dict[str, Any]:
    left, right = st.columns([3, 2])
    trained = trained_models(ctx.workspace)
    with left:
        picked = ""
        if trained:
            picked = st.selectbox(
                "A model trained here", [*trained, OTHER], key="judge.write.trained",
                format_func=lambda key: trained.get(key, "Another model"),
            )  # fmt: skip
        if picked in ("", OTHER):
            picked = model_input("Model", key="judge.write.local", help=HELP)
            if not picked:
                models_hint()
    template = right.segmented_control(
        "Chat template", ["auto", "none"], default="auto", required=True, key="judge.write.template",
        help="auto: the tokenizer's own where it has one; none: the instruction and a line break.",
    )  # fmt: skip
    return {"url": "", "model": picked, "template": template}


def _start(ctx: Context, prompts: PromptSet, request: dict[str, Any], *, ready: bool) -> None:
    if request["url"]:
        sampling = Sampling(temperature=request["temperature"], max_tokens=request["max_tokens"])
        cost = answering_tokens(prompts, sampling, request["system"])
        st.markdown(
            f"**{counted(cost['calls'], 'call')}** · about **{rows(cost['prompt_tokens'])}** tokens in, "
            f"**{rows(cost['completion_tokens'])}** out (at most {figure3(cost['most_completion_tokens'])})"
        )
    running = jobs.latest(ctx.workspace, job_names.ANSWER, request) if ready else None
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key="judge-answer-job")
        if running.state in jobs.LIVE:
            return
    label = f"Answer {counted(len(prompts), 'prompt')}"
    if st.button(label, type="primary", key="judge-write", disabled=not ready):
        with guarded():
            if request["url"]:
                allowed_endpoint(request["url"], address=st.get_option("server.address") or "", service=ANSWERS)
            title = f"Answers of {request['name'] or request['model']} to {prompts.name}"
            jobs.start(ctx.workspace, job_names.ANSWER, request, title=title)
            st.rerun()
    if running is not None and running.state == "done":
        st.caption(plain(f"These are there: {(running.result or {}).get('name', '')}."))
