"""How much of a choice is chance: the same recipe with other seeds, other clusterings, and nearby positions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.counted import counted
from core.errors import DiverscopeError
from core.figures.stability import agreement_strips, along_slider
from core.figures.theme import level_colour
from core.jobs import job_names
from core.selection.registry import strategy
from core.workbench.inspections.stability import build_needs
from core.workbench.recipe import Recipe
from core.workbench.subsets import default_name, levels
from pages.parts.frame import address, jobs
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.inspect.pick import opened_for, pick_recipe

GRID = 11  # slider positions compared


def stability_view(ctx: Context) -> None:
    """Draw the choice of a recipe and of the number of repetitions, and the job's result."""
    columns = st.columns([4, 1.3, 1.5, 2, 1.4], vertical_alignment="bottom")
    recipe = pick_recipe(ctx, columns[0], parameter=address.STABILITY_SUBSET)
    chosen = strategy(recipe.strategy)
    clustered, embedded = _clustered(ctx, recipe)
    seeds = columns[1].number_input("Seeds", min_value=2, max_value=50, value=5, key="stability-seeds")
    again = columns[2].number_input(
        "Clusterings", min_value=2, max_value=20, value=3, key="stability-clusterings",
        disabled=not (clustered and embedded),
        help="UMAP and HDBSCAN from other seeds: minutes each on a large corpus. For strategies that read clusters.",
    )  # fmt: skip
    slides = chosen.kind == "typed" or bool(chosen.tail)
    along = columns[3].toggle(
        "Along the slider", value=slides, disabled=not slides, key="stability-along",
        help=f"{GRID} positions and the series' levels.",
    )  # fmt: skip
    positions = sorted({round(at, 6) for at in (*levels(GRID), *levels())}) if along and slides else []
    request: dict[str, Any] = {
        "recipe": replace(recipe, ids_digest="", rows=0, thresholds=()).as_dict(),
        "seeds": int(seeds),
        "clusterings": int(again) if clustered and embedded else 0,
        "positions": positions,
    }
    job = jobs.latest(ctx.workspace, job_names.STABILITY, request)
    under_way = job is not None and job.state in (*jobs.LIVE, "done")
    if columns[4].button("Measure", type="primary", key="stability-start", width="stretch", disabled=under_way):
        jobs.start(ctx.workspace, job_names.STABILITY, request, title=f"Stability of {default_name(recipe)}")
        st.rerun()
    if clustered and not embedded:
        st.caption("Clusterings are tried again only where the embeddings are there: press Embed on the Clusters page.")
    if job is None:
        with st.container(border=True):
            total = int(seeds) + request["clusterings"] + len(positions)
            st.text(
                f"Press Measure: a job you can leave or cancel builds {counted(total, 'subset')} and compares. "
                + jobs.takes_here(ctx.workspace, job_names.STABILITY, request)
            )
        return
    if job.state != "done":
        jobs.follow(ctx.workspace, job, key="stability-job")
        return
    _drawn(ctx, recipe, dict(job.result or {}), chosen.level)


def _clustered(ctx: Context, recipe: Recipe) -> tuple[bool, bool]:
    corpus_view = opened_for(ctx, recipe)
    try:
        return "clusters" in build_needs(corpus_view, recipe), corpus_view.whole.has("embeddings")
    except DiverscopeError:
        return False, False  # the job says what is missing


def _drawn(ctx: Context, recipe: Recipe, stability: dict[str, Any], level: str) -> None:
    chance, groups = float(stability["chance"]), {}
    for name in ("seeds", "clusterings"):
        if stability.get(name):
            groups[name] = stability[name]["pairs"]
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        head, help = st.columns([6, 1], vertical_alignment="center")
        head.markdown("**The same recipe again**")
        with help:
            explain(
                "stability",
                formula="Jaccard(A, B) = |A ∩ B| / |A ∪ B| for every two of the subsets; random: N / (2M − N) for N "
                "rows of a pool of M",
                notes="1: the seed decides nothing. Near the dashed line: the seed decides everything.",
                key="help-stability",
            )
        show(
            agreement_strips(groups, chance=chance, mode=ctx.mode, height=290), key="stability-figure",
            data=pd.DataFrame(
                [(name, value) for name, values in groups.items() for value in values], columns=["over", "jaccard"]
            ),
            name="stability",
        )  # fmt: skip
        for name in groups:
            agreement = stability[name]
            st.text(
                f"Over {name}: Jaccard {figure3(agreement['mean'])} "
                f"({figure3(agreement['least'])} to {figure3(agreement['most'])}), "
                f"{rows(agreement['in_all'])} of {rows(stability['rows'])} rows are in all of them."
            )
        if groups and min(min(values, default=1.0) for values in groups.values()) == 1.0:
            st.caption("Every one of them gave the same rows: nothing here depends on chance.")
    with right, st.container(border=True):
        st.markdown("**Neighbouring slider positions**")
        if not stability["neighbours"]:
            st.info("This strategy's slider is fixed, or fewer than two positions could be answered.")
        else:
            show(
                along_slider(
                    stability["neighbours"], stability["to_this"], position=recipe.position, chance=chance,
                    colour=level_colour(level), mode=ctx.mode, height=330,
                ),
                key="along-figure", data=pd.DataFrame(stability["neighbours"]), name="along-the-slider",
                caption="A low step: a small move of the slider changes many rows there.",
            )  # fmt: skip
        for at, why in stability["refused"].items():
            st.caption(plain(f"{float(at):.1%}: {why}"))
