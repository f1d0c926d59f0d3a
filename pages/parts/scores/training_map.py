"""How a model learns each row: the form of a training, and its map, whose regions and cells select rows."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.counted import counted
from core.errors import InputError
from core.features.models.cartography import MEASURES, map_named, maps_of
from core.features.models.dynamics import REGIONS, regions
from core.features.models.schedules import CAUTION, ScheduleSetting, keep_schedules, log_named, simulate
from core.figures.cartography import cartography_figure, cell_table, cells_of, rows_in_box
from core.jobs import job_names
from core.row_positions import CorpusRows
from core.workbench.loops.loop_choices import base_choices
from core.workbench.loops.loop_request import TINY
from core.workbench.loops.training_dynamics import USUAL_ROWS, DynamicsRequest
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select, follow_default
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.model_input import model_input
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.selection import SelectionState
from pages.parts.scores.forms import start

ANOTHER = ""
MEANT = {
    "easy": "The model is confident of them from early on.",
    "ambiguous": "It changes its mind about them most; the paper finds that these help generalisation most.",
    "hard": "It stays unsure of them: hard, or wrong. Read some before you keep or drop them.",
}


def training_map(ctx: Context) -> str | None:
    """Draw the map of a recorded training, with its regions, and the form of another; returns its main column."""
    there = maps_of(ctx.corpus)
    if there:
        confidence = _drawn(ctx, list(there))
        with st.expander("Record another training", icon=":material/model_training:"):
            _form(ctx)
        return confidence
    _form(ctx)
    return None


def _form(ctx: Context) -> None:
    """Draw what the training is told, and its button or progress."""
    bases = base_choices(ctx.corpus)
    left, middle, right, more, help_ = st.columns([3, 1.3, 1.1, 1.5, 0.5], vertical_alignment="bottom")
    base = str(left.selectbox(
        "Model that is trained", [*bases, ANOTHER], key="scores.dynamics.base", persist_state="session",
        format_func=lambda name: f"{name} · {bases[name]}" if name in bases else "Another model",
    ))  # fmt: skip
    if base == ANOTHER:
        base = model_input("Model", key="scores.dynamics.model")
    rows = middle.number_input(
        "Rows", 10, max(10, len(ctx.corpus)), value=min(USUAL_ROWS, max(10, len(ctx.corpus))), step=100,
        key="scores.dynamics.rows", help="Drawn by a fixed seed where there are more. More take as much longer.",
    )  # fmt: skip
    epochs = more.number_input(
        "Epochs", 2, 100, value=5, key="scores.dynamics.epochs",
        help="How often each row is learnt. More tell ambiguous rows from hard ones better.",
    )  # fmt: skip
    seeds = right.text_input(
        "Seeds",
        value="0",
        key="scores.dynamics.seeds",
        help="Separate trainings whose measures are averaged: 0 1 2. With several, their agreement is told.",
    )
    with help_:
        explain(
            "how a row is learnt",
            formula="\n\n".join(f"{name}: {formula}" for name, (formula, _, _) in MEASURES.items()),
            source="; ".join(dict.fromkeys(source for _, source, _ in MEASURES.values())),
            notes="Here p(gold) is the mean probability of the answer's tokens at an epoch's end, and correct the "
            "share of them that are the model's first choice; a row is learnt from the median of these shares.",
            key="scores.dynamics.explain",
        )
    try:
        request = DynamicsRequest(
            corpus=ctx.corpus.id, base=base or TINY, rows=int(rows), epochs=int(epochs), seeds=_seeds(seeds)
        ).as_dict()
    except InputError as error:
        st.warning(plain(str(error)))
        return
    start(
        ctx, job_names.DYNAMICS, request, ready=bool(base), title=f"How rows of {ctx.corpus.name} are learnt",
        label=f"Train on {counted(int(rows), 'row')}",
    )  # fmt: skip


def _drawn(ctx: Context, names: list[str]) -> str:
    """Draw the chosen training; returns the column of its confidence."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    follow_default(address.TRAINING_SHOWN, names[0])  # a new training is shown, unless another was chosen
    name = bound_select(left, "Training", names, parameter=address.TRAINING_SHOWN, default=names[0])
    share = right.slider(
        "Ambiguous share", 0.05, 0.9, value=0.33, step=0.01, key="scores.dynamics.share",
        help="Of the rows, those whose variability is highest. The others are easy from the median confidence up.",
    )  # fmt: skip
    _, (confidence_column, variability_column, correctness_column) = map_named(ctx.corpus, name)
    confidence, variability = ctx.corpus.column(confidence_column), ctx.corpus.column(variability_column)
    correctness = ctx.corpus.column(correctness_column) if correctness_column else None
    labels = regions(confidence, variability, share=float(share))
    table = cell_table(confidence, variability, correctness, labels)
    with st.container(horizontal=True, vertical_alignment="center"):
        for region in REGIONS:
            rows = np.flatnonzero(labels == region)
            st.button(
                f"Select {counted(len(rows), f'{region} row')}", key=f"scores.region.{region}", help=MEANT[region],
                on_click=partial(_select, ctx, rows, f"{region} in {name}"), disabled=not len(rows),
            )  # fmt: skip
    show(
        cartography_figure(table, mode=ctx.mode),
        key=session_keys.TRAINING_MAP.name,
        data=table,
        name="cartography",
        on_select=partial(_pressed, ctx, name, confidence, variability),
        selection_mode=("points", "box"),
        drag="select",
        caption="Press a cell, or drag over several, to select their rows. High: easy; right: ambiguous; low: "
        "hard, or wrong.",
    )
    _schedules(ctx, name)
    return confidence_column


