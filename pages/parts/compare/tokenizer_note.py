"""The warning where a trained model reads text through another tokenizer than its subsets, and what to press."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.jobs import job_names
from core.workbench.inspections.run_tokenizers import OtherTokenizer, label_of, other_tokenizers
from pages.parts.compare.state import State
from pages.parts.frame import jobs
from pages.parts.frame.plain_text import plain


def note_tokenizers(state: State) -> list[str]:
    """Draw a warning for each model whose tokenizer is another one; gives a note for those that need no press."""
    if not state.subsets or state.seen.frame.empty:
        return []
    unknown, notes = [], []
    for other in _others(state.fingerprint, state):
        if other.folder and other.measured:
            notes.append(
                f"{counted(len(other.subsets), 'subset')}: also measured through the tokenizer of {other.model}, in "
                f"metrics that end in · {label_of(other.model)}."
            )
        elif other.folder:
            _warn(state, other)
        elif other.micro:
            unknown.append(other.model)
    if unknown:
        models = ", ".join(dict.fromkeys(unknown))
        notes.append(
            f"Whether the micro subsets were read through the tokenizer of {models} is not known: it is not here."
        )
    return notes


@st.cache_resource(max_entries=4, show_spinner="Comparing tokenizers …")
def _others(fingerprint: str, _state: State) -> list[OtherTokenizer]:
    return other_tokenizers(_state)


def _warn(state: State, other: OtherTokenizer) -> None:
    label = label_of(other.model)
    many = counted(len(other.subsets), "subset")
    by_types = (
        f" {counted(other.micro, 'subset')} of a micro strategy were chosen by types of it." if other.micro else ""
    )
    left, right = st.columns([5, 1.6], vertical_alignment="center")
    left.warning(
        plain(
            f"{other.model} reads text through another tokenizer than {other.read_by}, by which its {many} were "
            f"measured: mid-band types and token metrics are others for the model.{by_types}"
        )
    )
    request = {"subsets": list(other.subsets), "folder": other.folder, "model": other.model}
    job = jobs.latest(state.workspace, job_names.MEASURE_THROUGH, request)
    if job is not None and job.state not in ("done", "failed", "cancelled"):
        with right:
            jobs.follow(state.workspace, job, key=f"through-{label}")
        return
    for why in dict.fromkeys(((job.result or {}).get("failed", {}) if job else {}).values()):
        st.caption(plain(why))
    if right.button("Measure through it", key=f"through-start-{other.model}-{other.read_by}", width="stretch"):
        jobs.start(
            state.workspace, job_names.MEASURE_THROUGH, request, title=f"Measure {many} through {label}", again=True
        )
        st.rerun()
