"""Words, phrases and templates of each language in a corpus's report, and which languages have none of them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.component_words import component_phrase
from core.corpus.store import Corpus
from core.counted import counted
from core.features.languages.language_words import SAMPLE, LanguageWords, load_language_words
from core.features.languages.words_said import cells, commonest, what_is_missing
from core.jobs import job_names
from core.workbench.tasks.time_left import expected_seconds
from pages.parts.frame import jobs, session
from pages.parts.frame.plain_text import plain, sendable

HEAD = ("Language", "Rows", "Words", "Words a row", "Words are", "Phrases", "Rows with phrases", "Phrases are",
        "Templates", "Rows with templates")  # fmt: skip


def words_of_each_language(corpus: Corpus) -> None:
    """Draw a line for each language of the chosen component; before they are counted, what that takes and a button."""
    component = session.choice().component
    st.markdown(
        f"**Words, phrases and templates of each language, in {component_phrase(component)}**",
        help="Words a row: of the middle row. Phrases: those that the rows of the language share, up to four a row. "
        f"Templates: six parts of speech in a row that four rows share, looked for in up to {SAMPLE:,} rows. "
        "“none”: there is no way here to tell them apart in this language.",
    )
    lines = load_language_words(corpus, component)
    if lines is None:
        _count(corpus, component)
        return
    st.dataframe(
        pd.DataFrame([cells(line) for line in lines], columns=list(HEAD)), hide_index=True, key="report.language.words"
    )
    for sentence in what_is_missing(lines):
        st.caption(plain(sentence))
    _commonest(lines)


def _commonest(lines: list[LanguageWords]) -> None:
    """Draw the commonest phrases and templates of the languages that have any."""
    named = commonest(lines)
    if not named:
        return
    with st.expander("The commonest phrases and templates", icon=":material/format_quote:"):
        st.dataframe(
            pd.DataFrame(
                [
                    {"Language": language, "What": what, "The commonest": sendable(name), "Rows": rows}
                    for language, what, common in named
                    for name, rows in common
                ]
            ),
            hide_index=True,
            key="report.language.commonest",
        )


def _count(corpus: Corpus, component: str) -> None:
    request = {"corpus": corpus.id, "component": component}
    job = jobs.latest(corpus.workspace, job_names.LANGUAGE_WORDS, request)
    if job is not None and job.state != "done":
        jobs.follow(corpus.workspace, job, key="report.language.words")
        return
    lasts = jobs.lasting(max(2.0, expected_seconds(corpus.workspace, job_names.LANGUAGE_WORDS, request) or 2.0))
    st.caption(
        f"Counted for each language by itself, where it has them; the languages are told first if they are not yet: "
        f"{counted(len(corpus), 'row')}, {lasts.removesuffix(' left')}."
    )
    if st.button("Count them by language", icon=":material/format_list_numbered:", key="report.language.count"):
        jobs.start(
            corpus.workspace, job_names.LANGUAGE_WORDS, request, title=f"Words by language of {corpus.name}",
            again=job is not None,
        )  # fmt: skip
        st.rerun()