def _schedules(ctx: Context, name: str) -> None:
    """Draw what schedules would have done in the training, and keep both measures at a press."""
    with st.expander("What a schedule would have done", icon=":material/timeline:", key="scores-schedules"):
        try:
            _, log = log_named(ctx.corpus, name)
        except InputError as error:
            st.text(f"{error.what} {error.remedy}")
            return
        left, right, press, help_ = st.columns([2, 2, 1.2, 0.5], vertical_alignment="bottom")
        threshold = left.slider("Dropped from probability", 0.05, 1.0, value=0.5, step=0.05,
                                key="scores.schedules.threshold", help="Lower: more rows are dropped.")  # fmt: skip
        temperature = right.slider("Temperature of the weights", 0.1, 10.0, value=1.0, step=0.1,
                                   key="scores.schedules.temperature", help="Lower: most to high losses.")  # fmt: skip
        with help_:
            explain(
                "a simulated schedule",
                formula="dropout: an epoch reads the rows whose p was below the threshold an epoch before; the last "
                "all\n"
                "weights: w = n · softmax(−ln p / T) within an epoch; rows of equal weight: (Σ w)² / Σ w²",
                source="Progressive Data Dropout (arXiv 2505.22342); dynamic loss-based reweighting (arXiv "
                "2502.06733), the latter from memory",
                notes=CAUTION,
                key="scores.schedules.explain",
            )
        setting = ScheduleSetting(threshold=float(threshold), temperature=float(temperature))
        made = simulate(log, setting, size=len(ctx.corpus))
        st.dataframe(made.epochs, hide_index=True, key="scores.schedules.table")
        st.caption(f"Dropout reads {made.work:.0%} of what a training without it reads. {CAUTION}")
        if press.button("Keep as columns", key="scores.schedules.keep", width="stretch"):
            keep_schedules(ctx.corpus, name, made, setting)
            st.rerun()


def _pressed(ctx: Context, name: str, confidence: NDArray[np.float64], variability: NDArray[np.float64]) -> None:
    """The map's callback: select the rows of the box, else of the pressed cells."""
    selection = (session_keys.TRAINING_MAP.get(None) or {}).get("selection", {})
    if boxes := selection.get("box"):
        rows = rows_in_box(confidence, variability, x=boxes[-1]["x"], y=boxes[-1]["y"])
        _select(ctx, rows, f"a part of the map of {name}")
    elif points := selection.get("points"):
        cells = [int(point["customdata"][0]) for point in points if point.get("customdata")]
        rows = np.flatnonzero(np.isin(cells_of(confidence, variability), cells))
        _select(ctx, rows, f"{counted(len(cells), 'cell')} of the map of {name}")


def _select(ctx: Context, rows: NDArray[np.int64], said: str) -> None:
    SelectionState(ctx.corpus).select(CorpusRows(rows), said)


def _seeds(text: str) -> tuple[int, ...]:
    parts = text.replace(",", " ").split()
    if not parts or any(not re.fullmatch(r"[0-9]{1,9}", part) for part in parts):
        raise InputError("Seeds are whole numbers with spaces between.", remedy="For example: 0 1 2")
    return tuple(map(int, parts))
