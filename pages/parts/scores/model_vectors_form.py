"""The form that gives rows a causal model's vectors, which are then chosen as an embedder is."""

from __future__ import annotations

import streamlit as st

from core.component_words import component_phrase
from core.corpus.column_facts import label_columns
from core.corpus.corpus_list import list_corpora
from core.corpus.store import open_corpus
from core.counted import counted
from core.features.embedders import MODEL, default_embedder, embedder_title
from core.features.gradients.settings import KINDS, VectorSettings
from core.features.gradients.store import GRADIENT_COMPONENT
from core.features.own_vectors import given_embedders
from core.jobs import job_names
from core.workbench.tasks.influences import influences_request
from core.workbench.tasks.model_vectors import vectors_request
from pages.parts.frame import jobs, session
from pages.parts.frame.explain import explain
from pages.parts.frame.model_input import model_input, models_hint
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, sendable
from pages.parts.scores.forms import estimated, start

FORMULAS = (
    "gradient of a row: ∇ of −(1/T) Σ ln p(y_t | x, y_<t) over the T tokens of its response\n"
    "adapters: W + B A beside every linear layer, A random signs / √in, B = 0; the gradient of B\n"
    "block: the weights of the last block's linear layers\n"
    "Adam's step: m̂ / (√v̂ + ε), m̂ = (β₁ m + (1 − β₁) g) / (1 − β₁^(t + 1)), v̂ likewise of g², m and v after t steps\n"
    "projection: each weight is added, with a random sign, to one random dimension; then length 1\n"
    "states: Σ t · h_t / Σ t, h_t the last layer's state of the t-th token"
)
SOURCE = (
    "Gradients as features: LESS (arXiv 2402.04333), TAGCOS (2407.15235), G-Vendi (2505.20161), with untrained "
    "adapters and a sparse projection of ours. States: RDS+ (arXiv 2503.01807)."
)


def model_vectors_form(ctx: Context) -> None:
    """Draw the choice of a model and of its vectors, what it takes, and the choice of vectors that are there."""
    usual = VectorSettings()
    left, right, help_ = st.columns([3, 5, 0.5], vertical_alignment="bottom")
    with left:
        model = model_input("Model", key="scores.vectors.model")
    kind = str(
        right.selectbox(
            "Vectors", list(KINDS), format_func=KINDS.__getitem__, key="scores.vectors.kind", persist_state="session"
        )
    )
    with help_:
        explain("a model's vectors", formula=FORMULAS, source=SOURCE, key="scores.vectors.explain")
    of_gradients = VectorSettings(kind=kind).of_gradients
    component = GRADIENT_COMPONENT if of_gradients else ctx.component
    tokens, dimensions, rank, seed = st.columns(4, vertical_alignment="bottom")
    max_tokens = tokens.number_input(
        "Tokens a row", 16, 32_768, usual.max_tokens, 128, key="scores.vectors.tokens",
        help="Of a longer row the beginning of the response and the end of the instruction are read.",
    )  # fmt: skip
    size = dimensions.number_input(
        "Dimensions", 8, 32_768, usual.dimensions, 128, key="scores.vectors.dimensions", disabled=not of_gradients,
        help="Of the projection. More: cosines nearer to those of the whole gradients, and larger files.",
    )  # fmt: skip
    wide = rank.number_input(
        "Rank of the adapters", 1, 256, usual.rank, key="scores.vectors.rank", disabled=kind != "adapters",
        help="More: they see more of each matrix's gradient.",
    )  # fmt: skip
    drawn = seed.number_input(
        "Seed", 0, 2**31 - 1, usual.seed, key="scores.vectors.seed", disabled=not of_gradients,
        help="Only vectors of one seed, and of one model, can be compared.",
    )  # fmt: skip
    adam = st.checkbox(
        "Adam’s steps, as LESS takes them", key="scores.vectors.adam", disabled=kind != "block",
        help="Of the last block: the step that Adam would make for the row, from the moments that the Train page "
        "writes beside a trained model that it keeps. Give the examples plain gradients of the same model.",
    ) and kind == "block"  # fmt: skip
    more = st.text_input(
        "Further checkpoints (folders, comma-separated)", key="scores.vectors.checkpoints", disabled=not of_gradients,
        help="Checkpoints of one training: their gradients are joined, and how much they vary becomes a column.",
    )  # fmt: skip
    checkpoints = [word.strip() for word in more.split(",") if word.strip()] if of_gradients else []
    rates = st.text_input(
        "Learning rates, one for each", key="scores.vectors.rates", placeholder="empty: all count alike",
    ) if checkpoints else ""  # fmt: skip
    weights = numbers(rates)
    request = vectors_request(
        ctx.corpus.id, model=model, kind=kind, component=component, dimensions=int(size), rank=int(wide),
        seed=int(drawn), max_tokens=int(max_tokens), adam=adam, checkpoints=checkpoints, rates=weights or (),
    )  # fmt: skip
    if weights is None:
        st.warning("A learning rate is a number above 0; write them with commas between.")
    if model:
        estimated(ctx, model, ["given" if of_gradients else component] * (1 + len(checkpoints)), int(max_tokens),
                  passes=2.0 if of_gradients else 1.0)  # fmt: skip
    else:
        models_hint()
    st.caption(plain(_said(ctx, of_gradients=of_gradients)))
    ready = bool(model) and weights is not None
    start(ctx, job_names.MODEL_VECTORS, request, ready=ready, title=f"Model vectors of {ctx.corpus.name}", verb="Read")
    done = jobs.latest(ctx.workspace, job_names.MODEL_VECTORS, request) if ready else None
    if done is not None and done.state == "done" and done.result:
        _offer(ctx, str(done.result["embedder"]), component)
    elif names := [name for name in given_embedders(ctx.corpus_text) if name.startswith(MODEL)]:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(
                f"{counted(len(names), 'set')} of a model's vectors there already", names,
                format_func=lambda name: sendable(embedder_title(name)), key="scores.vectors.there",
            )  # fmt: skip
            _offer(ctx, chosen, ctx.component, label="Use on every page")
    with st.expander("How much each row helps the tasks of some examples: a column a task, for BIDS"):
        influences_form(ctx)


