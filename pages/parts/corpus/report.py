"""The report of a corpus: what was read, what was kept, and what was left out and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.corpus import originals
from core.corpus.column_facts import label_columns
from core.corpus.report import copies_line, places
from core.corpus.store import BUILT_IN, Corpus
from core.counted import counted
from core.figures import corpus as figures
from core.figures.theme import Mode
from pages.parts.corpus.language_words import words_of_each_language
from pages.parts.corpus.languages import languages_of_rows
from pages.parts.corpus.row_kinds import kinds_of_rows, rows_cut_by_context
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain, rows

UNPARTED = ("Han", "Japanese", "Kana", "Thai")  # scripts that put no spaces between words
FIELDS_NAMED = 60
REMARKS = 20  # of one file, shown below the table
PREVIEWED = 200  # rejected records shown; the download has all of them


def corpus_report(corpus: Corpus, *, mode: Mode) -> None:
    """Draw the report: numbers, files, broken places, lengths, sources."""
    report = corpus.report
    _numbers(report)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown("**How long the rows are**")
        table = figures.length_table(report)
        show(
            figures.length_histogram(table, mode=mode),
            key="corpus-lengths",
            data=table,
            name="lengths",
            caption=_length_line(report),
        )
    with right:
        titles = {"sources": "Source", "categories": "Category", "scripts": "Script"}
        options = [name for name in titles if len(report[name]) > (name == "scripts")]
        shown = st.segmented_control(
            "Rows by", options, default="sources", required=True, format_func=lambda name: titles[name], key="report.by"
        )
        others = [name for name in label_columns(corpus) if name not in BUILT_IN]
        column = None
        if others:
            column = st.selectbox(
                "or by a column", others, index=None, placeholder="any of up to 50 values", key="report.column"
            )
        name = shown or "sources"
        counts = corpus.counts_of(column) if column else report[name]
        table = figures.count_table(counts, title=column or titles[name])
        show(figures.count_bars(table, mode=mode), key="corpus-counts", data=table, name=f"rows-by-{column or shown}")
    left, right = st.columns(2, gap="medium")
    with left:
        languages_of_rows(corpus, mode=mode)
    with right:
        _turns(report, mode=mode)
    left, right = st.columns(2, gap="medium")
    with left:
        kinds_of_rows(corpus, mode=mode)
    with right:
        rows_cut_by_context(corpus, mode=mode)
    words_of_each_language(corpus)
    st.markdown("**Files**")
    st.dataframe(_files(report), hide_index=True, key="report.files")
    for file in report["files"]:
        _places(file)
    _rejected(corpus, report)
    _copies(corpus, report)
    if report["fields_without_column"]:
        st.caption(
            "Kept with each row but not a column to filter by (objects, lists of other things than words, or beyond "
            "the 64th): "
            + plain(", ".join(report["fields_without_column"][:FIELDS_NAMED]))
            + " …" * (len(report["fields_without_column"]) > FIELDS_NAMED)
        )
    if corpus.roles:
        said = ", ".join(f"{role} = {answer}" for role, answer in corpus.roles.items())
        st.caption(plain(f"Who speaks, as a person said: {said}"))
    st.caption(f"Corpus {corpus.id} · normaliser version {report['normaliser']} · read in {report['seconds']:.3g} s")


def _numbers(report: dict[str, Any]) -> None:
    empties = sum(report["empty"].values())
    cells = [
        ("Records read", report["records_read"], ""),
        ("Rows kept", report["rows_kept"], ""),
        (
            "Duplicates",
            report["exact_duplicates"],
            "Rows with the same content; they became one row that counts them.",
        ),
        ("Empty", empties, "Rows without an instruction or without a response."),
        ("Broken", report["broken"], "Places in the files that hold no readable record; their lines are below."),
        ("Rejected", report["rejected"], "All records that are not in the corpus, empty and broken ones included."),
        ("Held out", report["held_out"], "Rows that no subset may contain."),
    ]
    for column, (label, value, note) in zip(st.columns(len(cells)), cells, strict=True):
        with column.container(border=True):
            st.subheader(rows(value), anchor=False)
            st.caption(label, help=note or None)


def _turns(report: dict[str, Any], *, mode: Mode) -> None:
    """Draw how many turns the conversations have, or that every row is a single exchange."""
    st.markdown("**Turns**", help="How often the user speaks in a conversation, each time with an answer.")
    if len(report["turns"]) < 2:
        turns = next(iter(report["turns"]), "1")
        st.caption("Every row is one question with its answer." if turns == "1" else f"Every row has {turns} turns.")
        return
    table = figures.count_table(report["turns"], title="Turns", by_number=True)
    show(figures.count_bars(table, mode=mode), key="corpus-turns", data=table, name="rows-by-turns")


def _length_line(report: dict[str, Any]) -> str:
    """The lengths in a sentence; words where they were counted for every script that the rows are in."""
    unparted = [name for name in UNPARTED if name in report["scripts"]]
    counts_words = not unparted or report.get("words_version", 1) > 1  # earlier versions took a sentence for a word
    parts = []
    for component in ("instruction", "response"):
        lengths = report["lengths"][component]
        if lengths["characters"]:
            words = f", {counted(lengths['words']['median'], 'word')}" if counts_words else ""
            parts.append(
                f"{component.capitalize()}: median {counted(lengths['characters']['median'], 'character')}{words}; "
                f"95 % have at most {counted(lengths['characters']['95 %'], 'character')}"
            )
    note = ". Words of Chinese, Japanese and Thai are estimated, to 7 % on average" if unparted and counts_words else ""
    return f"{'. '.join(parts)}{note}"


def _files(report: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "File": file["name"],
                "Format": file["container"] or "—",
                "Rows as": ", ".join(file["shapes"]) or "—",
                "Records": file["records"],
                "Rows": file["rows"],
                "Empty": sum(file["empty"].values()),
                "Broken": file["broken_total"],
                "Remarks": " ".join(([file["refused"]] if file["refused"] else []) + file["notes"]),
            }
            for file in report["files"]
        ]
    )


def _places(file: dict[str, Any]) -> None:
    """Draw the remarks in full, and the line numbers of broken records, bytes that are no UTF-8, and NUL bytes."""
    if file["refused"]:
        st.warning(f"{plain(file['refused'])} {plain(file['remedy'])}")
    for line in places(file):
        st.warning(plain(line), icon=":material/report:")
    for note in file["notes"][:REMARKS]:
        st.caption(plain(f"{file['name']}: {note}"))


def _rejected(corpus: Corpus, report: dict[str, Any]) -> None:
    if not report["rejected"]:
        st.caption("No record was rejected.")
        return
    with st.expander(f"{counted(report['rejected'], 'rejected record')}, with the reason", icon=":material/block:"):
        entries = corpus.first_rejected(PREVIEWED)
        _listed(
            [
                {
                    "Reason": entry["reason"],
                    "File": entry["file"],
                    "Place": _place(entry),
                    "Content": (entry.get("text") or originals.encode(_content(entry)))[:500],
                }
                for entry in entries
            ],
            total=report["rejected"],
            download="Download the rejected rows (JSONL)",
            data=lambda: corpus.rejected,
            name=f"rejected-{corpus.id}",
        )


def _copies(corpus: Corpus, report: dict[str, Any]) -> None:
    """Draw the duplicates whose other fields differ from the row that was kept."""
    line = copies_line(report)
    if not line:
        return
    with st.expander(plain(line), icon=":material/content_copy:"):
        entries = corpus.first_copies(PREVIEWED)
        _listed(
            [
                {
                    "Differs in": ", ".join(entry["fields"]),
                    "File": entry["file"],
                    "Place": _place(entry),
                    "Kept": f"{entry['kept']['file']}, {_place(entry['kept'])}",
                    "Content": originals.encode(_content(entry))[:500],
                }
                for entry in entries
            ],
            total=report["differing_copies"],
            download="Download these copies (JSONL)",
            data=lambda: corpus.copies,
            name=f"copies-{corpus.id}",
        )


def _place(entry: dict[str, Any]) -> str:
    return f"line {entry['line']}" if "line" in entry else f"record {entry['record']}"


def _content(entry: dict[str, Any]) -> dict[str, Any]:
    content = entry.get("content")
    return content if isinstance(content, dict) else {}


def _listed(lines: list[dict[str, str]], *, total: int, download: str, data: Callable[[], bytes], name: str) -> None:
    """Draw a table of the first ``lines`` and the download of all of them as ``name``.jsonl."""
    st.dataframe(lines, hide_index=True, height=280, key=f"report.{name}")
    if total > len(lines):
        st.caption(f"The first {rows(len(lines))}; the download has all.")
    st.download_button(
        download,
        data=data,
        file_name=f"{name}.jsonl",
        mime="application/jsonl",
        on_click="ignore",
        key=f"report.{name}.download",
    )
