"""The versions of a corpus: which grew from which, what is still of an older one, and how two differ."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.corpus.corpus_list import list_corpora
from core.corpus.originals import json_lines
from core.corpus.store import open_corpus
from core.corpus.versions import older_versions, versions
from core.counted import counted
from core.curation.version_difference import CHANGES, Change, VersionDifference, difference_of
from core.workbench.renewals import Renewal, renewals
from pages.parts.frame import jobs, session
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import moment, plain, rows, sendable

SHOWN = 200  # rows of one kind; the download has all


def versions_of(ctx: Context) -> None:
    """Draw the versions, with a button that opens another, and what an older one has that this one lacks."""
    known = versions(ctx.workspace, ctx.corpus.id)
    if len(known) < 2:
        return
    names = {version.corpus: version.name or "in the trash" for version in known}
    st.markdown("**Versions**")
    table = pd.DataFrame(
        [
            {
                "": "●" if version.corpus == ctx.corpus.id else "",
                "Version": names[version.corpus],
                "Rows": version.rows,
                "New rows": rows(step.new) if step else "",
                "There before": rows(step.again) if step else "",
                "Grown from": names.get(step.grown_from, step.grown_from) if step else "",
                "By": ", ".join(step.files) if step else "",
                "When": moment(step.at if step else version.made_at) if version.name else "",
            }
            for version in known
            for step in version.grown or (None,)
        ]
    )
    st.dataframe(
        table,
        hide_index=True,
        key="corpus.versions",
        column_config={
            "": st.column_config.TextColumn(width=30),
            "Rows": st.column_config.NumberColumn(format="localized"),
        },
    )
    others = [version for version in known if version.corpus != ctx.corpus.id and version.name]
    with st.container(horizontal=True):
        for version in others:
            if st.button(f"Open {plain(version.name)}", key=f"corpus.version.{version.corpus}"):
                session.look_at(version.corpus)
                st.rerun()
    _older(ctx, renewals(ctx.corpus), names)


def _older(ctx: Context, lines: list[Renewal], names: dict[str, str]) -> None:
    """Draw what is of an older version, and the buttons that compute it for this one."""
    if not lines:
        return
    of = names.get(lines[0].version, lines[0].version)
    with st.container(border=True, key="corpus.renewals"):
        st.markdown(f"**Of the older version {plain(of)}**")
        st.caption("What was computed there is of that version's rows. Here it is not there yet:")
        running = False
        for place, line in enumerate(lines):
            how = "all rows anew" if line.anew else "new rows only, the old ones are taken over"
            job = jobs.latest(ctx.workspace, line.task, dict(line.request or {})) if line.task else None
            if job is not None and job.state != "done":
                jobs.follow(ctx.workspace, job, key=f"corpus.renewal.{place}", alone=False)
                running = True
            else:
                way = how if line.task else "from a file or an endpoint, on its own page"
                st.text(f"{line.title}: {way}")
        due = [line for line in lines if line.task]
        if (
            due
            and not running
            and st.button(f"Compute {counted(len(due), 'feature')} here", icon=":material/update:", key="corpus.renew")
        ):
            with guarded():
                for line in due:
                    again = jobs.latest(ctx.workspace, line.task, dict(line.request or {})) is not None
                    jobs.start(ctx.workspace, line.task, dict(line.request or {}), title=line.title, again=again)
                st.rerun()


def compared(ctx: Context) -> None:
    """Draw how the corpus differs from another: by default the version that it grew from."""
    others = {info.id: info.name for info in list_corpora(ctx.workspace) if info.id != ctx.corpus.id}
    if not others:
        return
    usual = next((known for known in older_versions(ctx.workspace, ctx.corpus.id) if known in others), None)
    options = list(others)
    with st.expander("Compare with another version, or any corpus", icon=":material/difference:"):
        chosen = st.selectbox(
            "Against", options, index=options.index(usual) if usual else None, placeholder="a corpus",
            format_func=lambda key: sendable(others[key]), key="corpus.against",
        )  # fmt: skip
        if not chosen:
            return
        with guarded():
            difference = difference_of(open_corpus(ctx.workspace, chosen), ctx.corpus)
            counts = difference.counts
            titles = {
                "in": f"In · {rows(counts['in'])}",
                "out": f"Out · {rows(counts['out'])}",
                "changed": f"Another answer · {rows(counts['changed'])}",
            }
            st.text(f"{counted(counts['same'], 'row')} in both.")
            kind: Change = st.segmented_control(
                "Rows", CHANGES, default="in", required=True, format_func=titles.__getitem__, key="corpus.change",
                label_visibility="collapsed",
            )  # fmt: skip
            _rows_of(difference, kind)


def _rows_of(difference: VersionDifference, kind: Change) -> None:
    """Draw the first rows of one kind, and the download of all."""
    if not difference.counts[kind]:
        st.caption("None.")
        return
    shown = [
        {
            "Instruction": row["instruction"][:400],
            **({"Response before": row["before"]["response"][:400]} if "before" in row else {}),
            "Response": row["response"][:400],
            "Source": row["source"],
            "Id": row["id"],
        }
        for row in difference.rows(kind, most=SHOWN)
    ]
    st.dataframe(pd.DataFrame(shown), hide_index=True, height=300, key=f"corpus.difference.{kind}")
    if difference.counts[kind] > SHOWN:
        st.caption(f"The first {rows(SHOWN)}; the download has all.")
    st.download_button(
        "Download these rows (JSONL)",
        data=lambda: b"".join(json_lines(difference.rows(kind))),
        file_name=f"{kind}-{difference.newer.id}.jsonl",
        mime="application/jsonl",
        on_click="ignore",
        key=f"corpus.difference.{kind}.download",
    )
