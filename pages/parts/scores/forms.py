"""Forms that start a scoring job: a language model's scores, DaaR's, and the difficulty of a label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import settings
from core.answers.seed_examples import DOMAIN
from core.counted import counted
from core.device import pick
from core.errors import DiverscopeError
from core.features.models.estimate import estimate
from core.features.models.files import find_model
from core.features.models.scores import SCORES, readings_of, score_named
from core.jobs import job_names
from pages.parts.frame import jobs
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.model_input import MODEL_HELP, model_input, models_hint
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.scores.seed_examples_form import EXAMPLES, labelled_examples, seed_examples_form


def model_form(ctx: Context) -> None:
    """Draw the choice of a model and of scores, and the estimate of the time."""
    left, right, tokens, help_ = st.columns([3, 4, 1.3, 0.5], vertical_alignment="bottom")
    with left:
        model = model_input("Model", key="scores.model")
    what = right.multiselect(
        "Scores",
        [score.name for score in SCORES],
        default=["ppl", "ifd"],
        format_func=lambda name: score_named(name).title,
        key="scores.what",
        persist_state="session",
    )
    limit = tokens.number_input(
        "Tokens a row",
        min_value=16,
        max_value=32_768,
        value=1024,
        step=128,
        key="scores.tokens",
        help="Of a longer row only the beginning of the response and the end of the instruction are read.",
    )
    with help_:
        formulas = "\n\n".join(f"{score.title}:\n{score.formula}" for score in SCORES if score.name in what)
        explain("each score", formula=formulas or "Choose a score.", key="scores.what.explain")
    request: dict[str, Any] = {"corpus": ctx.corpus.id, "model": model, "what": what, "max_tokens": int(limit)}
    readings = readings_of(what)
    if "given after" in readings:
        after, final = st.columns(2)
        with after:
            request["after"] = model_input("The model after training", key="scores.after")
        if "given final" in readings:
            with final:
                request["final"] = model_input("The last checkpoint", key="scores.final")
    ready = bool(model and what) and all(request.get(role, True) for role in ("after", "final"))
    if ready:
        estimated(ctx, model, readings, int(limit))
    elif not model:
        models_hint()
    start(ctx, job_names.MODEL_SCORES, request, ready=ready, title=f"Score {ctx.corpus.name}")


def estimated(ctx: Context, model: str, readings: list[str], limit: int, *, passes: float = 1.0) -> None:
    """Draw how long reading takes, or that the model has to be downloaded first.

    ``readings`` are "alone", "given" or a component's name; ``passes`` is 2 where a backward pass is done as well.
    """
    with guarded():
        files = find_model(model)
        if files.folder is None:
            place = (
                "the hub must not be asked here" if settings.offline() else "it will be downloaded from the hub first"
            )
            st.caption(f"{plain(model)} is not on this machine, {place}.")
            return
        told = estimate(
            files,
            asked=ctx.corpus.text("instruction"),
            answered=ctx.corpus.text("response"),
            readings=readings,
            max_tokens=limit,
            device=pick(),
            passes=passes,
        )
        lasts = jobs.lasting(told.seconds).replace(" left", "")
        st.caption(
            f"{rows(files.parameters)} weights · about {rows(told.tokens)} tokens to read"
            + (f" · roughly {plain(lasts)} here (within a factor of three)" if lasts else "")
            + ". What is read is kept: a stopped job continues where it was."
        )


def daar_form(ctx: Context) -> None:
    """Draw the form for DaaR's scores on a model's layers."""
    left, right, help_ = st.columns([3, 4, 0.5], vertical_alignment="bottom")
    with left:
        model = model_input("Model", key="scores.daar.model")
    what = right.multiselect(
        "Scores",
        ["inter", "intra", "entropy"],
        default=["inter", "intra", "entropy"],
        key="scores.daar.what",
        help="Inter and intra read only the embedding layer; the entropy reads the first layers.",
    )
    with help_:
        explain(
            "DaaR",
            formula="inter(x) = Σ over the other domains j of cos(x, C_j)\nintra(x) = cos(x, C_k)\n"
            "entropy(x) = −Σ p_k ln p_k of an MLP trained to tell the domains apart, mean over probes\n"
            "x: mean over a row's tokens of the embedding layer (entropy: of the first layers)",
            source="Diversity as a Reward (arXiv 2502.04380)",
            key="scores.daar.explain",
        )
    column, parts, layers, epochs, probes, stage = st.columns([3, 1.4, 1.4, 1.4, 1.4, 2], vertical_alignment="bottom")
    examples = labelled_examples(ctx)
    chosen = str(
        column.selectbox(
            "Domains",
            ["", *(f"{EXAMPLES}{corpus}" for corpus in examples), *ctx.corpus.columns],
            format_func=lambda name: _domains_said(name, examples),
            key="scores.daar.column",
            help="A label of each row; rows without a label join the nearest domain, so a few labelled rows are "
            "enough. Or the examples that a model wrote (below), whose means are the centres that rows are labelled "
            "by.",
        )
    )
    by_examples = chosen.removeprefix(EXAMPLES) if chosen.startswith(EXAMPLES) else ""
    domain = DOMAIN if by_examples else chosen
    request = {
        "corpus": ctx.corpus.id,
        "component": ctx.component,
        "model": model,
        "what": what,
        "column": domain,
        "parts": int(parts.number_input("Pseudo-domains", 2, 1000, 8, key="scores.daar.parts", disabled=bool(domain))),
        "layers": int(layers.number_input("Layers read", 1, 100, 3, key="scores.daar.layers", help="The paper's: 3.")),
        "epochs": int(epochs.number_input("Epochs", 1, 100, 1, key="scores.daar.epochs", help="More: a surer probe.")),
        "probes": int(
            probes.number_input("Probes", 1, 50, 3, key="scores.daar.probes", help="Averaged: more, steadier.")
        ),
        "regressor": bool(
            stage.toggle("Second stage", key="scores.daar.regressor", help="Predict the entropy, as the paper does.")
        ),
        **({"examples": by_examples} if by_examples else {}),
    }
    st.caption(
        f"Reads the {ctx.component} of every row; the paper takes instruction, input and response together (both). "
        "Without a model, DaaR on the Subsets page works on the sentence embeddings."
    )
    if not model:
        models_hint()
    start(ctx, job_names.DAAR, request, ready=bool(model and what), title=f"DaaR of {ctx.corpus.name}")
    with st.expander("Have a model write examples of domains, whose means become the centres", key="seeds.form"):
        seed_examples_form(ctx)


def _domains_said(name: str, examples: Mapping[str, str]) -> str:
    if name.startswith(EXAMPLES):
        return f"by examples: {examples.get(name.removeprefix(EXAMPLES), name)}"
    return name or "pseudo-domains (k-means)"


def difficulty_form(ctx: Context) -> None:
    """Draw the form for EL2N and the last layer's gradient norm, for rows with a label."""
    left, right, epochs, runs, help_ = st.columns([2.5, 3, 1.2, 1.2, 0.5], vertical_alignment="bottom")
    column = left.selectbox(
        "Label column", ctx.corpus.columns, index=None, placeholder="Choose a column", key="scores.hard.column"
    )
    with right:
        model = model_input(
            "Model (empty: the sentence embeddings)", key="scores.hard.model", help=f"Its first 3 layers. {MODEL_HELP}"
        )
    request: dict[str, Any] = {
        "corpus": ctx.corpus.id,
        "component": ctx.component,
        "column": column,
        "model": model,
        "embedder": ctx.embedder,
        "epochs": int(epochs.number_input("Epochs", 1, 100, 3, key="scores.hard.epochs")),
        "runs": int(runs.number_input("Probes", 1, 20, 5, key="scores.hard.runs", help="Averaged.")),
    }
    with help_:
        explain(
            "label difficulty",
            formula="EL2N = ‖p − y‖₂\ngradient norm of the last layer = ‖p − y‖₂ · ‖[h, 1]‖₂\n"
            "p: probabilities of a small classifier early in training; y: the label; h: its last layer's input",
            source="On a probe over frozen vectors, after Deep Learning on a Data Diet (arXiv 2107.07075)",
            key="scores.hard.explain",
        )
    start(ctx, job_names.DIFFICULTY, request, ready=column is not None, title=f"Label difficulty of {ctx.corpus.name}")