def influences_form(ctx: Context) -> None:
    """Draw the choice of examples and their tasks, and the button that makes a column of each task."""
    others = {info.id: info.name for info in list_corpora(ctx.workspace) if info.id != ctx.corpus.id}
    if not others:
        st.text("Load examples of your tasks as a second corpus, and give them vectors of the same kind.")
        return
    left, right, help_ = st.columns([3, 3, 0.5], vertical_alignment="bottom")
    target = str(
        left.selectbox("Examples", list(others), format_func=others.__getitem__, key="scores.influences.target")
    )
    column = right.selectbox(
        "Tasks", ["", *label_columns(open_corpus(ctx.workspace, target))],
        format_func=lambda name: name or "all examples are one task", key=f"scores.influences.column.{target}",
    )  # fmt: skip
    with help_:
        explain(
            "influences",
            formula="cos(v_x, mean of v over a task's examples), v the vectors chosen as embedder",
            source="TracIn (arXiv 2002.08484), LESS (arXiv 2402.04333) where v are gradients",
            meaning="With gradients: whether training on the row helps the task. BIDS balances the columns.",
            key="scores.influences.explain",
        )
    embedder = ctx.embedder or default_embedder()
    st.caption(plain(f"Read from {embedder_title(embedder)} of {component_phrase(ctx.component)}, in both corpora."))
    request = influences_request(ctx.corpus.id, ctx.component, target=target, embedder=embedder, column=column or "")
    start(ctx, job_names.INFLUENCES, request, ready=True, title=f"Influences in {ctx.corpus.name}", verb="Compare")


def numbers(text: str) -> list[float] | None:
    """The numbers above 0 in a list with commas, none for an empty one; None where something else stands there."""
    try:
        values = [float(word) for word in text.split(",") if word.strip()]
    except ValueError:
        return None
    return values if all(0 < value < float("inf") for value in values) else None


def _said(ctx: Context, *, of_gradients: bool) -> str:
    """What the vectors are of, and what they are good for."""
    if of_gradients:
        return (
            "Of the response's loss given its instruction: two rows are near where they would change the model alike. "
            "For TAGCOS, LESS and G-Vendi, and for every other strategy and metric that reads embeddings."
        )
    other = "" if ctx.component == "both" else " RDS+ reads instruction and response together: choose “both” above."
    return f"Of {component_phrase(ctx.component)}.{other}"


def _offer(ctx: Context, name: str, component: str, *, label: str = "") -> None:
    """Draw the button that makes the vectors those of every page; ``label`` is what it says, else their name."""
    if ctx.choice.embedder == name and ctx.component == component:
        st.caption("Every page reads these vectors now. The Clusters page chooses others.")
        return
    if st.button(label or f"Use {plain(embedder_title(name))} on every page", key="scores.vectors.use"):
        session.choose(embedder=name, component=component)
        st.rerun()
