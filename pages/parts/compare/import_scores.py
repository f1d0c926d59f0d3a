"""Import score files: what is in them, what each name means, and only then into the ledger."""

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
from core.evidence.entries import Curve, Entry, LoggedSubset, Match
from core.evidence.import_plan import LabelAnswer, Meanings, confirmed, import_plan
from core.evidence.importers import registry, roles, sources
from core.evidence.importers.proposal import Options, ProposedScore
from core.evidence.importers.registry import TreeImport
from pages.parts.compare.logged import outcome, tell_next
from pages.parts.compare.state import State
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain, rows

UNSEEN = "a dataset that is not here"
OPEN = "leave unmatched"
SHOWN = 500


def import_files(state: State) -> None:
    """Drop files or name a folder; preview; answer what is open; match names; confirm."""
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
            pd.DataFrame([(each.name, each.looks_for) for each in registry.IMPORTERS], columns=["format", "looks for"]),
            hide_index=True,
        )
    if not uploads and not path.strip():
        st.caption("Nothing is logged before you have seen it and pressed the last button.")
        return
    options = _options()
    found = _read(uploads or [], path.strip(), options)
    if not _preview(found):
        return
    _log(state, found)


def _options() -> Options:
    """What holds for all files that do not say it themselves."""
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
    """The files as read with the answers so far; read again only when something changed."""
    answers: dict[str, Options] = session_keys.IMPORT_ANSWERS.start({})
    by_path = {name: replace(common, mapping=held.mapping, scale=held.scale, decimal=held.decimal)
               for name, held in answers.items()}  # fmt: skip
    by_path[""] = common
    signature = (tuple(str(upload.file_id) for upload in uploads), path, repr(sorted(by_path.items())))  # type: ignore[attr-defined]
    held = session_keys.IMPORTED_SCORES.get(None)
    if held is None or held[0] != signature:
        bar = st.progress(0.0, text="Reading")

        def told(done: float, total: float, note: str = "") -> None:
            bar.progress(min(1.0, done / total) if total else 0.0, text=plain(note) or "Reading")

        if uploads:
            files = [(upload.name, upload.getvalue()) for upload in uploads]  # type: ignore[attr-defined]
            with sources.open_uploads(files) as tree:
                found = registry.read_tree(tree, by_path, progress=told)
        else:
            with sources.open_tree(settings.allowed_path(Path(path), address=_address())) as tree:
                found = registry.read_tree(tree, by_path, progress=told)
        bar.empty()
        held = (signature, found)
        session_keys.IMPORTED_SCORES.set(held)
    return held[1]


def _address() -> str:
    return str(st.get_option("server.address") or "")


def _preview(found: TreeImport) -> bool:
    """What each file gave; asks what is open. False while an answer is missing or nothing can be logged."""
    kept = Counter(score.file for score in found.whole.scores)
    table = pd.DataFrame(
        [
            {"file": each.file, "format": each.importer, "scores read": len(each.scores) + len(each.repeated),
             "said twice": len(each.repeated) + len(each.scores) - kept[each.file],
             "scores": kept[each.file], "left out": len(each.rejected), "curves": len(each.curves)}
            for each in found.files
        ]
    )  # fmt: skip
    if len(table):
        st.dataframe(table, hide_index=True, width="stretch", key="import-files")
    for path, why in found.failed[:20]:
        st.warning(f"**{plain(path)}** {plain(why)}")
    if len(found.failed) > 20:
        st.warning(f"{len(found.failed) - 20} more files could not be read.")
    for notice in found.whole.notices[:20]:
        st.caption(plain(notice))
    for line in _passed_over(found):
        st.caption(plain(line))
    if found.whole.rejected:
        with st.expander(f"Left out: {counted(len(found.whole.rejected), 'row or field', 'rows or fields')}"):
            st.dataframe(
                pd.DataFrame([(each.file, each.where, each.why) for each in found.whole.rejected[:SHOWN]],
                             columns=["file", "where", "why"]), hide_index=True, width="stretch",
            )  # fmt: skip
    _mappings(found)
    answered = _questions(found)
    if not found.whole.scores:
        st.info("No score could be read from this.")
    return answered and bool(found.whole.scores)


def _passed_over(found: TreeImport) -> list[str]:
    """The files that hold no scores of runs, a line for each reason."""
    paths: dict[str, list[str]] = {}
    for path, why in found.passed_over:
        paths.setdefault(why, []).append(path)
    return [
        f"Passed over ({why}): {', '.join(same[:8])}" + (f" and {len(same) - 8:,} more" if len(same) > 8 else "")
        for why, same in paths.items()
    ]


