"""Imports score files: shows what is in them, matches each name with a dataset, and only then logs the scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from core import settings
from core.counted import counted
from core.evidence import ledger, matching
from core.evidence.import_plan import LabelAnswer, Meanings, confirmed, import_plan
from core.evidence.importers import registry, roles, sources
from core.evidence.importers.proposal import Options, ProposedScore
from core.evidence.importers.registry import TreeImport
from core.workbench.inspections.score_import import listed_others, reckoned
from pages.parts.compare.logged import outcome, tell_next
from pages.parts.compare.state import State
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain, rows

UNSEEN = "a dataset that is not here"
OPEN = "leave unmatched"
SHOWN = 500


def import_files(state: State) -> None:
    """Draw the import: drop files or name a folder, preview, answer open questions, match names, confirm."""
    left, right = st.columns([3, 2])
    uploads = left.file_uploader(
        "Score files, a run's folder as an archive, or several at once", accept_multiple_files=True, key="score-files"
    )
    path = right.text_input(
        "Or a folder or file on the server", key="score-path", placeholder="/home/me/runs",
        help="Under the folders that DIVERSCOPE_DATA_ROOTS allows. Links are not followed.",
    )  # fmt: skip
    with right.popover("Formats", icon=":material/help:"):
        st.dataframe(
            pd.DataFrame(
                [(importer.name, importer.looks_for) for importer in registry.IMPORTERS],
                columns=["format", "looks for"],
            ),
            hide_index=True,
        )
    if not uploads and not path.strip():
        st.caption("Nothing is logged before you have seen it and pressed the last button.")
        return
    options = _options()
    tree_import = _read(uploads or [], path.strip(), options)
    if not _preview(tree_import):
        return
    _log(state, tree_import)


def _options() -> Options:
    """Draw the values that apply to all files that lack them."""
    with st.expander("Fill in what the files do not say"):
        first = st.columns(4)
        return Options(
            benchmark=first[0].text_input("Benchmark", key="import-benchmark").strip(),
            model=first[1].text_input("Base model", key="import-model").strip(),
            judge=first[2].text_input("Judge", key="import-judge").strip(),
            baseline=first[3].text_input("Baseline", key="import-baseline").strip(),
            repeats="seeds"
            if st.checkbox("Different values of one run are different training seeds", key="import-repeats")
            else "refuse",
        )


def _read(uploads: Sequence[object], path: str, common: Options) -> TreeImport:
    """The files, read with the answers so far; read again only when something changed."""
    answers: dict[str, Options] = session_keys.IMPORT_ANSWERS.start({})
    by_path = {name: replace(common, mapping=option.mapping, scale=option.scale, decimal=option.decimal)
               for name, option in answers.items()}  # fmt: skip
    by_path[""] = common
    signature = (tuple(str(upload.file_id) for upload in uploads), path, repr(sorted(by_path.items())))  # type: ignore[attr-defined]
    option = session_keys.IMPORTED_SCORES.get(None)
    if option is None or option[0] != signature:
        bar = st.progress(0.0, text="Reading")

        def told(done: float, total: float, note: str = "") -> None:
            bar.progress(min(1.0, done / total) if total else 0.0, text=plain(note) or "Reading")

        if uploads:
            files = [(upload.name, upload.getvalue()) for upload in uploads]  # type: ignore[attr-defined]
            with sources.open_uploads(files) as tree:
                tree_import = registry.read_tree(tree, by_path, progress=told)
        else:
            with sources.open_tree(settings.allowed_path(Path(path), address=_address())) as tree:
                tree_import = registry.read_tree(tree, by_path, progress=told)
        bar.empty()
        option = (signature, tree_import)
        session_keys.IMPORTED_SCORES.set(option)
    return option[1]


def _address() -> str:
    return str(st.get_option("server.address") or "")


def _preview(tree_import: TreeImport) -> bool:
    """Draw what each file gave and the open questions; False if an answer is missing or nothing can be logged."""
    kept = Counter(score.file for score in tree_import.whole.scores)
    table = pd.DataFrame(
        [
            {"file": file.file, "format": file.importer, "scores read": len(file.scores) + len(file.repeated),
             "said twice": len(file.repeated) + len(file.scores) - kept[file.file],
             "scores": kept[file.file], "left out": len(file.rejected), "curves": len(file.curves)}
            for file in tree_import.files
        ]
    )  # fmt: skip
    if len(table):
        st.dataframe(table, hide_index=True, width="stretch", key="import-files")
    for path, why in tree_import.failed[:20]:
        st.warning(f"**{plain(path)}** {plain(why)}")
    if len(tree_import.failed) > 20:
        st.warning(f"{len(tree_import.failed) - 20} more files could not be read.")
    for notice in tree_import.whole.notices[:20]:
        st.caption(plain(notice))
    for line in tree_import.passed_over_lines:
        st.caption(plain(line))
    if tree_import.whole.rejected:
        with st.expander(f"Left out: {counted(len(tree_import.whole.rejected), 'row or field', 'rows or fields')}"):
            st.dataframe(
                pd.DataFrame([(file.file, file.where, file.why) for file in tree_import.whole.rejected[:SHOWN]],
                             columns=["file", "where", "why"]), hide_index=True, width="stretch",
            )  # fmt: skip
    _mappings(tree_import)
    answered = _questions(tree_import)
    if not tree_import.whole.scores:
        st.info("No score could be read from this.")
    return answered and bool(tree_import.whole.scores)


def _mappings(tree_import: TreeImport) -> None:
    """Draw the roles of a table's columns, which the user can correct."""
    answers: dict[str, Options] = session_keys.IMPORT_ANSWERS.start({})
    for file in tree_import.files:
        if not file.columns:
            continue
        with st.expander(f"Columns of {plain(file.file)}"):
            table = pd.DataFrame({"column": list(file.columns), "role": [file.mapping[name] for name in file.columns]})
            edited = st.data_editor(
                table, hide_index=True, disabled=["column"], key=f"mapping-{file.file}",
                column_config={"role": st.column_config.SelectboxColumn(
                    "role", options=list(roles.ROLES), required=True,
                    help=" · ".join(f"{name}: {what}" for name, what in roles.ROLES.items()))},
            )  # fmt: skip
            mapping = dict(zip(edited["column"], edited["role"]))
            if mapping != dict(file.mapping):
                answers[file.file] = replace(answers.get(file.file, Options()), mapping=mapping)
                st.rerun()


