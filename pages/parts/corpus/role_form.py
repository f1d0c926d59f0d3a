"""The form that asks who speaks under roles that nobody knows, filled in by who speaks after whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.corpus.formats.roles import ANSWERS, ASKED, LEFT_OUT, RoleQuestion, answered, roles_asked
from core.counted import counted
from pages.parts.frame.plain_text import plain, sendable

TITLES = {
    "user": "user: asks", "assistant": "assistant: answers", "system": "system: sets the frame",
    "tool": "tool: gives results", LEFT_OUT: "nobody: leave these turns out",
}  # fmt: skip


def role_form(
    questions: Sequence[RoleQuestion], *, then: Callable[[dict[str, str]], None], cancel: Callable[[], None]
) -> None:
    """Show the roles of the files with a line of each and ask who each is; ``then`` gets the answers by role."""
    st.subheader("Who is this?", anchor=False)
    records = sum(question.records for question in questions)
    files = ", ".join(question.file for question in questions)
    st.text(
        f"{files}: {counted(records, 'conversation')} cannot be read before somebody says who speaks. The answers "
        "below are a guess, from who speaks after whom: check them, then make the corpus."
    )
    roles = roles_asked(questions)
    if len(roles) > ASKED:
        others = counted(len(roles) - ASKED, "other role")
        st.caption(f"These are the {ASKED} who speak most; the turns of {others} are left out.")
    with st.form("corpus.roles", border=True):
        chosen: dict[str, str] = {}
        for number, role in enumerate(roles[:ASKED]):
            who, says, answer = st.columns([2, 5, 3], vertical_alignment="center")
            who.markdown(f"**{plain(role.name)}**")
            who.caption(counted(role.turns, "turn"))
            says.text(sendable(role.sample) or "(nothing)")
            chosen[role.name] = answer.selectbox(
                f"Who is {plain(role.name)}?",
                ANSWERS,
                index=ANSWERS.index(role.proposal),
                format_func=lambda value: TITLES[value],
                key=f"corpus.role.{number}",
            )
        left, right, _ = st.columns([2, 1, 3])
        made = left.form_submit_button("Make the corpus", type="primary", width="stretch")
        dropped = right.form_submit_button("Cancel", width="stretch")
    if dropped:
        cancel()
        st.rerun()
    if made:
        then(answered(roles, chosen))
