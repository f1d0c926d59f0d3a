"""The form that has a model write examples of domains: which domains, how many, what it costs; a corpus comes of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.answers.seed_examples import DOMAIN, SeedPlan
from core.corpus.corpus_list import list_corpora
from core.corpus.store import open_corpus
from core.counted import counted, figure3
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import ANSWERS
from core.jobs import job_names
from core.workbench.tasks.seed_examples import seeds_cost, seeds_request
from pages.parts.frame import jobs
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.model_input import model_input, models_hint
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

EXAMPLES = "examples:"  # before a corpus's id, where the domains are those of its rows
WAYS = {"local": "A model on this machine", "endpoint": "A model behind an endpoint"}
FORMULA = (
    "at first some examples of each domain in one reply; then one a round, beside others drawn from those before\n"
    "an example stays if its cosine with each that stays is below the likeness\n"
    "C_k = mean vector of domain k's examples; rows: k-means from these centres, one start"
)
SOURCE = (
    "DaaR (arXiv 2502.04380), section 4.1: 5 at first, 3 shown, likeness 0.85, 30 rounds (10 are said to be enough). "
    "The words of the questions are ours; examples are shown from all that differ, and likeness is told by a sentence "
    "embedder."
)


def labelled_examples(ctx: Context) -> dict[str, str]:
    """Other corpora whose rows name their domain as a model's examples do: id and name."""
    others = [info for info in list_corpora(ctx.workspace) if info.id != ctx.corpus.id]
    return {info.id: info.name for info in others if DOMAIN in open_corpus(ctx.workspace, info.id).columns}


def seed_examples_form(ctx: Context) -> None:
    """Draw the choice of a model and of domains, what it costs, and the job."""
    left, right = st.columns([12, 1], vertical_alignment="center")
    way = left.segmented_control(
        "Written by", list(WAYS), default="endpoint", required=True, format_func=WAYS.__getitem__, key="seeds.way",
        label_visibility="collapsed",
    )  # fmt: skip
    with right:
        explain("a model's own examples", formula=FORMULA, source=SOURCE, key="seeds.explain")
    url, model = "", ""
    if way == "endpoint":
        address, name = st.columns([3, 2])
        url = address.text_input(
            "Address", key="seeds.url", placeholder="http://127.0.0.1:8000/v1", persist_state="session",
            help="The base of any OpenAI-compatible endpoint. The names of the domains and its own examples are sent "
            "there, no row of the corpus.",
        ).strip()  # fmt: skip
        model = name.text_input("Model", key="seeds.model", persist_state="session").strip()
        key_line(ANSWERS)
    else:
        model = model_input("Model", key="seeds.local")
        if not model:
            models_hint()
    words = st.text_area(
        "Domains, one a line", key="seeds.domains", height=90,
        placeholder="poetry: verse in set forms and free\narithmetic: word problems with a number as answer",
        help="NAME: DESCRIPTION. Empty: the model names them.",
    )  # fmt: skip
    pairs = [line.partition(":")[::2] for line in words.splitlines() if line.strip()]
    invented, first, rounds, anchors, likeness, seed = st.columns(6, vertical_alignment="bottom")
    with guarded():
        plan = SeedPlan(
            domains=tuple((name.strip(), about.strip()) for name, about in pairs),
            invented=int(invented.number_input("Domains it names", 2, 64, 6, key="seeds.invented",
                                               disabled=bool(pairs))),
            first=int(first.number_input("At first", 1, 20, 5, key="seeds.first", help="Examples in one reply.")),
            rounds=int(rounds.number_input("Rounds", 0, 200, 10, key="seeds.rounds",
                                           help="One more example of each domain in each: steadier centres.")),
            anchors=int(anchors.number_input("Shown", 1, 10, 3, key="seeds.anchors", help="In a further question.")),
            likeness=float(likeness.number_input("Likeness", 0.05, 1.0, 0.85, 0.05, key="seeds.likeness",
                                                 help="Lower: fewer, more varied examples. Asks nothing anew.")),
            seed=int(seed.number_input("Seed", 0, 2**31 - 1, 0, key="seeds.seed")),
        )  # fmt: skip
        if not model or (way == "endpoint" and not url):
            return
        _priced_and_started(ctx, seeds_request(plan, model=model, url=url))


def _priced_and_started(ctx: Context, request: dict[str, Any]) -> None:
    cost = seeds_cost(ctx.workspace, request)
    st.markdown(
        f"**{counted(cost.calls, 'question')}** to ask, {rows(cost.kept)} answered already · about "
        f"**{rows(cost.prompt_tokens)}** tokens in, **{rows(cost.completion_tokens)}** out (at most "
        f"{rows(cost.most_completion_tokens)})"
    )
    if request["url"]:
        left, right, _ = st.columns([1, 1, 2])
        price_in = left.number_input("Price in", 0.0, key="seeds.price-in", help="For a million tokens sent.")
        price_out = right.number_input("Price out", 0.0, key="seeds.price-out", help="For a million tokens answered.")
        if price_in or price_out:
            st.markdown(f"Cost about **{figure3(cost.money(price_in=price_in, price_out=price_out))}**")
    job = jobs.latest(ctx.workspace, job_names.SEED_EXAMPLES, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="seeds.job")
        return
    if job is not None and job.result:
        made = job.result
        kept = ", ".join(f"{name}: {count:,}" for name, count in made["domains"].items())
        st.success(plain(
            f"{made['name']} has {counted(made['rows'], 'example')} ({kept}); {made['alike']:,} were like another. "
            f"Choose it under Domains above."
        ))  # fmt: skip
    label = f"Ask {counted(cost.calls, 'question')}" if cost.calls else "Put together what is there"
    if st.button(label, type="primary", key="seeds.start"):
        if request["url"]:
            allowed_endpoint(request["url"], address=st.get_option("server.address") or "", service=ANSWERS)
        jobs.start(ctx.workspace, job_names.SEED_EXAMPLES, request, title=f"Examples by {request['model']}", again=True)
        st.rerun()