def _questions(tree_import: TreeImport) -> bool:
    answers: dict[str, Options] = session_keys.IMPORT_ANSWERS.start({})
    for number, question in enumerate(tree_import.whole.questions):
        chosen = st.radio(
            f"{plain(question.file)}: {plain(question.text)}", question.choices, index=None, horizontal=True,
            key=f"question-{number}-{question.file}-{question.option}",
        )  # fmt: skip
        if chosen is not None:
            answer = answers.get(question.file, Options())
            answers[question.file] = (
                replace(answer, scale=chosen) if question.option == "scale" else replace(answer, decimal=chosen)  # type: ignore[arg-type]
            )
            st.rerun()
    return not tree_import.whole.questions


def _log(state: State, tree_import: TreeImport) -> None:
    """Draw the matching, the clashes, and the last button, which logs the scores."""
    whole = tree_import.whole
    only = st.checkbox("Only the measures that most people want of each format", value=True, key="import-primary")
    chosen = [score for score in whole.scores if score.primary or not only]
    if not chosen:
        st.info("None of these measures is among the usual ones: clear the box above to log the others.")
        return
    st.text(reckoned(tree_import, chosen))
    with st.expander(f"{counted(len(chosen), 'score')}"):
        st.dataframe(
            pd.DataFrame([(s.subject, s.benchmark, s.measure, s.value, s.unit, s.stderr, s.n, s.judge, s.model, s.seed,
                           s.file, s.field) for s in chosen[:SHOWN]],
                         columns=["name", "benchmark", "measure", "value", "unit", "stderr", "n", "judge", "model",
                                  "seed", "file", "field"]), hide_index=True, width="stretch", key="import-scores",
        )  # fmt: skip
    plan = import_plan(whole, scores=chosen, meanings=_match(state, chosen), ledger=state.ledger)
    clashes = plan.clashes
    for notice in clashes.notices:
        st.caption(plain(notice))
    if clashes.repeated:
        st.caption(f"In the ledger already, and not logged again: {counted(len(clashes.repeated), 'score')}.")
    replacing = False
    if clashes.conflicting:
        replacing = st.checkbox(
            f"Let new scores count where they contradict a logged value ({rows(len(clashes.conflicting))})",
            key="import-replace",
        )
    going = len(clashes.new) + (len(clashes.conflicting) if replacing else 0)
    beside = listed_others(plan.others)
    going_on = f"Log {counted(going, 'score')}" if going else f"Log {beside}" if beside else "Nothing new to log"
    if st.button(going_on, type="primary", disabled=not going and not plan.others, key="import-confirm"):
        names = ", ".join(file.file for file in tree_import.files[:3]) + (" …" if len(tree_import.files) > 3 else "")
        done = ledger.add_scores(
            state.workspace, plan.scores, title=f"Import of {names}", others=plan.others,
            conflicts="replace" if replacing else "keep",
        )  # fmt: skip
        tell_next(outcome(done, replaced=replacing) if going else f"{beside} logged. Undo: under Ledger.")
        session_keys.IMPORTED_SCORES.drop()
        session_keys.IMPORT_ANSWERS.drop()
        st.rerun()


