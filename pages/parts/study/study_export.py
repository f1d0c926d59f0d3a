"""What can be done with a study's members at one press: exported for a trainer, compared, opened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.counted import counted
from core.export.bundle import problems_of
from core.export.format import Format, Problem
from core.row_positions import CorpusRows
from core.workbench.asked_training import AskedTraining
from core.workbench.saved_export import format_of, saved_archive, saved_rows
from core.workbench.studies.study import Study
from core.workbench.subsets import Subset
from pages.parts.choosing.export_choice import answered, export_choice, labels_tick
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def study_export(ctx: Context, study: Study, members: Sequence[Subset]) -> None:
    """Draw the export of all saved members in one zip; for a trainer ``run_all.sh`` trains on each of them once."""
    members = list({(subset.recipe.strategy, subset.digest): subset for subset in members}.values())
    with st.expander("Export all, ready to train", icon=":material/archive:", key="study-export-box"):
        name = export_choice(st, key="study-export-format")
        written_as = answered(name, key="study-export")
        labels = labels_tick(ctx.corpus.columns, key="study-export-labels")
        st.download_button(
            f"Export {counted(len(members), 'subset')}",
            data=(lambda: saved_archive(ctx.workspace, members, format=written_as, labels=labels))
            if written_as
            else b"",
            file_name=f"study-{study.key}-{name}.zip",
            mime="application/zip",
            on_click="ignore",
            key="study-export",
            disabled=written_as is None,
            help="Exactly the rows that were saved, of each subset its recipe and the rows that were dropped.",
        )
        if isinstance(written_as, Format) and written_as.card:
            st.caption("The card shows what was measured of each subset so far: measure the study on Compare first.")
        if written_as is not None:
            keys = tuple(subset.key for subset in members)
            for problem, rows in _problems(keys, repr(written_as), ctx, members, written_as).items():
                st.warning(plain(problem.message(rows)))


@st.cache_data(max_entries=16, show_spinner="Looking for rows that this format has no place for …")
def _problems(
    keys: tuple[str, ...], asked: str, _ctx: Context, _members: Sequence[Subset], _written_as: Format | AskedTraining
) -> dict[Problem, int]:
    """Problems of the rows of all members; a row in several of them counts once."""
    corpus, _ = saved_rows(_ctx.workspace, _members[0])
    rows = np.unique(np.concatenate([saved_rows(_ctx.workspace, subset)[1] for subset in _members]))
    return dict(problems_of(corpus, CorpusRows(rows), format=format_of(_written_as, _members[0].recipe)))
