"""Near-copies on the Corpus page: the ladder, a threshold set by eye, the groups, and the rule for the pool."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import orjson
import pandas as pd
import streamlit as st

from core.component_words import component_phrase
from core.corpus.column_facts import is_numeric
from core.corpus.columns import columns_digest
from core.corpus.corpus_text import CorpusText
from core.corpus.pool import PoolSpec
from core.corpus.store import Corpus
from core.counted import counted
from core.curation.near_copies.groups import groups_are_told
from core.curation.near_copies.ladder import Effect, LadderLine, curve, effect_of, ladder
from core.curation.near_copies.rule import rule_of
from core.curation.near_copies.settings import KEEPS, RUNGS, NearCopies
from core.curation.near_copies.store import are_found
from core.features.embedders import default_embedder, embedder_title
from core.features.embedding import embeddings_key
from core.figures.near_copies import removed_curve
from core.jobs import job_names
from core.workbench.tasks.time_left import expected_seconds
from pages.parts.corpus.copy_groups import copy_groups
from pages.parts.frame import address, jobs, session
from pages.parts.frame.bound_select import bound_segments, bound_select
from pages.parts.frame.figures import show
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.selection import SelectionState


def near_copies(ctx: Context) -> None:
    """Draw the choice of a rung, its curve and threshold, which rows stay, the rule's button and the groups."""
    rung = bound_segments(
        st,
        "Copies by",
        {name: known.title for name, known in RUNGS.items()},
        parameter=address.COPIES_RUNG,
        default="normalised",
    )
    asked = NearCopies(rung=rung, component=ctx.component, embedder=ctx.choice.embedder or default_embedder())
    _meaning(asked)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        asked = replace(asked, threshold=_threshold(asked))
        ready = _ready(ctx, asked)
        if ready:
            _curve(ctx, asked)
    with right:
        asked = _staying(ctx, asked)
        drawn = _effect(*_named(ctx.corpus, asked), _corpus=ctx.corpus, _settings=asked) if ready else None
        if drawn is not None:
            _rule(ctx, drawn)
        _ladder_table(ctx, asked)
    if drawn is not None:
        copy_groups(ctx, drawn, named=_named(ctx.corpus, asked)[2])


def _meaning(asked: NearCopies) -> None:
    rung = RUNGS[asked.rung]
    whose = f" Compared is {component_phrase(asked.component)}." if rung.of_component else ""
    by = f" Vectors of {embedder_title(asked.embedder)}." if asked.rung == "cosine" else ""
    st.caption(plain(f"Copies: {rung.meaning}.{whose}{by}"))


def _threshold(asked: NearCopies) -> float:
    rung = RUNGS[asked.rung]
    if not rung.measure:
        return rung.usual
    parameter = address.COPIES_COSINE if asked.rung == "cosine" else address.COPIES_JACCARD
    key = parameter.key
    if key.there and not rung.least <= float(key.value) <= 1:
        key.drop()
    return float(
        st.slider(
            f"Least {rung.measure} of a pair",
            rung.least,
            1.0,
            rung.usual,
            0.01,
            **parameter.widget,
            help="Higher leaves more rows. Groups are chains: each row is that similar to another of its group.",
        )
    )


def _ready(ctx: Context, asked: NearCopies) -> bool:
    """Whether the copies are found; where not, the offer to find them, or the job's progress, is drawn."""
    corpus = ctx.corpus
    if are_found(corpus, asked) and groups_are_told(corpus, asked):
        return True
    if asked.rung == "cosine":
        text = CorpusText(corpus, asked.component)
        if not corpus.workspace.has("features", embeddings_key(text.corpus_id, text.component, asked.embedder)):
            offer(ctx, "embeddings", component=asked.component)
            return False
    request: dict[str, Any] = {
        "corpus": corpus.id,
        "rung": asked.rung,
        "component": asked.component,
        "embedder": asked.embedder if asked.rung == "cosine" else "",
        "threshold": asked.threshold if are_found(corpus, asked) else 0.0,
    }
    job = jobs.latest(ctx.workspace, job_names.NEAR_COPIES, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="copies-job")
        return False
    takes = jobs.lasting(expected_seconds(ctx.workspace, job_names.NEAR_COPIES, request)).removesuffix(" left")
    with st.container(border=True):
        what = "Every row is compared with every other that could be a copy"
        st.text(f"{what}; the result serves every threshold.{f' That takes {takes} here.' if takes else ''}")
        if st.button(f"Find copies among {counted(len(corpus), 'row')}", type="primary", key="copies-find"):
            title = f"Near-copies of {corpus.name}"
            jobs.start(ctx.workspace, job_names.NEAR_COPIES, request, title=title, again=job is not None)
            st.rerun()
    return False


def _curve(ctx: Context, asked: NearCopies) -> None:
    rung = RUNGS[asked.rung]
    if not rung.measure:
        return
    table = _curve_table(*_named(ctx.corpus, replace(asked, threshold=rung.usual)), _corpus=ctx.corpus, _settings=asked)
    show(
        removed_curve(table, measure=rung.measure, threshold=asked.threshold, mode=ctx.mode),
        key="copies-curve", data=table, name="near-copies",
        caption="Rows that are copies of another at each threshold, rows of templates with them.",
    )  # fmt: skip


