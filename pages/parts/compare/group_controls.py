"""The row over the Compare page's views: which score of a run counts, how scores are grouped, what colours say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evidence import grouping
from core.evidence.grouping import FACTS, SCORE_KINDS, USUAL, Grouping, ScoreKind
from core.evidence.pooled_prompts import FORMULA as UNION_FORMULA
from core.evidence.pooled_prompts import SOURCE as UNION_SOURCE
from core.evidence.run_differences import run_differences, warning
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_multiselect, bound_select, turn_to_several
from pages.parts.frame.explain import explain
from pages.parts.frame.plain_text import plain

# How the paper groups its statistics; what else a person may want at one press.
PRESETS: dict[str, tuple[str, ...]] = {
    "All series of a size (Fig. 4, Table 8)": USUAL,
    "Each strategy by itself (App. G.2)": (*USUAL, "strategy"),
    "Each series by itself": (*USUAL, "series"),
    "All sizes together": tuple(name for name in USUAL if name != "size"),
    "All judges together": tuple(name for name in USUAL if name != "judge"),
    "All benchmarks together": tuple(name for name in USUAL if name not in ("benchmark", "measure")),
}
COLOURS = ("strategy", "component", "size", "series", "study", "corpus", "model", "seed", "benchmark", "judge", "proxy")
_FORMULA = (
    "As logged: the scores of one benchmark, judge, baseline and measure. Where the grouping leaves one of these out, "
    "the mean of their Z-scores.\n"
    "Mean of Z-scores: z = (score − mean) / standard deviation over the subsets of one benchmark and one model, turned "
    "so that higher is better; then the mean over the chosen benchmarks.\n"
    f"AlpacaEval ∪ Arena-Hard: {UNION_FORMULA}"
)


def with_grouping(state: State) -> State:
    """Draw the row and return the state with what was chosen; without scores there is nothing to choose."""
    frame = state.scored.frame
    if frame.empty:
        return state
    varying = grouping.varying_facts(frame)
    with st.container(key="grouping"):
        left, middle, paper, how = st.columns([1.5, 4.6, 0.4, 0.4], vertical_alignment="bottom")
        kind = bound_select(
            left, "Score", list(SCORE_KINDS), parameter=address.COMPARE_SCORE, default="logged",
            format_func=lambda name: SCORE_KINDS[_kind(name)],
        )  # fmt: skip
        by = _by(varying, middle, paper)
        with how:
            explain("The score, and a grouping", formula=_FORMULA, source=f"NovelSum (2502.17184); {UNION_SOURCE}",
                    notes=_NOTES, key="grouping-explain")  # fmt: skip
        benchmarks = _benchmarks(state) if kind == "z" else ()
    chosen = replace(state, grouping=Grouping(by=by, score=_kind(kind), benchmarks=benchmarks))
    _noted(chosen.grouped.notes if len(chosen.frame) else chosen.scored.notes)
    return chosen


_NOTES = (
    "What the grouping leaves out is pooled: with more series in a group more can be claimed, as long as the runs "
    "differ only in their data. A claim needs three independent series in whatever group. Scores of a proxy are "
    "pooled with those of real runs only if you take “proxy or not” out."
)


def warn_of_differences(state: State, by: Sequence[str], frame: pd.DataFrame | None = None) -> None:
    """Draw in what, besides their data, the runs differ that one group ``by`` of the shown observations compares.

    ``frame``: the observations, by default those that the state groups.
    """
    if frame is None:
        frame = state.grouped.frame if len(state.frame) else state.on_scale.frame
    text = warning(run_differences(frame, state.seen.settings, by=by))
    if text:
        st.warning(plain(text), icon=":material/warning:")


def _benchmarks(state: State) -> tuple[str, ...]:
    names = sorted(name for name in state.scored.frame["benchmark"].unique() if name)
    chosen = bound_multiselect(
        st, "Benchmarks", dict(zip(names, names)), parameter=address.COMPARE_BENCHMARKS, default=names,
        placeholder="all",
    )  # fmt: skip
    return () if len(chosen) == len(names) else chosen


def _by(varying: Sequence[str], place: DeltaGenerator, paper: DeltaGenerator) -> tuple[str, ...]:
    """Draw the facts that differ; those that do not are as in the usual grouping."""
    options = {name: FACTS[name] for name in varying}
    if not options:
        return USUAL
    usual = [name for name in USUAL if name in options]
    chosen = bound_multiselect(
        place, "Group by", options, parameter=address.COMPARE_GROUP, default=usual,
        known=tuple(FACTS), placeholder="nothing: all scores together",
        help="Only facts in which the scores differ. Every combination is one group.",
    )  # fmt: skip
    with paper.popover("", icon=":material/view_list:", type="tertiary", help="Groupings at one press"):
        for number, (name, facts) in enumerate(PRESETS.items()):
            st.button(
                name, type="tertiary", key=f"grouping-preset-{number}", on_click=turn_to_several,
                args=(address.COMPARE_GROUP, [fact for fact in facts if fact in options]),
            )  # fmt: skip
    return (*chosen, *[name for name in USUAL if name not in options])


def colour_of_points(state: State, place: DeltaGenerator) -> str:
    """Draw the choice of the fact that colours tell, and return it."""
    frame = state.grouped.frame if len(state.frame) else state.on_scale.frame
    options = [name for name in COLOURS if name == "strategy" or name in grouping.varying_facts(frame)]
    chosen = bound_select(
        place, "Colours", options, parameter=address.COMPARE_COLOUR, default="strategy", format_func=FACTS.__getitem__
    )
    return grouping.column_of(chosen)


def _kind(name: str) -> ScoreKind:
    return next(kind for kind in SCORE_KINDS if kind == name)


def _noted(notes: Sequence[str]) -> None:
    """Draw what the chosen score leaves out; more than three notes are folded away."""
    if len(notes) > 3:
        with st.expander(f"{len(notes)} notes on the score"):
            for note in notes:
                st.text(note)
    for note in notes if len(notes) <= 3 else ():
        st.caption(plain(note) + ".")
