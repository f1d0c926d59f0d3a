"""The trainer profile: chosen, typed, filled from a training inside, deleted."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.budgets.profile_store import drop_profile, profiles, put_profile
from core.budgets.trainer_profile import TrainerProfile
from core.errors import DiverscopeError
from core.workbench.loops.loop_speed import LoopSpeed, loop_speeds
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.session_keys import Key

NEW = ""
EMPTY: dict[str, Any] = {
    "name": "", "tokens_a_second": None, "price_an_hour": 0.0, "currency": "", "gpus": 1, "epochs": 1.0, "cutoff": 0,
    "supervised_only": False, "measured": "",
}  # fmt: skip
FIELDS = tuple(field for field in EMPTY if field != "measured")  # those that a person types


def profile_form(ctx: Context) -> TrainerProfile | None:
    """Draw the choice of a profile and its figures; the chosen one, None where there is none."""
    known = profiles(ctx.workspace)
    kind, said = session_keys.PROFILE_SAID.pop(("", ""))
    if said:
        (st.error if kind == "error" else st.success)(plain(said))
    if not known:
        st.caption(
            "No trainer profile yet. It turns tokens into minutes and money: type what your trainer reads in a second, "
            "or take it from a training inside. No speed is assumed."
        )
    name = NEW
    if known:
        options = [*known, NEW]
        name = bound_select(
            st, "Trainer profile", options, parameter=address.PROFILE, default=options[0],
            format_func=lambda item: item or "A new one …",
        )  # fmt: skip
    chosen = known.get(name)
    _figures(ctx, chosen)
    _undo_delete(ctx)
    return chosen


def profile_now(ctx: Context) -> TrainerProfile | None:
    """The profile that stands in the form, drawn or not; None where there is none."""
    known = profiles(ctx.workspace)
    return known.get(address.PROFILE.chosen.get("") or address.PROFILE.asked or next(iter(known), NEW))


def _figures(ctx: Context, chosen: TrainerProfile | None) -> None:
    """Draw the figures of a profile and the buttons that keep and delete them."""
    start = chosen.as_dict() if chosen else EMPTY
    keys = {field: session_keys.PROFILE_FIELD.of(start["name"], field) for field in EMPTY}
    for field in FIELDS:
        if start[field] is not None:
            keys[field].start(start[field])
    if speeds := loop_speeds(ctx.workspace):
        _fill(keys, speeds)
    with st.form(f"profile-form-{start['name']}", border=False):
        left, right = st.columns(2)
        left.text_input("Name", key=keys["name"].name, placeholder="8 GPUs, full fine-tuning")
        right.number_input(
            "Tokens a second", min_value=0.0, value=None, step=100.0, format="%.1f", key=keys["tokens_a_second"].name,
            help="Of all GPUs together.",
        )  # fmt: skip
        left.number_input(
            "Price an hour", min_value=0.0, step=0.1, format="%.2f", key=keys["price_an_hour"].name,
            help="Of one GPU; 0 where no money is to be shown.",
        )  # fmt: skip
        right.text_input("Currency", key=keys["currency"].name, placeholder="EUR")
        left.number_input("GPUs", min_value=1, key=keys["gpus"].name)
        right.number_input(
            "Epochs", min_value=0.01, step=1.0, format="%.2f", key=keys["epochs"].name,
            help="How often the rows are gone through.",
        )  # fmt: skip
        left.number_input(
            "Cutoff, tokens", min_value=0, step=256, key=keys["cutoff"].name,
            help="Where the trainer cuts a row; 0 where it cuts none.",
        )  # fmt: skip
        right.toggle(
            "Learnt tokens only", key=keys["supervised_only"].name,
            help="Whether the tokens a second are those of responses alone, or all that are read.",
        )  # fmt: skip
        st.form_submit_button(
            "Keep this profile", type="primary", width="stretch", on_click=_keep, args=(ctx, keys, chosen)
        )
    if chosen is not None:
        if chosen.measured:
            st.caption(plain(f"Its speed was measured: {chosen.measured}."))
        st.button(
            "Delete this profile", key="profile-delete", icon=":material/delete:", width="stretch", on_click=_delete,
            args=(ctx, chosen.name),
        )  # fmt: skip


def _fill(keys: dict[str, Key[Any]], speeds: list[LoopSpeed]) -> None:
    """Draw the choice of a training inside whose speed fills the fields."""
    place = st.selectbox(
        "From a training inside", range(len(speeds)), index=None, key="profile-speed", placeholder="take its speed",
        format_func=lambda number: speeds[number].words,
    )  # fmt: skip
    st.button(
        "Fill in its speed", key="profile-fill", disabled=place is None, width="stretch", on_click=_take_speed,
        args=(keys, speeds[place] if place is not None else None),
    )  # fmt: skip


def _take_speed(keys: dict[str, Key[Any]], speed: LoopSpeed | None) -> None:
    if speed is not None:
        keys["tokens_a_second"].set(round(speed.tokens_a_second, 1))
        keys["cutoff"].set(speed.cutoff)
        keys["supervised_only"].set(False)
        keys["measured"].set(speed.title)
        if not keys["name"].get(""):
            keys["name"].set(speed.base)


def _keep(ctx: Context, keys: dict[str, Key[Any]], chosen: TrainerProfile | None) -> None:
    told = {field: key.get(EMPTY[field]) for field, key in keys.items()}
    told["name"] = " ".join(str(told["name"]).split())
    if chosen is not None and told["tokens_a_second"] == chosen.tokens_a_second:
        told["measured"] = told["measured"] or chosen.measured
    try:
        profile = TrainerProfile.of(told)
        put_profile(ctx.workspace, profile)
    except DiverscopeError as error:
        session_keys.PROFILE_SAID.set(("error", str(error)))
        return
    keys["measured"].drop()
    address.PROFILE.turn_to(profile.name)
    session_keys.PROFILE_SAID.set(("success", f"Kept: {profile.words}."))


def _delete(ctx: Context, name: str) -> None:
    with guarded():
        session_keys.PROFILE_DROPPED.set(drop_profile(ctx.workspace, name).as_dict())
        address.PROFILE.chosen.drop()
        address.PROFILE.widget.drop()


def _undo_delete(ctx: Context) -> None:
    dropped = session_keys.PROFILE_DROPPED.get({})
    if dropped:
        st.button(
            f"Undo: bring {plain(str(dropped['name']))} back", key="profile-undo", icon=":material/undo:",
            width="stretch", on_click=_bring_back, args=(ctx, dropped),
        )  # fmt: skip


def _bring_back(ctx: Context, dropped: dict[str, Any]) -> None:
    with guarded():
        put_profile(ctx.workspace, TrainerProfile.of(dropped))
        session_keys.PROFILE_DROPPED.drop()
        address.PROFILE.turn_to(str(dropped["name"]))
