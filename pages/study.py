"""Study: a paper's grid of subsets in one press: strategies, components, sizes, levels and seeds."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.jobs import job_names
from core.workbench.studies.study_file import study_text
from core.workbench.studies.study_run import keep_study, list_studies
from core.workbench.subset_cost import cost_of_study, more_than_the_pool
from pages.parts.choosing.profile_form import profile_now
from pages.parts.frame import address, jobs, session
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.empty_state import SUBSETS, empty_state
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import open_page
from pages.parts.frame.plain_text import plain
from pages.parts.study.study_export import study_export
from pages.parts.study.study_form import study_form
from pages.parts.study.study_grid import study_grid

ctx = open_page("study")

with guarded():
    known = {study.key: study for study in list_studies(ctx.workspace, ctx.corpus.id)}
    drawer = st.expander("A new study", icon=":material/add:", expanded=not known, key="study-new")
    left, right = drawer.columns([3, 2], gap="medium")
    with left:
        planned = study_form(ctx)
    if planned is not None:
        with right.container(border=True):
            st.markdown(f"**{plain(planned.name)}**")
            draws = sum(cell.strategy == "random" for cell in planned.cells)
            st.text(f"{counted(len(planned.cells), 'subset')}, {counted(draws, 'random draw')} among them.")
            missing = {component: planned.needs(component) for component in planned.components_read}
            st.caption(
                "Reads " + "; ".join(f"{plain(component)}: {', '.join(needs)}" for component, needs in missing.items())
                + ". What is missing is computed first; what is saved already is not built again."
            )  # fmt: skip
            st.caption(jobs.takes_here(ctx.workspace, job_names.STUDY, {"study": planned.as_dict()}))
            cost = cost_of_study(ctx.workspace, planned, profile=profile_now(ctx))
            st.caption(plain(f"To train on all of them once: {cost.words}. {cost.by}".rstrip()))
            for sentence in more_than_the_pool(ctx.workspace, planned):
                st.warning(plain(sentence))
            start, take = st.columns(2)
            if start.button("Start the study", type="primary", width="stretch", key="study-start"):
                keep_study(ctx.workspace, planned)
                request = {"study": planned.as_dict()}
                title = f"Study {planned.name}"
                # A study that was done may have lost subsets since, or have more to build with new features.
                jobs.start(ctx.workspace, job_names.STUDY, request, title=title, again=True)
                address.STUDY.chosen.set(planned.key)
                address.STUDY.widget.drop()
                st.rerun()
            take.download_button(
                "Study file (TOML)", data=study_text(planned, corpus_name=ctx.corpus.name).encode(),
                file_name="study.toml", mime="application/toml", on_click="ignore", width="stretch", key="study-file",
                help="The command line carries it out too: python -m core study study.toml",
            )  # fmt: skip
    if not known:
        takes = jobs.takes_here(ctx.workspace, job_names.STUDY, {"study": planned.as_dict()}) if planned else ""
        empty_state(
            "No study yet",
            "A study builds and saves a whole grid of subsets: each strategy on each component, at each size, from 0 "
            "to 100 % of its slider, with random draws of the same sizes. The grid above starts from what stands on "
            "the slider; a paper's is one choice away. Press “Start the study”.",
            takes=takes,
            ways=(SUBSETS,),
            key="study-none",
        )
        session.write_url()
        st.stop()
    key = bound_select(
        st, "Study", list(known), parameter=address.STUDY, default=next(iter(known)),
        format_func=lambda name: f"{known[name].name} · {counted(len(known[name].cells), 'subset')} · {name[:6]}",
    )  # fmt: skip
    study = known[key]
    job = jobs.latest(ctx.workspace, job_names.STUDY, {"study": study.as_dict()})
    members = study_grid(ctx, study, job)
    if members:
        study_export(ctx, study, members)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="study-job")

session.write_url()
