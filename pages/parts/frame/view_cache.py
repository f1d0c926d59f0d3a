"""The cache of opened corpora, which all sessions with the same settings share."""

from __future__ import annotations

import orjson
import streamlit as st

from core.corpus.columns import columns_digest
from core.corpus.pool import PoolSpec
from core.selection.plan import Plan
from core.view import COMPONENTS
from core.workbench import plans
from core.workbench.build import prepared
from core.workbench.corpus_view import CorpusView, feature_keys, with_component
from core.workbench.feature_settings import FeatureSettings
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from pages.parts.frame import session
from pages.parts.frame.page import Context, corpus_by_id


def corpus_view(ctx: Context, *, component: str | None = None) -> CorpusView:
    """The view of the session's corpus, pool and features; ``component`` selects another text of the same rows."""
    choice = ctx.choice if component in (None, ctx.component) else ctx.choice.with_(component=component)
    return _corpus_view(ctx, choice, ctx.pool)


def with_given_rows(ctx: Context, corpus_view: CorpusView, given: str) -> CorpusView:
    """``corpus_view`` with the rows of the saved subset ``given`` as rows in training; "" for none."""
    return corpus_view if corpus_view.given == given else _corpus_view(ctx, corpus_view.choice, corpus_view.spec, given)


def measurer(corpus_view: CorpusView, component: str) -> Measurer:
    """The measurer of a component, shared by all sessions with the same pool; it is kept beside the view it reads."""
    kept: Measurer = corpus_view.kept.setdefault(("measurer", component), Measurer(corpus_view, component))
    return kept


def plan_of(corpus_view: CorpusView, recipe: Recipe) -> tuple[Recipe, Plan]:
    """The completed recipe and its plan; the plan is prepared here if it is not stored and takes little time."""
    whole = plans.completed(recipe, corpus_view)
    wanted = plans.order_wanted(corpus_view, whole)
    key = plans.stored_key(corpus_view.workspace, whole, wanted=wanted) or f"{plans.plan_key(whole)} {wanted}"
    return whole, _plan(key, corpus_view, whole)


def _corpus_view(ctx: Context, choice: FeatureSettings, pool: PoolSpec, given: str = "") -> CorpusView:
    return _held(_name(ctx, choice, pool, given), ctx, choice, pool, given)


def _name(ctx: Context, choice: FeatureSettings, pool: PoolSpec, given: str) -> str:
    """The cache key of an opened corpus: a newly computed feature, of whatever component, makes a new one."""
    of_component = {component: with_component(choice, component) for component in (choice.component, *COMPONENTS)}
    there = [
        f"{component}.{feature}"
        for component, settings in of_component.items()
        for feature, key in feature_keys(ctx.corpus, settings).items()
        if ctx.workspace.has("features", key)
    ]
    columns = columns_digest(ctx.corpus)
    named = [ctx.corpus.id, choice.as_dict(), pool.as_dict(), there, columns, given]
    return orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()


@st.cache_resource(max_entries=4, show_spinner=False)
def _held(name: str, _ctx: Context, _choice: FeatureSettings, _pool: PoolSpec, _given: str) -> CorpusView:
    corpus = corpus_by_id(str(_ctx.workspace.home), _ctx.corpus.id)
    return CorpusView(session.workspace(), corpus, _choice, _pool, _given)


@st.cache_resource(
    max_entries=8, show_spinner="Preparing the strategy (some are compiled once after a start: seconds) …"
)
def _plan(key: str, _looked: CorpusView, _recipe: Recipe) -> Plan:
    return prepared(_looked, _recipe)[1]
