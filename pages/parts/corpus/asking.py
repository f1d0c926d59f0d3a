"""The questions that the user answers before files become a corpus; the session keeps them until then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.corpus.formats.roles import RoleQuestion
from core.corpus.ingest import previews, role_questions
from core.workbench.tasks import loading as tasks
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys
from pages.parts.frame.guard import guarded


def is_asked() -> bool:
    """Whether a question about columns or roles waits for an answer."""
    return any(key.get(None) for key in (session_keys.PENDING_MAPPING, session_keys.PENDING_ROLES))


def forget() -> None:
    session_keys.PENDING_MAPPING.drop()
    session_keys.PENDING_ROLES.drop()


def ask_roles(pending: dict[str, Any]) -> None:
    """Let the next run ask who speaks in the files."""
    session_keys.PENDING_ROLES.set(pending)
    session_keys.CORPUS_GO.set("Add a corpus")


def hold(pending: dict[str, Any]) -> None:
    """Let the next run ask which column is what."""
    session_keys.PENDING_MAPPING.set(pending)
    session_keys.CORPUS_GO.set("Add a corpus")


def hold_request(workspace: Workspace, request: dict[str, Any]) -> None:
    """As :func:`hold`, for the files that a job reads."""
    with guarded():
        files = tasks.files_of(workspace, request)[0]
        how = _how(request)
        asked = {key: value for key, value in request.items() if key != "mapping"}
        session_keys.LOADING_JOB.drop()
        hold({"previews": previews(files), "files": files, "how": how, "request": asked})


def ask_roles_of(workspace: Workspace, request: dict[str, Any]) -> None:
    """As :func:`ask_roles`, for the files that a job reads."""
    with guarded():
        files = tasks.files_of(workspace, request)[0]
        how = _how(request)
        mapping = tasks.mapping_of(request.get("mapping"))
        questions = role_questions(files, mapping)
        asked = {key: value for key, value in request.items() if key != "mapping"}
        session_keys.LOADING_JOB.drop()
        ask_roles({"questions": questions, "files": files, "how": {**how, "mapping": mapping}, "request": asked})


def _how(request: dict[str, Any]) -> dict[str, Any]:
    """How the files of a request are read, and the corpus to which they are appended, if any."""
    return {key: request[key] for key in ("name", "reading", "holdout", "corpus") if key in request}


def strangers_of(
    workspace: Workspace, request: dict[str, Any], questions: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """What is asked about the records that a job set aside because nobody knows who speaks in them; None for none."""
    if not questions or not request:
        return None
    files = tasks.files_of(workspace, request)[0]
    how = _how(request)
    mapping = tasks.mapping_of(request.get("mapping"))
    asked = {key: value for key, value in request.items() if key != "mapping"}
    return {
        "questions": [RoleQuestion.of(question) for question in questions], "files": files,
        "how": {**how, "mapping": mapping}, "request": asked,
    }  # fmt: skip


def all_the_same(then: Callable[..., None], *args: Any) -> None:
    """Draw the way on after a refusal: the user may say which column is what."""
    st.button(
        "Read it all the same …",
        icon=":material/table_chart:",
        key="corpus.all-the-same",
        on_click=then,
        args=args,
        help="A form asks which column is what, with the chosen answers proposed as responses.",
    )
