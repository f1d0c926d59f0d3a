"""What is measured and how: the rows, the component, the reference, the seed, the metrics' knobs."""

from __future__ import annotations

from typing import Any

import orjson
import streamlit as st

from core.component_words import component_title
from core.corpus.columns import columns_digest
from core.corpus.corpus_list import list_corpora
from core.corpus.pool import PoolSpec
from core.metrics.metric import Metric
from core.metrics.registry import metric
from core.view import ALL_COMPONENTS
from core.workbench.corpus_view import CorpusView, feature_keys
from core.workbench.feature_settings import FeatureSettings
from core.workbench.measuring import MeasuredRows, MeasuringSetting
from core.workbench.row_source import RowSource
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace
from pages.parts.choosing.on_slider import answers_at_once, on_slider, slider_title
from pages.parts.frame import address, session_keys
from pages.parts.frame.address import Selected
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.page import Context, corpus_by_id
from pages.parts.frame.parameter_widgets import follow_band, knob


def row_sources(ctx: Context) -> dict[str, tuple[str, RowSource]]:
    """The sources of rows that can be measured here: {name in the URL: (label, source)}.

    What stands on the slider comes first where its rows can be had at once, else behind the pool.
    """
    sources: dict[str, tuple[str, RowSource]] = {}
    corpus, recipe = ctx.corpus.id, on_slider(ctx)
    slider = {"slider": (slider_title(recipe), RowSource(kind="recipe", corpus=corpus, recipe=recipe.as_dict()))}
    if answers_at_once(ctx, recipe):
        sources |= slider
    for subset in list_subsets(ctx.workspace, corpus):
        sources[subset.key] = (f"Subset: {subset.name}", RowSource(kind="subset", corpus=corpus, subset=subset.key))
    sources["pool"] = ("The whole pool", RowSource(kind="pool", corpus=corpus, pool=ctx.pool.as_dict()))
    sources |= slider
    for info in list_corpora(ctx.workspace):
        if info.id != corpus:
            sources[info.id] = (f"Corpus: {info.name}", RowSource(kind="pool", corpus=info.id))
    return sources


def pick(
    place: Any, label: str, known: dict[str, tuple[str, RowSource]], *, parameter: Selected, default: int = 0
) -> RowSource:
    """The chosen thing."""
    options = list(known)
    chosen = bound_select(
        place,
        label,
        options,
        parameter=parameter,
        default=options[min(default, len(options) - 1)],
        format_func=lambda name: known[name][0],
    )
    return known[chosen][1]


def setting(ctx: Context, columns: Any) -> MeasuringSetting:
    """Draw component, reference and seed in three columns; returns the setting with the knobs set so far."""
    component = bound_select(
        columns[0],
        "Measured on",
        ctx.corpus.components,
        parameter=address.MEASURED,
        default=ctx.component,
        format_func=component_title,
        help="The text that the metrics read.",
    )
    corpora = {info.id: info.name for info in list_corpora(ctx.workspace)}
    against = bound_select(
        columns[1],
        "Reference",
        ["", *corpora],
        parameter=address.REFERENCE,
        default="",
        format_func=lambda name: corpora.get(name, "own pool"),
        help="What metrics such as NovelSum and facility location compare the rows with. One reference for both "
        "sides makes them comparable.",
    )
    seed = columns[2].number_input(
        "Seed", min_value=0, value=0, step=1, persist_state="session", **address.MEASURE_SEED.widget,
        help="The seed of every metric that samples. The random bands always come from the same draws.",
    )  # fmt: skip
    return MeasuringSetting(
        component=component,
        choice=ctx.choice.as_dict(),
        parameters=session_keys.METRIC_PARAMETERS.get({}),
        seed=int(seed),
        against=against,
    )


def see(ctx: Context, setting: MeasuringSetting, thing: RowSource) -> MeasuredRows:
    """The rows of ``thing`` with their measurer, cached until the rows or a feature change."""
    named = [thing.as_dict(), {name: getattr(setting, name) for name in MeasuringSetting.__dataclass_fields__}]
    corpora = [thing.corpus, *([setting.against] if setting.against else [])]
    there = [_there(ctx.workspace, corpus, ctx.choice.with_(component=setting.component)) for corpus in corpora]
    return _seen(_digest([named, there, columns_digest(ctx.corpus)]), ctx.workspace, setting, thing)


@st.cache_resource(max_entries=8, show_spinner="Looking the rows up …")
def _seen(name: str, _workspace: Workspace, _setting: MeasuringSetting, _thing: RowSource) -> MeasuredRows:
    return _setting.see(_workspace, _thing, _open)


def _open(workspace: Workspace, corpus: str, choice: FeatureSettings, spec: PoolSpec) -> CorpusView:
    """An opened corpus, shared by all sources with the same settings and pool."""
    named = [corpus, choice.as_dict(), spec.as_dict(), _there(workspace, corpus, choice)]
    return _corpus_view(_digest(named), workspace, corpus, choice, spec)


@st.cache_resource(max_entries=4, show_spinner=False)
def _corpus_view(
    name: str, _workspace: Workspace, corpus: str, _choice: FeatureSettings, _spec: PoolSpec
) -> CorpusView:
    return CorpusView(_workspace, corpus_by_id(str(_workspace.home), corpus), _choice, _spec)


def _there(workspace: Workspace, corpus: str, choice: FeatureSettings) -> list[str]:
    keys_there = []
    for component in ALL_COMPONENTS:
        keys = feature_keys(corpus_by_id(str(workspace.home), corpus), choice.with_(component=component)).values()
        keys_there += [key for key in keys if workspace.has("features", key)]
    return sorted(set(keys_there))


def _digest(named: Any) -> str:
    return orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()


def metric_knobs(chosen: Metric, seen: MeasuredRows) -> None:
    """Draw the metric's parameters as widgets; values that differ from the defaults are kept for this session."""
    choice = seen.measurer.corpus_view.choice
    defaults = choice.complete(chosen.parameters)
    band = choice.band_in(chosen.parameters)
    follow_band(f"m.{chosen.name}", band, {name: session_keys.METRIC_SETTING.of(chosen.name, name) for name in band})
    drawn = {
        item.name: knob(
            item,
            defaults[item.name],
            seen.measurer.measured_view,
            widget={"key": session_keys.METRIC_SETTING.of(chosen.name, item.name).name},
        )
        for item in chosen.parameters
    }
    changed = {name: value for name, value in drawn.items() if value != defaults[name]}
    if changed.keys() & band.keys():  # its own band is stored whole: the corpus's may change, or its unit
        changed |= {name: drawn[name] for name in band}
    kept = dict(session_keys.METRIC_PARAMETERS.get({}))
    if changed != kept.get(chosen.name, {}):
        kept.pop(chosen.name, None)
        session_keys.METRIC_PARAMETERS.set({**kept, **({chosen.name: changed} if changed else {})})
        st.rerun()


def depends(name: str) -> str:
    """What a metric depends on besides diversity: "size", "length", both or nothing."""
    chosen = metric(name)
    kinds = [word for word, on in (("size", chosen.size_dependent), ("length", chosen.length_dependent)) if on]
    return ", ".join(kinds)