def _mappings(found: TreeImport) -> None:
    """The roles of a table's columns, to correct."""
    answers: dict[str, Options] = session_keys.IMPORT_ANSWERS.start({})
    for each in found.files:
        if not each.columns:
            continue
        with st.expander(f"Columns of {plain(each.file)}"):
            table = pd.DataFrame({"column": list(each.columns), "role": [each.mapping[name] for name in each.columns]})
            edited = st.data_editor(
                table, hide_index=True, disabled=["column"], key=f"mapping-{each.file}",
                column_config={"role": st.column_config.SelectboxColumn(
                    "role", options=list(roles.ROLES), required=True,
                    help=" · ".join(f"{name}: {what}" for name, what in roles.ROLES.items()))},
            )  # fmt: skip
            mapping = dict(zip(edited["column"], edited["role"]))
            if mapping != dict(each.mapping):
                answers[each.file] = replace(answers.get(each.file, Options()), mapping=mapping)
                st.rerun()


def _questions(found: TreeImport) -> bool:
    answers: dict[str, Options] = session_keys.IMPORT_ANSWERS.start({})
    for number, question in enumerate(found.whole.questions):
        chosen = st.radio(
            f"{plain(question.file)}: {plain(question.text)}", question.choices, index=None, horizontal=True,
            key=f"question-{number}-{question.file}-{question.option}",
        )  # fmt: skip
        if chosen is not None:
            held = answers.get(question.file, Options())
            answers[question.file] = (
                replace(held, scale=chosen) if question.option == "scale" else replace(held, decimal=chosen)  # type: ignore[arg-type]
            )
            st.rerun()
    return not found.whole.questions


def _log(state: State, found: TreeImport) -> None:
    """The matching, the clashes, and the last button."""
    whole = found.whole
    only = st.checkbox("Only the measures that most people want of each format", value=True, key="import-primary")
    chosen = [score for score in whole.scores if score.primary or not only]
    if not chosen:
        st.info("None of these measures is among the usual ones: clear the box above to log the others.")
        return
    st.text(_reckoned(found, chosen))
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
    beside = _listed(plan.others)
    going_on = f"Log {counted(going, 'score')}" if going else f"Log {beside}" if beside else "Nothing new to log"
    if st.button(going_on, type="primary", disabled=not going and not plan.others, key="import-confirm"):
        names = ", ".join(each.file for each in found.files[:3]) + (" …" if len(found.files) > 3 else "")
        done = ledger.add_scores(
            state.workspace, plan.scores, title=f"Import of {names}", others=plan.others,
            conflicts="replace" if replacing else "keep",
        )  # fmt: skip
        tell_next(outcome(done, replaced=replacing) if going else f"{beside} logged. Undo: under Ledger.")
        session_keys.IMPORTED_SCORES.drop()
        session_keys.IMPORT_ANSWERS.drop()
        st.rerun()


def _reckoned(found: TreeImport, chosen: Sequence[ProposedScore]) -> str:
    """How the scores of all files become those that stand here, so that the numbers add up."""
    away = [
        (len(found.whole.repeated), "say what another says"),
        (len(found.whole.older), "are of an older result of the same run"),
        (found.contradicting, "contradict another and are left out"),
        (len(found.whole.scores) - len(chosen), "are of measures that few people want"),
    ]
    said = "".join(f" − {count:,} that {why}" for count, why in away if count)
    return f"{counted(found.read, 'score')} read{said}" + (f" = {counted(len(chosen), 'score')}." if said else ".")


def _listed(others: Sequence[Entry]) -> str:
    """What goes into the ledger beside scores, in words."""
    kinds = (
        (Match, "matched name", "matched names"),
        (Curve, "curve", "curves"),
        (LoggedSubset, "dataset that is not here", "datasets that are not here"),
    )
    counts = [(sum(isinstance(entry, kind) for entry in others), one, many) for kind, one, many in kinds]
    return ", ".join(counted(count, one, many) for count, one, many in counts if count)


def _match(state: State, chosen: list[ProposedScore]) -> Meanings:
    """Which dataset each name means, by what is known and what a person says.

    Only what is sure stands in the first table unasked; a name that is merely like one of ours waits for a tick.
    """
    options = state.choices
    suggestions = matching.suggest(chosen, known=state.known, confirmed=state.ledger.matches)
    names = {digest: option for option, digest in reversed(options.items())}
    sure = sum(suggestion.sure for suggestion in suggestions)
    verb = "is" if len(suggestions) == 1 else "are"
    others = "; the others are for you to match" if sure < len(suggestions) else ""
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


def _option(each: matching.Suggestion, options: dict[str, str], names: dict[str, str]) -> str:
    """The selector's word for a suggestion: its very name where that is one, else a name of its digest."""
    return each.name if options.get(each.name) == each.subset else names.get(each.subset, OPEN)


def _alike(similar: list[matching.Suggestion], *, key: str) -> dict[str, str]:
    """Names that are like one of ours, each to be ticked where it means that: label → digest of the ticked ones."""
    if not similar:
        return {}
    st.markdown("**Alike, not the same: tick what means the same**")
    table = pd.DataFrame(
        [{"name in the file": each.label, "is like": each.name, "the same": False} for each in similar]
    )
    edited = st.data_editor(table, hide_index=True, width="stretch", disabled=["name in the file", "is like"], key=key)
    return {each.label: each.subset for each, said in zip(similar, edited["the same"]) if said}
