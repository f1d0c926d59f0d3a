"""The form of a study: a paper's grid to start from, and everything that it may name."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from core.errors import InputError, quoted
from core.selection.registry import strategies
from core.view import COMPONENTS
from core.workbench.build import default_size
from core.workbench.studies.presets import PRESETS
from core.workbench.studies.study import RANDOM, Study
from pages.parts.choosing.strategy_form import titled
from pages.parts.frame import session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

OWN = "own"


def study_form(ctx: Context) -> Study | None:
    """Draw the form; the study that it describes, or None, with what is wrong said below it.

    The pool, the tokenizer, the embedder, the band and the clustering are those of the session.
    """
    known = strategies()
    preset = st.selectbox(
        "Start from", [*PRESETS, OWN], key=session_keys.STUDY_PRESET.name, on_change=_take_preset,
        format_func=lambda name: PRESETS[name].title if name in PRESETS else "Your own grid", persist_state="session",
    )  # fmt: skip
    if preset in PRESETS:
        st.caption(plain(f"{PRESETS[preset].summary} Source: {PRESETS[preset].source}."))
    if not session_keys.STUDY_STRATEGIES.there:
        _take_preset()
    named = st.multiselect(
        "Strategies", [name for name in known if name != RANDOM], key=session_keys.STUDY_STRATEGIES.name,
        format_func=lambda name: titled(known[name]), persist_state="session",
    )  # fmt: skip
    components = st.multiselect(
        "Components", COMPONENTS, key=session_keys.STUDY_COMPONENTS.name, format_func=str.capitalize,
        persist_state="session",
    )  # fmt: skip
    left, middle, right = st.columns(3)
    sizes = left.text_input(
        "Sizes", value=f"{default_size(len(ctx.corpus)):,}".replace(",", ""), key="study-sizes",
        persist_state="session", help="Rows or tokens of each subset; several with spaces between.",
    )  # fmt: skip
    unit = middle.segmented_control(
        "Sizes in", ["rows", "tokens"], default="rows", required=True, key="study-unit", persist_state="session"
    )
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
            sizes=_numbers(sizes, "Sizes"),
            unit=str(unit),
            levels=int(count),
            seeds=_numbers(seeds, "Seeds"),
            random=bool(draws),
            features=features,
            pool=ctx.pool.as_dict(),
        )
    except InputError as error:
        st.warning(plain(str(error)))
        return None


def _take_preset() -> None:
    """Let the fields hold the grid of the preset that is chosen."""
    preset = session_keys.STUDY_PRESET.get(next(iter(PRESETS)))
    own = {"strategies": ("micro",), "components": ("response",)}
    grid: dict[str, Any] = dict(PRESETS[preset].make()) if preset in PRESETS else own
    session_keys.STUDY_STRATEGIES.set(list(grid["strategies"]))
    session_keys.STUDY_COMPONENTS.set(list(grid["components"]))
    session_keys.STUDY_LEVELS.set(int(grid.get("levels", 7)))


def _numbers(text: str, what: str) -> tuple[int, ...]:
    """Whole numbers with spaces between; a comma groups the digits of one, as in 1,000."""
    parts = text.replace(";", " ").split()
    wrong = [part for part in parts if not re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15}", part.strip(","))]
    if wrong:
        raise InputError(f"{what}: {quoted(wrong[0])} is not a whole number.", remedy="For example: 1000 10000")
    return tuple(int(part.strip(",").replace(",", "")) for part in parts)