def _match(state: State, chosen: list[ProposedScore]) -> Meanings:
    """Draw the matching and return which dataset each name means, as known or as the user answers.

    The first table is filled only with sure matches; a name that is merely similar to one of ours needs a tick.
    """
    options = state.choices
    suggestions = matching.suggest(chosen, known=state.known, confirmed=state.ledger.matches)
    names = {digest: option for option, digest in reversed(options.items())}
    sure = sum(suggestion.sure for suggestion in suggestions)
    verb = "is" if len(suggestions) == 1 else "are"
    others = "; match the others yourself" if sure < len(suggestions) else ""
    st.text(f"{sure:,} of {counted(len(suggestions), 'name')} {verb} known{others}.")
    every = st.radio(
        "Names that are not known", [OPEN, UNSEEN], horizontal=True, key="import-unknown",
        help="Unmatched scores stay in the ledger and can be matched later.",
    )  # fmt: skip
    stamp = f"{every}-{len(suggestions)}-{state.fingerprint}"
    table = pd.DataFrame(
        [
            {"name in the file": each.label, "scores": each.scores,
             "is": _option(each, options, names) if each.sure else every, "because": each.how}
            for each in suggestions
        ]
    )  # fmt: skip
    edited = st.data_editor(
        table, hide_index=True, width="stretch", disabled=["name in the file", "scores", "because"],
        key=f"match-{stamp}",
        column_config={"is": st.column_config.SelectboxColumn("is", options=[OPEN, UNSEEN, *options], required=True)},
    )  # fmt: skip
    ticked = _alike([each for each in suggestions if each.how == "similar name"], key=f"alike-{stamp}")
    answers = {
        label: LabelAnswer(digest=options.get(chosen, ""), unseen=chosen == UNSEEN, changed=chosen != offered)
        for label, chosen, offered in zip(edited["name in the file"], edited["is"], table["is"])
    }
    meanings = confirmed(suggestions, answers=answers, ticked=ticked)
    matched = len(meanings.digests) - len(meanings.unseen)
    st.caption(
        f"To be logged: {counted(matched, 'name')} matched, {counted(len(meanings.unseen), 'dataset')} not here, "
        f"{len(suggestions) - len(meanings.digests):,} unmatched."
    )
    return meanings


def _option(suggestion: matching.Suggestion, options: dict[str, str], names: dict[str, str]) -> str:
    """A suggestion as an option of the selector: its own name if that is an option, else a name with its digest."""
    return suggestion.name if options.get(suggestion.name) == suggestion.subset else names.get(suggestion.subset, OPEN)


def _alike(similar: list[matching.Suggestion], *, key: str) -> dict[str, str]:
    """Names that are like one of ours, each to be ticked where it means that: label → digest of the ticked ones."""
    if not similar:
        return {}
    st.markdown("**Alike, not the same: tick what means the same**")
    table = pd.DataFrame(
        [
            {"name in the file": suggestion.label, "is like": suggestion.name, "the same": False}
            for suggestion in similar
        ]
    )
    edited = st.data_editor(table, hide_index=True, width="stretch", disabled=["name in the file", "is like"], key=key)
    return {suggestion.label: suggestion.subset for suggestion, said in zip(similar, edited["the same"]) if said}
