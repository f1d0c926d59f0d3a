"""Keeping a subset: saves it, builds its series, exports it in a trainer's format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core.corpus.store import Corpus
from core.counted import counted
from core.export.bundle import bundle, problems_of
from core.export.format import Format, Problem
from core.export.records import rows_to_export
from core.export.trainers.hugging_face import CARD
from core.jobs import job_names
from core.selection.registry import strategy
from core.workbench.asked_training import AskedTraining
from core.workbench.build import Built
from core.workbench.dataset_card import card, part_of_built
from core.workbench.inspections.left_out import left_out
from core.workbench.inspections.passport import stamped
from core.workbench.saved_export import dropped_files, format_of, stem_of, unwritten
from core.workbench.saving import name_before, save, told_before
from core.workbench.subsets import LEVELS, Subset, default_name, series_name
from pages.parts.choosing.export_choice import answered, export_choice, labels_tick
from pages.parts.frame import jobs, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.told import tell_after_rerun


def keep_and_export(ctx: Context, built: Built, *, saved_here: Subset | None) -> None:
    """Draw the line that keeps the slider's subset: its name, Save, Export, and the series.

    ``saved_here`` is the saved subset that stands where the slider does. The threshold passport is stored with it.
    """
    with guarded():
        built = replace(built, recipe=stamped(ctx.workspace, built.recipe))
    proposed = default_name(built.recipe)
    seeds = strategy(built.recipe.strategy).level == "random"
    columns = st.columns([1.7, 0.9, 1.15, 0.65], gap="xsmall")
    name = columns[0].text_input("Name", placeholder=proposed, key="save-name", label_visibility="collapsed")
    if columns[1].button("Save", type="primary", width="stretch", key="save"):
        with guarded():
            before = name_before(ctx.workspace, built.recipe)
            saved = save(ctx.workspace, built, name=name)
            told = [f"Saved as {saved.name}.", told_before(ctx.workspace, saved, before=before)]
            tell_after_rerun(f"{plain(' '.join(filter(None, told)))} It is on the Compare page.")
            st.rerun()  # the drawer of saved subsets is outside this part of the page
    with columns[2].popover("Export", width="stretch", key="export-popover"), guarded():
        _export(built)
    with columns[3].popover("", icon=":material/more_horiz:", width="stretch", help="The series", key="series-popover"):
        if st.button(
            f"Draw {LEVELS} seeds" if seeds else f"Build the series ({LEVELS} levels)",
            width="stretch",
            key="series",
            help="Random has no scale: saves seven draws, each with its own seed."
            if seeds
            else "Saves the subsets at 0, 16.7, 33.3, 50, 66.7, 83.3 and 100 %.",
        ):
            request = {"recipe": replace(built.recipe, position=1.0, ids_digest="", rows=0).as_dict(), "name": name}
            title = f"Series of {series_name(built.recipe)}"
            job = jobs.start(ctx.workspace, job_names.SERIES, request, title=title)
            session_keys.SERIES_JOB.set(job.id)
    with st.container(key="series-box"):  # a container of its own keeps the positions of the elements below
        _follow_series(ctx)
        if saved_here is not None:
            st.caption(plain(f"Here stands the saved subset {saved_here.name}."))


def _export(built: Built) -> None:
    """Draw the choice of a format, the rows it cannot hold, and the button; the zip is made when it is pressed."""
    name = export_choice(st, key="format")
    written_as = answered(name, key="export")
    if written_as is None:
        st.download_button("Download", data=b"", disabled=True, width="stretch", key="export-unanswered")
        return
    corpus = built.corpus_view.corpus
    problems = _problems(corpus.id, built.recipe.ids_digest, repr(written_as), written_as, corpus, built)
    unwritten = sum(rows for problem, rows in problems.items() if not problem.kept)
    stem = stem_of(built.recipe, built.recipe.ids_digest, written_as)
    labels = labels_tick(corpus.columns, key="export-labels")
    st.download_button(
        f"Download {counted(built.recipe.rows - unwritten, 'row')}",
        data=lambda: exported(built, written_as=written_as, stem=stem, labels=labels),
        file_name=f"{stem}.zip",
        mime="application/zip",
        on_click="ignore",
        type="primary",
        width="stretch",
        key="export",
        disabled=unwritten == built.recipe.rows,
        help="A zip: the rows with every original and attached field, their recipe, and the dropped rows with reasons.",
    )
    for problem, rows in problems.items():
        st.warning(plain(problem.message(rows)))


def exported(built: Built, *, written_as: Format | AskedTraining, stem: str, labels: bool = False) -> bytes:
    """The zip archive of a built subset; pages call it only when the button is pressed."""
    corpus = built.corpus_view.corpus
    left, chosen = left_out(built), format_of(written_as, built.recipe)
    beside = dropped_files(corpus, left, stem=stem)
    if chosen.card:
        lost = unwritten(corpus, built.positions, chosen)
        file = f"{stem}{chosen.suffix}"
        beside[CARD] = card([part_of_built(built, file=file, dropped=left.counts, unwritten=lost)])
    return bundle(
        rows_to_export(corpus, built.positions, labels=labels),
        format=chosen,
        recipe=built.recipe.as_json(),
        stem=stem,
        beside=beside,
    )


@st.cache_data(max_entries=32, show_spinner="Looking for rows that this format has no place for …")
def _problems(
    corpus_id: str, ids_digest: str, asked: str, _written_as: Format | AskedTraining, _corpus: Corpus, _built: Built
) -> Mapping[Problem, int]:
    return problems_of(_corpus, _built.positions, format=format_of(_written_as, _built.recipe))


def _follow_series(ctx: Context) -> None:
    job_id = session_keys.SERIES_JOB.get("")
    if not job_id:
        return
    job = jobs.by_id(ctx.workspace, job_id)
    if job is None or job.state == "done":
        session_keys.SERIES_JOB.drop()
        if job is not None:
            st.toast(f"{LEVELS} subsets saved. They are on the Compare page.")
        return
    jobs.follow(ctx.workspace, job, key="series-job")