def start(
    ctx: Context, task: str, request: dict[str, Any], *, ready: bool, title: str, verb: str = "Score", label: str = "",
    again: bool = False,
) -> None:  # fmt: skip
    """Draw the button, which says ``label`` (else ``verb`` and the rows), or the progress of the job it started.

    ``again`` is for a job whose result the caller looks for and has not found, though such a job may have run.
    """
    job = jobs.latest(ctx.workspace, task, request) if ready else None
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key=f"scores.{task}")
        return
    key = f"scores.start.{task}"
    with st.container(horizontal=True, vertical_alignment="center"):
        said = label or f"{verb} {counted(len(ctx.corpus), 'row')}"
        pressed = st.button(said, type="primary", disabled=not ready, key=key)
        if ready and task not in (job_names.MODEL_SCORES, job_names.MODEL_VECTORS):  # a model's own estimate is above
            st.caption(jobs.takes_here(ctx.workspace, task, request))
    if pressed:
        try:
            if request.get("model"):
                find_model(str(request["model"]))
        except DiverscopeError as error:
            st.error(f"**{plain(error.what)}** {plain(error.remedy)}")
            return
        jobs.start(ctx.workspace, task, request, title=title, again=again)
        st.rerun()
    if job is not None and job.result:
        made = ", ".join(str(name) for name in job.result.get("columns", {}).values())
        if made:
            st.success(f"Done: {plain(made)}. They colour the map, filter the pool and rank rows on the Subsets page.")
