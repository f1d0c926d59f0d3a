"""What is measured and how: the thing, the component, the reference, the seed, the metrics' knobs."""

from __future__ import annotations

from typing import Any

import orjson
import streamlit as st

from core.corpus.columns import columns_digest
from core.corpus.pool import PoolSpec
from core.corpus.store import list_corpora
from core.metrics.metric import Metric
from core.metrics.registry import metric
from core.view import COMPONENTS
from core.workbench.choice import Choice
from core.workbench.measuring import Seen, Setting
from core.workbench.opened import Opened, feature_keys
from core.workbench.recipe import Recipe
from core.workbench.subsets import default_name, list_subsets
from core.workbench.things import Thing
from core.workspace.artefacts import Workspace
from pages.parts import session
from pages.parts.bound import bound_select
from pages.parts.frame import Context, corpus_by_id
from pages.parts.knobs import knob

KNOBS = "ds.measure.knobs"  # metric to its parameters, where they were changed


def things(ctx: Context) -> dict[str, tuple[str, Thing]]:
    """What can be measured here, by a name the URL can carry: label and thing."""
    found: dict[str, tuple[str, Thing]] = {}
    corpus = ctx.corpus.id
    if held := session.slider_recipe():
        recipe = Recipe.of(held)
        label = f"On the slider: {default_name(recipe)}"
        found["slider"] = (label, Thing(kind="recipe", corpus=corpus, recipe=recipe.as_dict()))
    for subset in list_subsets(ctx.workspace, corpus):
        found[subset.key] = (f"Subset: {subset.name}", Thing(kind="subset", corpus=corpus, subset=subset.key))
    found["pool"] = ("The whole pool", Thing(kind="pool", corpus=corpus, pool=ctx.pool.as_dict()))
    for info in list_corpora(ctx.workspace):
        if info.id != corpus:
            found[info.id] = (f"Corpus: {info.name}", Thing(kind="pool", corpus=info.id))
    return found


def pick(place: Any, label: str, known: dict[str, tuple[str, Thing]], *, key: str, default: int = 0) -> Thing:
    """The chosen thing."""
    options = list(known)
    chosen = bound_select(
        place,
        label,
        options,
        key=key,
        default=options[min(default, len(options) - 1)],
        format_func=lambda name: known[name][0],
    )
    return known[chosen][1]


def setting(ctx: Context, columns: Any) -> Setting:
    """How it is measured, from three columns: component, reference, seed; and the knobs set so far."""
    component = bound_select(
        columns[0],
        "Measured on",
        COMPONENTS,
        key="measured",
        default=ctx.component,
        format_func=str.capitalize,
        help="The text that the metrics read.",
    )
    corpora = {info.id: info.name for info in list_corpora(ctx.workspace)}
    against = bound_select(
        columns[1],
        "Reference",
        ["", *corpora],
        key="against",
        default="",
        format_func=lambda name: corpora.get(name, "own pool"),
        help="What metrics such as NovelSum and facility location compare the rows with. One reference for both "
        "sides makes them comparable.",
    )
    seed = columns[2].number_input(
        "Seed", min_value=0, value=0, step=1, key="measure-seed", bind="query-params", persist_state="session",
        help="Of everything that samples. The random bands always come from the same draws.",
    )  # fmt: skip
    return Setting(
        component=component,
        choice=ctx.choice.as_dict(),
        parameters=st.session_state.get(KNOBS, {}),
        seed=int(seed),
        against=against,
    )


def see(ctx: Context, setting: Setting, thing: Thing) -> Seen:
    """The thing on the scale, held as long as neither it nor a feature changes."""
    named = [thing.as_dict(), {name: getattr(setting, name) for name in Setting.__dataclass_fields__}]
    corpora = [thing.corpus, *([setting.against] if setting.against else [])]
    there = [_there(ctx.workspace, corpus, ctx.choice.with_(component=setting.component)) for corpus in corpora]
    return _seen(_digest([named, there, columns_digest(ctx.corpus)]), ctx.workspace, setting, thing)


@st.cache_resource(max_entries=8, show_spinner="Looking the rows up …")
def _seen(name: str, _workspace: Workspace, _setting: Setting, _thing: Thing) -> Seen:
    return _setting.see(_workspace, _thing, _open)


def _open(workspace: Workspace, corpus: str, choice: Choice, spec: PoolSpec) -> Opened:
    """One opened corpus for all things that look at it through the same choice and pool."""
    named = [corpus, choice.as_dict(), spec.as_dict(), _there(workspace, corpus, choice)]
    return _opened(_digest(named), workspace, corpus, choice, spec)


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(name: str, _workspace: Workspace, corpus: str, _choice: Choice, _spec: PoolSpec) -> Opened:
    return Opened(_workspace, corpus_by_id(str(_workspace.home), corpus), _choice, _spec)


def _there(workspace: Workspace, corpus: str, choice: Choice) -> list[str]:
    found = []
    for component in COMPONENTS:
        keys = feature_keys(corpus_by_id(str(workspace.home), corpus), choice.with_(component=component)).values()
        found += [key for key in keys if workspace.has("features", key)]
    return sorted(set(found))


def _digest(named: Any) -> str:
    return orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()


def metric_knobs(found: Metric, seen: Seen) -> None:
    """The metric's parameters as widgets; what differs from the defaults is kept for this session."""
    plain_scale = type(seen.scale)(seen.scale.opened, seen.scale.component)
    defaults = plain_scale.parameters(found.name)
    drawn = {
        item.name: knob(item, defaults[item.name], seen.scale.lens, key=f"m.{found.name}.{item.name}", bound=False)
        for item in found.parameters
    }
    changed = {name: value for name, value in drawn.items() if value != defaults[name]}
    held = dict(st.session_state.get(KNOBS, {}))
    if changed != held.get(found.name, {}):
        held.pop(found.name, None)
        st.session_state[KNOBS] = {**held, **({found.name: changed} if changed else {})}
        st.rerun()


def depends(name: str) -> str:
    """What beside diversity moves a metric: "size", "length", both or nothing."""
    found = metric(name)
    kinds = [word for word, on in (("size", found.size_dependent), ("length", found.length_dependent)) if on]
    return ", ".join(kinds)
