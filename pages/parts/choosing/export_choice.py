"""The choice of what rows leave as: a format, or a trainer with the answers to what it asks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from core.corpus.column_facts import newest_numeric_columns, worded_columns
from core.corpus.row_labels import COLUMNS
from core.corpus.store import Corpus
from core.errors import InputError
from core.export.format import Format
from core.export.formats import FORMATS
from core.export.targets import TARGETS
from core.export.trainers.cutoff import OVERLONG, WORDS
from core.export.trainers.training import BATCH, CUTOFF, EPOCHS, SCHEDULER, WARM_UP, TrainingSettings
from core.workbench.asked_training import AskedTraining
from core.workbench.row_order import AS_CHOSEN, WAYS, RowOrder


def export_choice(place: Any, *, key: str) -> str:
    """Draw the list of formats and trainers in ``place``; gives the name chosen."""
    titles = {name: format.title for name, format in FORMATS.items()}
    titles |= {name: f"Training: {target.title}" for name, target in TARGETS.items()}
    return str(place.selectbox("Export as", list(titles), format_func=titles.__getitem__, key=key))


def answered(name: str, *, key: str) -> Format | AskedTraining | None:
    """The format called ``name``; for a trainer its questions are drawn, and None is given until they are answered.

    ``key`` keeps the fields of two places on one page apart.
    """
    if name in FORMATS:
        return FORMATS[name]
    target = TARGETS[name]
    with st.container(border=True, key=f"{key}-training"):
        left, right = st.columns(2)
        model = left.text_input("Base model", key=f"{key}-model", placeholder="hub id or folder")
        rate = right.number_input(
            "Learning rate", value=None, min_value=0.0, max_value=1.0, step=1e-6, format="%.2e", placeholder="your own",
            key=f"{key}-rate", help="It depends on the model. Diverscope does not know it, and invents none.",
        )  # fmt: skip
        template = left.text_input(
            "Chat template", key=f"{key}-template", placeholder="the tokenizer's own", help="As the trainer calls it."
        )
        cutoff = right.number_input("Cutoff in tokens", min_value=16, value=CUTOFF, step=256, key=f"{key}-cutoff")
        overlong = st.selectbox(
            "Rows longer than the cutoff", OVERLONG, format_func=lambda way: WORDS[way], key=f"{key}-overlong"
        )
        checked = f"written for {target.checked}" if target.checked else "unchecked: written by its documentation"
        st.caption(
            f"{target.title}, {checked}. Full fine-tuning with packing, {EPOCHS} epochs, batch {BATCH}, {SCHEDULER}, "
            f"{WARM_UP:.0%} warm-up. bash run_all.sh trains on every subset of the folder, each once."
        )
        if not model.strip() or not rate:
            st.info("Give a base model and a learning rate.", icon=":material/edit:")
            return None
        try:
            settings = TrainingSettings(
                learning_rate=float(rate),
                model=model.strip(),
                template=template.strip(),
                cutoff=int(cutoff),
                overlong=overlong,
            )
        except InputError as error:
            st.error(str(error))
            return None
    return AskedTraining(target=target, settings=settings)


def labels_tick(columns: Collection[str], *, key: str) -> bool:
    """Draw the tick that lets labels and notes leave with the rows, where a corpus with ``columns`` has any."""
    return not set(COLUMNS).isdisjoint(columns) and st.checkbox("With the labels and notes written on rows", key=key)


def row_order(corpus: Corpus, *, key: str) -> RowOrder:
    """Draw in which order the rows are written, and the column that it reads."""
    columns = {"largest": worded_columns(corpus)}
    columns |= dict.fromkeys(("rising", "falling"), newest_numeric_columns(corpus))
    ways = [way for way in WAYS if way == "chosen" or columns[way]]
    left, right = st.columns(2)
    way = left.selectbox(
        "Order of the rows", ways, format_func=WAYS.__getitem__, key=f"{key}-order",
        help="Easy to hard: lowest loss or difficulty first. Trainers shuffle unless told otherwise.",
    )  # fmt: skip
    if way == "chosen":
        return AS_CHOSEN
    return RowOrder(way=way, column=str(right.selectbox("By", columns[way], key=f"{key}-order-{way}")))
