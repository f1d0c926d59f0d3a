"""The form of a study: a paper's grid to start from, and everything that it may name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.budgets.sizing import default_size, in_tokens
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import BY_PROFILE, ROWS, UNITS
from core.corpus.corpus_list import list_corpora
from core.errors import InputError, quoted
from core.selection.registry import strategies
from core.view import COMPONENTS
from core.workbench.recipe import Recipe
from core.workbench.studies.further_sets import FurtherSets
from core.workbench.studies.presets import PRESETS
from core.workbench.studies.study import RANDOM, Study
from core.workbench.subsets import series_name
from pages.parts.choosing.on_slider import on_slider
from pages.parts.choosing.size_form import profile_popover, units_told
from pages.parts.choosing.strategy_form import parameter_widgets, target_widget, titled
from pages.parts.frame import session_keys, view_cache
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

OWN = "own"  # starts from what stands on the slider


def study_form(ctx: Context) -> Study | None:
    """Draw the form; the study that it describes, or None, with what is wrong said below it.

    The pool, the tokenizer, the embedder, the band and the clustering are those of the session.
    """
    known, at, pool_rows = strategies(), on_slider(ctx), len(view_cache.corpus_view(ctx).pool)
    preset = st.selectbox(
        "Start from", [OWN, *PRESETS], key=session_keys.STUDY_PRESET.name, on_change=_take_preset, args=(at, pool_rows),
        format_func=lambda name: PRESETS[name].title if name in PRESETS else f"The slider: {series_name(at)}",
        persist_state="session",
    )  # fmt: skip
    if preset in PRESETS:
        st.caption(plain(f"{PRESETS[preset].summary} Source: {PRESETS[preset].source}."))
    if not session_keys.STUDY_STRATEGIES.there:
        _take_preset(at, pool_rows)
    further: tuple[FurtherSets, ...] = tuple(PRESETS[preset].make().get("sets", ())) if preset in PRESETS else ()
    named = st.multiselect(
        "Strategies", [name for name in known if name != RANDOM], key=session_keys.STUDY_STRATEGIES.name,
        format_func=lambda name: titled(known[name], ctx.choice), persist_state="session",
    )  # fmt: skip
    if further:
        st.caption(plain(f"Beside the grid: {'; '.join(sets.told for sets in further)}."))
    parameters, target = _settings(ctx, named)
    components = st.multiselect(
        "Components", COMPONENTS, key=session_keys.STUDY_COMPONENTS.name, format_func=str.capitalize,
        persist_state="session",
    )  # fmt: skip
    left, middle, right = st.columns(3)
    sizes = left.text_input(
        "Sizes", key=session_keys.STUDY_SIZES.name, persist_state="session",
        help="Of each subset, in the unit beside it; several with spaces between.",
    )  # fmt: skip
    unit_place, button_place = middle.columns([3, 1], gap="xsmall", vertical_alignment="bottom")
    unit = str(unit_place.selectbox(
        "Sizes in", list(UNITS), key=session_keys.STUDY_UNIT.name, persist_state="session", help=units_told(),
        format_func=lambda name: UNITS[name].title if name in UNITS else name,
    ))  # fmt: skip
    cutoff, profile = profile_popover(button_place, ctx, unit)
    count = right.number_input(
        "Levels", 1, 101, key=session_keys.STUDY_LEVELS.name, persist_state="session",
        help="Positions of the slider from 0 to 100 %; the paper has 7.",
    )  # fmt: skip
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    seeds = left.text_input(
        "Seeds", value="0", key="study-seeds", persist_state="session", help="Whole numbers with spaces between."
    )
    draws = middle.toggle(
        "With random draws", value=True, key="study-random", persist_state="session",
        help="As many random subsets of each size as there are levels and seeds: what any strategy has to beat.",
    )  # fmt: skip
    name = right.text_input(
        "Name", placeholder=PRESETS[preset].title if preset in PRESETS else "My study", key="study-name",
        persist_state="session",
    )  # fmt: skip
    try:
        features = {key: value for key, value in ctx.choice.changed().items() if key != "component"}
        return Study(
            name=name.strip() or (PRESETS[preset].title if preset in PRESETS else "My study"),
            corpus=ctx.corpus.id,
            strategies=tuple(named),
            components=tuple(components),
            **_sizes(sizes, unit, cutoff, profile),
            levels=int(count),
            seeds=_numbers(seeds, "Seeds"),
            random=bool(draws),
            features=features,
            pool=ctx.pool.as_dict(),
            sets=further,
            parameters=parameters,
            target=target,
        )
    except InputError as error:
        st.warning(plain(str(error)))
        return None


def _settings(ctx: Context, named: Sequence[str]) -> tuple[dict[str, dict[str, Any]], str]:
    """Draw the knobs of the strategies that have any, those of the Subsets page; gives what is not at its start.

    The second value is the corpus of examples, "" where no strategy reads one.
    """
    chosen = [strategies()[name] for name in named if strategies()[name].parameters]
    if not chosen:
        return {}, ""
    corpus_view = view_cache.corpus_view(ctx)
    parameters: dict[str, dict[str, Any]] = {}
    targeted = False
    with st.popover("Settings of the strategies", icon=":material/tune:", width="stretch"):
        others = len(list_corpora(ctx.workspace)) > 1
        target = target_widget(ctx) if others else ""
        for strategy, tab in zip(chosen, st.tabs([plain(strategy.title) for strategy in chosen]), strict=True):
            with tab:
                values, _ = parameter_widgets(strategy, ctx, corpus_view, target=target)
            start = {parameter.name: ctx.choice.start_of(parameter) for parameter in strategy.parameters}
            own = {name: value for name, value in values.items() if value is not None and value != start[name]}
            if own:
                parameters[strategy.name] = own
            targeted |= "target" in strategy.needs(ctx.choice.complete(strategy.parameters, values))
    if parameters:
        told = [f"{name}: {', '.join(f'{knob} {value}' for knob, value in own.items())}"
                for name, own in parameters.items()]  # fmt: skip
        st.caption(plain(f"Set: {'; '.join(told)}."))
    return parameters, target if targeted else ""


def _take_preset(at: Recipe, pool_rows: int) -> None:
    """Let the fields hold the grid of the chosen preset, at the slider's size where it fixes none.

    ``at`` is what stands on the slider: without a preset its strategy and component make the grid.
    """
    preset = PRESETS.get(session_keys.STUDY_PRESET.get(OWN))
    own = {"strategies": (at.strategy,), "components": (dict(at.choice).get("component", "response"),)}
    grid: dict[str, Any] = dict(preset.make()) if preset else own
    sized = at.unit == ROWS and (preset is None or (preset.size is default_size and not preset.sizes))
    in_tokens = preset is None and at.unit != ROWS
    sizes = (at.size,) if sized or in_tokens or preset is None else preset.sizes_for(pool_rows)
    session_keys.STUDY_STRATEGIES.set([name for name in grid["strategies"] if name != RANDOM])
    session_keys.STUDY_COMPONENTS.set([name for name in grid["components"] if name in COMPONENTS] or ["response"])
    session_keys.STUDY_LEVELS.set(int(grid.get("levels", 7)))
    session_keys.STUDY_SIZES.set(" ".join(map(str, sizes)))
    session_keys.STUDY_UNIT.set(at.unit if in_tokens else ROWS)


def _sizes(text: str, unit: str, cutoff: int, profile: TrainerProfile | None) -> dict[str, Any]:
    """The sizes of the form as fields of a study."""
    if unit not in BY_PROFILE:
        return {"sizes": _numbers(text, "Sizes"), "unit": unit, "row_cutoff": cutoff}
    if profile is None:
        raise InputError(
            f"Sizes in {UNITS[unit].title} need a trainer profile.", remedy="Press the clock beside the unit."
        )
    parts = text.replace(";", " ").split()
    wrong = [part for part in parts if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", part)]
    if wrong:
        raise InputError(f"Sizes: {quoted(wrong[0])} is not a number.", remedy="For example: 30 60")
    told = in_tokens({"sizes": [float(part) for part in parts], "unit": unit}, profile=profile)
    return {**told, "sizes": tuple(told["sizes"])}


def _numbers(text: str, what: str) -> tuple[int, ...]:
    """Whole numbers with spaces between; a comma groups the digits of one, as in 1,000."""
    parts = text.replace(";", " ").split()
    wrong = [part for part in parts if not re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15}", part.strip(","))]
    if wrong:
        raise InputError(f"{what}: {quoted(wrong[0])} is not a whole number.", remedy="For example: 1000 10000")
    return tuple(int(part.strip(",").replace(",", "")) for part in parts)
