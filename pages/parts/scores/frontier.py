"""Quality against diversity: saved subsets of the corpus, strategies, random draws of their sizes, and the frontier."""

from __future__ import annotations

from typing import Any

import orjson
import streamlit as st

from core.corpus.column_facts import newest_numeric_columns
from core.corpus.store import open_corpus
from core.counted import counted
from core.features.models.columns import score_columns
from core.figures.evidence import frontier as frontier_figure
from core.metrics.registry import metric
from core.selection.registry import strategy
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.quality_diversity import (
    FrontierSetting,
    QualityDiversity,
    diversity_names,
    quality_diversity,
)
from core.workbench.inspections.strategy_points import at_hand, strategy_recipes
from core.workbench.previews import metric_mark, strategy_mark
from core.workbench.recipe import Recipe
from core.workbench.subsets import Subset, list_subsets
from pages.parts.choosing.on_slider import on_slider, slider_title
from pages.parts.choosing.prepare_all import offer_preparing_all
from pages.parts.choosing.strategy_form import titled
from pages.parts.frame import address
from pages.parts.frame.address import UrlParameter
from pages.parts.frame.bound_select import bound_segments, bound_select, follow_default
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.view_cache import corpus_view

GOOD = {"higher": "Higher is better", "lower": "Lower is better"}
LOW_IS_GOOD = ("ppl", "loss", "copies", "label_artefact")  # beginnings of columns whose low values are the good ones


