"""The languages of a corpus: the button that has them told, the work while it runs, and their bars."""

from __future__ import annotations

import streamlit as st

from core.corpus.store import Corpus
from core.counted import counted
from core.features.languages.columns import TITLES, language_columns
from core.figures import corpus as figures
from core.figures.theme import Mode
from core.jobs import job_names
from pages.parts.frame import jobs
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain

ROWS_A_SECOND = 1_500  # measured, on one core: the languages of row, instruction and response


def languages_of_rows(corpus: Corpus, *, mode: Mode) -> None:
    """Draw rows by language, of the row or of one component; before they are told, what that takes and a button."""
    st.markdown(
        "**Languages**",
        help="Told offline from each text alone. “code” is program code without prose; "
        "“undetermined” is too short a text, or a list of names.",
    )
    columns = language_columns(corpus)
    if not columns:
        tell_languages(corpus, key="report.languages")
        return
    component = st.segmented_control(
        "Language of", list(columns), default="both", required=True, format_func=TITLES.__getitem__,
        key="report.language", label_visibility="collapsed",
    )  # fmt: skip
    name = columns[component or "both"]
    table = figures.count_table(corpus.counts_of(name), title="Language")
    show(figures.count_bars(table, mode=mode), key="corpus-languages", data=table, name="rows-by-language")
    st.caption(plain(f"The column {name} filters the rows and the pool, sets quotas, colours the map and is exported."))


def tell_languages(corpus: Corpus, *, key: str) -> None:
    """Draw the button that starts the job, or the job's progress; the page runs again when it is done."""
    request = {"corpus": corpus.id}
    job = jobs.latest(corpus.workspace, job_names.LANGUAGES, request)
    if job is not None and job.state != "done":
        jobs.follow(corpus.workspace, job, key=key)
        return
    lasts = jobs.lasting(max(2.0, len(corpus) / ROWS_A_SECOND)).replace(" left", "")
    st.caption(
        f"Which of some 90 languages is each row in, its question, its answer? {counted(len(corpus), 'row')}, {lasts}, "
        "on this machine. The answer becomes a column: to filter by, for quotas, colours and the export."
    )
    if st.button("Tell the languages", icon=":material/translate:", key=key):
        jobs.start(
            corpus.workspace, job_names.LANGUAGES, request, title=f"Languages of {corpus.name}", again=job is not None
        )
        st.rerun()
