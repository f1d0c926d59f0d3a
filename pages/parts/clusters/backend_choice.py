"""Who runs the embedder for this page's jobs: torch, or openvino where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import InputError
from core.features.backends import BACKENDS, INSTALL, OPENVINO, backend, installed
from core.features.embedders import INSTANT, is_given
from core.jobs.queue import Job
from pages.parts.frame import address, jobs
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def pick_backend() -> None:
    """Draw the choice; without openvino there is none, and the help says how to install it."""
    there = installed()
    try:
        usual = backend()
    except InputError as error:  # the machine's setting names what is not to be had
        usual = "none"
        st.warning(plain(str(error)))
    bound_select(
        st,
        "Backend: who runs the embedder",
        ["", *BACKENDS] if there else [""],
        parameter=address.BACKEND,
        default="",
        format_func=lambda name: name or f"the machine's ({usual})",
        disabled=not there,
        help=f"{OPENVINO} embeds about a quarter faster than torch on a processor; cosines to torch's vectors are at "
        f"least 0.999, so they are stored under one key. {'' if there else f'It is not installed here: {INSTALL}'}",
    )


def chosen_backend() -> str:
    """The backend that the session chose, "" where it leaves that to the machine."""
    asked = address.BACKEND.asked or address.BACKEND.chosen.get("")
    return asked if asked in BACKENDS and installed() else ""


def embedded_by(request: Mapping[str, Any]) -> dict[str, Any]:
    """A job's request with the session's backend, where an embedder runs that has one."""
    named, chosen = str(request.get("embedder") or ""), chosen_backend()
    return dict(request) | ({"backend": chosen} if chosen and named != INSTANT and not is_given(named) else {})


def latest(ctx: Context, task: str, request: Mapping[str, object]) -> Job | None:
    """The last job for ``request``: by the session's backend, or one that another page began by the machine's."""
    by_choice = jobs.latest(ctx.workspace, task, embedded_by(request))
    return by_choice or jobs.latest(ctx.workspace, task, dict(request))