def quality_frontier(ctx: Context) -> None:
    """Draw the choice of score and metric, the figure with its points, the pressed point, and the table."""
    columns = newest_numeric_columns(ctx.corpus)
    if not columns:
        st.text("The frontier needs a score: choose “No model” under “Rows alone” above and press Score.")
        return
    subsets = list_subsets(ctx.workspace, ctx.corpus.id)
    setting = _asked(ctx, columns)
    view = corpus_view(ctx)
    now, waiting, unable = _strategies(ctx, view, setting)
    seen = _seen(ctx, subsets, now, setting)
    if seen.points.empty:
        st.info(plain("No subset and no strategy has a place yet. " + (seen.left_out or ("",))[0]))
        with st.container(horizontal=True):
            link("tokens", "Count tokens on Tokens", icon=":material/segment:")
            link("clusters", "Embed on Clusters", icon=":material/scatter_plot:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _figure(ctx, seen, setting)
    with right:
        _table(seen, setting)
    if waiting:
        offer_preparing_all(ctx, view, list(waiting.values()), key="scores-frontier-prepare", label="Place")
    if unable:
        with st.popover(f"{counted(len(unable), 'strategy', 'strategies')} without a point", type="tertiary"):
            for name, why in unable.items():
                st.text(f"{titled(strategy(name), ctx.choice)}: {why}")


def _strategies(
    ctx: Context, view: CorpusView, setting: FrontierSetting
) -> tuple[dict[str, Recipe], dict[str, Recipe], dict[str, str]]:
    """Recipes by the names of their points: those that answer now, those that a job prepares; and why others cannot."""
    if not len(view.pool):
        return {}, {}, {}
    slider = on_slider(ctx)
    size = slider.size if slider.unit == "rows" else 0
    recipes, unable = strategy_recipes(view, size=size, score=setting.score if setting.sign > 0 else "")
    now, waiting = at_hand(view, recipes)
    named = {strategy(name).title + strategy_mark(strategy(name), ctx.choice): now[name] for name in now}
    if slider.position < 1 and slider.strategy in now:
        named = {slider_title(slider): slider} | named
    return named, waiting, unable


def _asked(ctx: Context, columns: list[str]) -> FrontierSetting:
    """The chosen score, which end of it is good, and the metric."""
    made = {score.column for score in score_columns(ctx.corpus)}
    first = next((name for name in columns if name in made), columns[0])
    left, middle, right, help_ = st.columns([2.5, 2.6, 2.5, 0.5], vertical_alignment="bottom")
    follow_default(address.FRONTIER_SCORE, first)
    score = bound_select(left, "Quality: mean of", columns, parameter=address.FRONTIER_SCORE, default=first)
    good = "lower" if score.startswith(LOW_IS_GOOD) else "higher"
    follow_default(address.FRONTIER_BETTER, good)
    better: Any = bound_segments(middle, "Good rows", GOOD, parameter=address.FRONTIER_BETTER, default=good)
    metrics = diversity_names()
    name = bound_select(
        right, f"Diversity of the {ctx.component}", metrics, parameter=address.FRONTIER_METRIC, default=metrics[0],
        format_func=lambda name: metric(name).title + metric_mark(metric(name), ctx.choice),
    )  # fmt: skip
    with help_:
        explain(
            "the frontier",
            formula="quality: the mean of the column over the rows of a subset that have a value\n"
            f"diversity: {metric(name).formula}\n"
            "A subset is on the frontier if no other has a higher quality and a higher diversity.",
            source=metric(name).source,
            key="scores.frontier.explain",
        )
    return FrontierSetting(
        score=score, name=name, better=better, component=ctx.component, choice=dict(ctx.choice.as_dict())
    )


def _seen(
    ctx: Context, subsets: list[Subset], strategies: dict[str, Recipe], setting: FrontierSetting
) -> QualityDiversity:
    """The places, measured once for these subsets, strategies, columns and features."""
    features = sorted(corpus_view(ctx).keys.items())
    scores = ctx.corpus.column(setting.score)
    named = [
        str(ctx.workspace.home), ctx.corpus.id, [[subset.key, subset.name] for subset in subsets], features,
        [[name, recipe.as_dict()] for name, recipe in strategies.items()],
        [setting.score, setting.name, setting.better, setting.component, setting.choice], hash(scores.tobytes()),
    ]  # fmt: skip
    key = orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()
    return _measured(key, ctx, subsets, strategies, setting)


@st.cache_data(max_entries=16, show_spinner="Choosing by each strategy, and measuring …")
def _measured(
    name: str, _ctx: Context, _subsets: list[Subset], _strategies: dict[str, Recipe], _setting: FrontierSetting
) -> QualityDiversity:
    corpus = open_corpus(_ctx.workspace, _ctx.corpus.id)
    return quality_diversity(_ctx.workspace, corpus, _subsets, _setting, strategies=_strategies)


def _figure(ctx: Context, seen: QualityDiversity, setting: FrontierSetting) -> None:
    """Draw the figure; a press on a point names its subset, with the way to it."""
    turned = metric(setting.name).direction < 0
    figure = frontier_figure(
        seen.points,
        x="x",
        y="y",
        x_title=metric(setting.name).title + (" (turned: right is more diverse)" if turned else ""),
        y_title=f"mean {setting.score}" + (" (turned: up is better)" if setting.sign < 0 else ""),
        random=seen.random,
        mode=ctx.mode,
        height=430,
    )
    sizes = ", ".join(f"{size:,}" for size in seen.sizes)
    drawn = f"Grey: {seen.draws} random draws each of {sizes} rows. " if seen.sizes else ""
    drawn += "Diamonds: strategies with their initial settings, at the slider's size. "
    event = show(
        figure, key="scores-frontier", data=seen.table, name="quality-diversity-frontier", on_select="rerun",
        selection_mode="points", caption=drawn + "Press a point to open it.",
    )  # fmt: skip
    points = getattr(getattr(event, "selection", None), "points", None) or []
    pressed = [point["customdata"][:2] for point in points if point.get("customdata")]
    for subset, name in pressed[:1]:
        for line in seen.points[(seen.points["subset"] == subset) & (seen.points["name"] == name)].to_dict("records"):
            with st.container(border=True, horizontal=True, vertical_alignment="center", key="scores-frontier-card"):
                st.text(f"{line['name']}, {counted(line['rows'], 'row')}")
                query: dict[UrlParameter, str] = {address.SAVED: str(subset)}
                if not subset:
                    query = {address.STRATEGY: str(line["strategy"])}
                link("subsets", "Open it", icon=":material/tune:", query=query)


def _table(seen: QualityDiversity, setting: FrontierSetting) -> None:
    """Draw the subsets, those of the frontier first, and what cannot be compared."""
    ordered = seen.points.sort_values(["frontier", "y"], ascending=False)
    shown = ordered[["frontier", "name", "rows", "score", "metric"]]
    shown.columns = ["Frontier", "Subset", "Rows", "Quality", "Diversity"]
    st.dataframe(
        shown, hide_index=True, height=min(430, 36 * (len(shown) + 1) + 4), key="scores.frontier.table",
        column_config={
            "Frontier": st.column_config.CheckboxColumn(width=62),
            "Subset": st.column_config.TextColumn(width=170),
            "Rows": st.column_config.NumberColumn(format="localized", width=54),
            "Quality": st.column_config.NumberColumn(format="%.4g", width=64),
            "Diversity": st.column_config.NumberColumn(format="%.4g", width=66),
        },
    )  # fmt: skip
    if metric(setting.name).size_dependent and seen.points["rows"].nunique() > 1:
        st.caption(":material/warning: This metric moves with the number of rows: compare subsets of one size.")
    lacking = int((seen.points["rows"] - seen.points["scored"]).sum())
    if lacking:
        st.caption(f"{counted(lacking, 'row')} of these subsets have no score and are left out of the means.")
    if seen.left_out:
        with st.expander(f"{counted(len(seen.left_out), 'subset')} without a place"):
            for reason in seen.left_out[:20]:
                st.caption(plain(reason))
