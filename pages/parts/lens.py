"""The opened corpus behind a page, held once for all sessions that look through the same choice."""

from __future__ import annotations

import orjson
import streamlit as st

from core.corpus.columns import columns_digest
from core.corpus.pool import PoolSpec
from core.selection.plan import Plan
from core.workbench import plans
from core.workbench.build import prepared
from core.workbench.choice import Choice
from core.workbench.opened import Opened, feature_keys
from core.workbench.readings import Scale
from core.workbench.recipe import Recipe
from pages.parts import session
from pages.parts.frame import Context, corpus_by_id


def opened(ctx: Context, *, component: str | None = None) -> Opened:
    """The session's corpus, pool and features; ``component`` looks at another text of the same rows."""
    choice = ctx.choice if component in (None, ctx.component) else ctx.choice.with_(component=component)
    return _opened(ctx, choice, ctx.pool)


def opened_with(ctx: Context, looked: Opened, given: str) -> Opened:
    """``looked`` with the rows of a saved subset as rows in training; "" for none."""
    return looked if looked.given == given else _opened(ctx, looked.choice, looked.spec, given)


def scale(ctx: Context, looked: Opened, component: str) -> Scale:
    """The measure of one component, shared by all sessions at the same pool."""
    return _scale(_name(ctx, looked.choice, looked.spec, looked.given), looked, component)


def plan_of(looked: Opened, recipe: Recipe) -> tuple[Recipe, Plan]:
    """The completed recipe and its plan, prepared here where it is light and not there yet."""
    whole = plans.completed(recipe, looked)
    return whole, _plan(plans.plan_key(whole), looked, whole)


def _opened(ctx: Context, choice: Choice, pool: PoolSpec, given: str = "") -> Opened:
    return _held(_name(ctx, choice, pool, given), ctx, choice, pool, given)


def _name(ctx: Context, choice: Choice, pool: PoolSpec, given: str) -> str:
    """What the opened corpus depends on: a feature that arrives makes a new one."""
    there = [feature for feature, key in feature_keys(ctx.corpus, choice).items() if ctx.workspace.has("features", key)]
    columns = columns_digest(ctx.corpus)
    named = [ctx.corpus.id, choice.as_dict(), pool.as_dict(), there, columns, given]
    return orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()


@st.cache_resource(max_entries=4, show_spinner=False)
def _held(name: str, _ctx: Context, _choice: Choice, _pool: PoolSpec, _given: str) -> Opened:
    corpus = corpus_by_id(str(_ctx.workspace.home), _ctx.corpus.id)
    return Opened(session.workspace(), corpus, _choice, _pool, _given)


@st.cache_resource(max_entries=8, show_spinner=False)
def _scale(name: str, _looked: Opened, component: str) -> Scale:
    return Scale(_looked, component)


@st.cache_resource(
    max_entries=8, show_spinner="Preparing the strategy (some are compiled once after a start: seconds) …"
)
def _plan(key: str, _looked: Opened, _recipe: Recipe) -> Plan:
    return prepared(_looked, _recipe)[1]