def _staying(ctx: Context, asked: NearCopies) -> NearCopies:
    """Draw which rows of a group stay; the settings with it."""
    numbers = [name for name in ctx.corpus.columns if is_numeric(ctx.corpus, name)]
    able = {name: words for name, words in KEEPS.items() if numbers or name not in ("highest", "lowest")}
    left, right = st.columns([1.5, 1])
    keep = bound_select(
        left, "Of each group stays", list(able), parameter=address.COPIES_KEEP, default="longest",
        format_func=lambda name: able[name].capitalize(),
    )  # fmt: skip
    most = right.number_input(
        "Rows that stay", 1, 1_000, 1, **address.COPIES_MOST.widget,
        help="Of each group. With “Same instruction”: at most so many answers to a question.",
    )  # fmt: skip
    asked = replace(asked, most=int(most))
    if RUNGS[asked.rung].measure:
        counted_too = st.toggle(
            "Rows of one template are copies too", value=False, **address.COPIES_TEMPLATES.widget,
            help="A template is a frame of words whose slots differ from row to row. Usually its rows all stay.",
        )  # fmt: skip
        asked = replace(asked, templates=counted_too)
    if keep == "source":
        names = sorted(ctx.corpus.counts_of("source"))
        first = st.multiselect("First sources, in order", names, key="copies-sources", persist_state="session")
        return replace(asked, keep=keep, sources=tuple(first))
    if keep in ("highest", "lowest"):
        column = bound_select(st, "Score", numbers, parameter=address.COPIES_COLUMN, default=numbers[0])
        return replace(asked, keep=keep, column=column)
    if keep == "random":
        seed = st.number_input("Seed", 0, value=0, **address.COPIES_SEED.widget)
        return replace(asked, keep=keep, seed=int(seed))
    return asked


def _rule(ctx: Context, effect: Effect) -> None:
    """Draw what is left out, and the button that sets or takes back the rule of the pool."""
    asked = effect.settings
    if RUNGS[asked.rung].measure and len(effect.groups.templates):
        becomes = "They count as copies." if asked.templates else "They all stay."
        st.caption(
            f"{counted(len(effect.groups.templates), 'group')} with {counted(effect.of_templates, 'row')} come from "
            f"templates, a frame of words with slots. {becomes}"
        )
    free = int((~ctx.corpus.holdout).sum())
    st.markdown(
        f"**{rows(effect.removed)} of {counted(free, 'row')} are left out**, {rows(free - effect.removed)} stay."
    )
    rule = rule_of(asked)
    spec = PoolSpec.of(session.pool_values())
    others = tuple(known for known in spec.rules if known.kind != "near_copies")
    set_now = [known for known in spec.rules if known.kind == "near_copies"]
    with st.container(horizontal=True, vertical_alignment="center"):
        if rule in set_now:
            st.success("The pool leaves them out.", icon=":material/filter_alt:")
            st.button(
                "Take them in again", key="copies-in",
                on_click=partial(_set_rules, ctx.corpus, replace(spec, rules=others), "Near-copies back in the pool"),
            )  # fmt: skip
        else:
            st.button(
                "Leave them out of the pool", type="primary", key="copies-out", disabled=not effect.removed,
                help="Nothing is deleted: the pool gets a rule, which recipes hold."
                + (" It replaces the present rule." if set_now else ""),
                on_click=partial(
                    _set_rules, ctx.corpus, replace(spec, rules=(*others, rule)), "Left near-copies out of the pool"
                ),
            )  # fmt: skip
        steps = SelectionState(ctx.corpus).steps
        if steps:
            st.button(
                "", icon=":material/undo:", key="copies-undo", on_click=SelectionState(ctx.corpus).undo,
                help=f"Undo: {plain(steps[-1].said)}",
            )  # fmt: skip


def _set_rules(corpus: Corpus, spec: PoolSpec, said: str) -> None:
    SelectionState(corpus).do(said, pool=spec.as_dict())


def _ladder_table(ctx: Context, asked: NearCopies) -> None:
    lines = _ladder(*_named(ctx.corpus, asked), _corpus=ctx.corpus, _settings=asked)
    table = pd.DataFrame(
        {
            "Copies by": [line.title for line in lines],
            "from": ["" if line.threshold is None else f"{line.threshold:.2f}" for line in lines],
            "Rows left out": ["not found yet" if line.rows is None else rows(line.rows) for line in lines],
            "Groups": ["" if line.groups is None else rows(line.groups) for line in lines],
            "Templates": ["" if not line.templates else rows(line.templates) for line in lines],
        }
    )
    st.dataframe(table, hide_index=True, width="stretch")


def _named(corpus: Corpus, asked: NearCopies) -> tuple[str, str, str]:
    """What names the effect of settings for the caches: the workspace, the corpus with its columns, the settings."""
    settings = orjson.dumps(asked.as_dict(), option=orjson.OPT_SORT_KEYS).decode()
    there = [are_found(corpus, replace(asked, rung=rung, threshold=0.0)) for rung in RUNGS]
    return str(corpus.workspace.home), f"{corpus.id} {columns_digest(corpus)} {there}", settings


@st.cache_resource(max_entries=16, show_spinner="Looking at the groups …")
def _effect(home: str, corpus: str, settings: str, *, _corpus: Corpus, _settings: NearCopies) -> Effect:
    return effect_of(_corpus, _settings)


@st.cache_resource(max_entries=16, show_spinner="Comparing the rungs …")
def _ladder(home: str, corpus: str, settings: str, *, _corpus: Corpus, _settings: NearCopies) -> list[LadderLine]:
    return ladder(_corpus, _settings)


@st.cache_data(max_entries=16, show_spinner=False)
def _curve_table(home: str, corpus: str, settings: str, *, _corpus: Corpus, _settings: NearCopies) -> pd.DataFrame:
    return curve(_corpus, _settings)
