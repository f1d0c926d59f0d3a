"""The form that adds a benchmark: files of test questions from the browser or the server, or the corpus's holdout."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.corpus.sources import DATA_SUFFIXES, PACKED_SUFFIXES, SourceFile, from_path, from_upload
from core.counted import counted
from core.curation.leaks.benchmarks import Benchmark, keep_holdout
from core.curation.leaks.reading import keep_files
from pages.parts.corpus.server_path import MOST, server_address
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import turn_to_several
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context


def add_benchmark(ctx: Context, *, opened: bool) -> None:
    """Draw the form; what is added is what the next run compares."""
    number = session_keys.BENCHMARK_FORM.now
    with st.expander("Add a benchmark", icon=":material/add:", expanded=opened, key=f"leaks-add-{number}"):
        left, right = st.columns([3, 2], gap="large")
        uploads = left.file_uploader(
            "Files of test questions", type=[kind[1:] for kind in (*DATA_SUFFIXES, *PACKED_SUFFIXES)],
            accept_multiple_files=True, key=f"leaks.files.{number}",
        )  # fmt: skip
        path = left.text_input(
            "or a file or folder on the server", key=f"leaks.path.{number}", placeholder="~/benchmarks",
            help="A folder gives a benchmark for each of its files.",
        ).strip()  # fmt: skip
        question = right.text_input(
            "Field of the question", key=f"leaks.question.{number}", placeholder="as recognised",
            help="Only where it is not recognised; a.b reaches into nested fields.",
        ).strip()  # fmt: skip
        answer = right.text_input(
            "Field of the answer", key=f"leaks.answer.{number}", placeholder="as recognised"
        ).strip()
        with right.container(horizontal=True):
            if st.button("Add", type="primary", key="leaks.add", disabled=not (uploads or path)):
                with guarded():
                    files: Sequence[SourceFile] = [from_upload(upload) for upload in uploads or ()]
                    if path:
                        files = [*files, *from_path(path, address=server_address(), at_most=MOST)]
                    _added(keep_files(ctx.workspace, files, question=question, answer=answer))
            free = int(ctx.corpus.holdout.sum())
            if st.button(
                "Use the holdout", key="leaks.holdout", disabled=not free,
                help="Rows that are trained on are compared with those that are held out.",
            ):  # fmt: skip
                with guarded():
                    _added([keep_holdout(ctx.corpus)])
        right.caption("The questions are kept in the workspace, so that a recipe works on when the file has moved.")


def _added(benchmarks: Sequence[Benchmark]) -> None:
    named = "; ".join(f"{kept.name}: {counted(len(kept), 'question')}" for kept in benchmarks)
    session_keys.LEAKS_SAID.set(f"{named}.")
    session_keys.BENCHMARK_FORM.renew()
    turn_to_several(address.LEAKS_AGAINST, [kept.key for kept in benchmarks])
    address.LEAKS_AGAINST.put(None)
    st.rerun()
