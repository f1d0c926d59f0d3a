"""The form of a training: members, base, tokens, seeds, and how every run is trained."""

from __future__ import annotations

import re
from collections.abc import Mapping

import streamlit as st

from core.budgets.training_budget import LENGTHS, training_length
from core.budgets.units import BY_PROFILE, MONEY, UNITS
from core.device import DEVICES
from core.errors import InputError, quoted
from core.training.settings import PRECISIONS, ProxySettings
from core.workbench.loops.loop_choices import MemberChoice, base_choices, member_choices
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_request import COUNTED_OF, LoopRequest, usual_rate, usual_tokens
from core.workbench.recipe import Recipe
from core.workbench.subsets import Subset, list_subsets, open_subset
from pages.parts.choosing.on_slider import on_slider
from pages.parts.choosing.open_saved import SNAP
from pages.parts.choosing.size_form import profile_popover
from pages.parts.frame import session_keys
from pages.parts.frame.empty_state import no_subset_yet
from pages.parts.frame.model_input import model_input
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

ANOTHER = ""
MODEL_WORDS = (
    "A folder or a GGUF file of this server, or a hub id whose files are on this machine. Weights must be safetensors "
    "or GGUF; a model's own code is never run. A CPU trains millions of weights in seconds, hundreds of them in hours."
)


def loop_form(ctx: Context) -> LoopRequest | None:
    """Draw the form; the training that it describes, or None, with what is wrong or missing said below it."""
    choices = member_choices(ctx.workspace, ctx.corpus.id)
    if not choices:
        no_subset_yet("A small model is trained on each saved subset here and scored on rows outside them all.")
        return None
    if not session_keys.TRAIN_MEMBERS.there:
        session_keys.TRAIN_MEMBERS.set(_of_slider(ctx, choices))
    named = st.multiselect(
        "Train on", list(choices), key=session_keys.TRAIN_MEMBERS.name, persist_state="session",
        format_func=lambda name: choices[name].title, placeholder="A study, a series, saved subsets",
    )  # fmt: skip
    members = tuple(dict.fromkeys(key for name in named if name in choices for key in choices[name].keys))
    bases = base_choices(ctx.corpus)
    base = str(st.selectbox(
        "Base model", [*bases, ANOTHER], key="train-base", persist_state="session",
        format_func=lambda name: f"{name} · {bases[name]}" if name in bases else "Another model",
        help="Every member is trained from the weights of this model.",
    ))  # fmt: skip
    if base == ANOTHER:
        base = model_input("Model", key="train-model", help=MODEL_WORDS)
    length = _length(ctx, members)
    seeds = st.text_input(
        "Seeds", value="0 1 2", key="train-seeds", persist_state="session",
        help="Whole numbers with spaces between; each shuffles the rows anew. Below three, no spread is known.",
    )  # fmt: skip
    rate = usual_rate(base)
    with st.expander("More settings", key="train-more"):
        left, middle, right = st.columns(3)
        learning = left.number_input(
            "Learning rate", 1e-7, 1.0, value=rate, format="%.1e", key=f"train-rate-{rate:g}",
            help="At its height. Too high and the loss rises or is no number any more.",
        )  # fmt: skip
        batch = middle.number_input("Tokens of a step", 1, 10_000_000, value=2_048, step=256, key="train-batch")
        warmup = right.number_input("Warm-up, share", 0.0, 0.9, value=0.1, step=0.05, key="train-warmup")
        decay = left.number_input("Weight decay", 0.0, 0.9, value=0.01, step=0.01, key="train-decay")
        cutoff = middle.number_input("Longest row, tokens", 16, 1_000_000, value=512, step=64, key="train-cutoff")
        held = right.number_input("Held-out rows, at most", 1, 100_000, value=500, step=100, key="train-held")
        precision = left.selectbox(
            "Precision",
            PRECISIONS,
            key="train-precision",
            help="auto: bfloat16 where this device multiplies it natively.",
        )
        device = left.selectbox(
            "Device", DEVICES, key="train-device", persist_state="session",
            help="auto: a GPU if torch finds one, else the CPU.",
        )  # fmt: skip
    keep = st.toggle(
        "Keep the trained models", key="train-keep", persist_state="session",
        help="Each as a folder in the workspace, so that it can write answers on Judge.",
    )  # fmt: skip
    if length is None:
        return None
    if not members or not base:
        st.caption("Choose what to train on." if not members else "Name the model that is trained.")
        return None
    try:
        told = ProxySettings(
            tokens=length[0],
            learning_rate=float(learning),
            counted=COUNTED_OF[length[1]],
            batch_tokens=int(batch),
            warmup=float(warmup),
            weight_decay=float(decay),
            cutoff=int(cutoff),
            held_out_rows=int(held),
            precision=str(precision),
        )
        return LoopRequest(
            members=members,
            settings=told,
            base=base,
            seeds=_numbers(seeds),
            keep_models=bool(keep),
            device=str(device),
        )
    except InputError as error:
        st.warning(plain(str(error)))
        return None


def _of_slider(ctx: Context, choices: Mapping[str, MemberChoice]) -> list[str]:
    """The series or the saved subset that stands on the slider, to start from; nothing where it is not saved."""
    recipe = on_slider(ctx)
    standing = (subset.key for subset in list_subsets(ctx.workspace, ctx.corpus.id) if _stands(subset, recipe))
    names = [f"series {recipe.series}", *(f"subset {key}" for key in standing)]
    return [name for name in names if name in choices][:1]


def _stands(subset: Subset, recipe: Recipe) -> bool:
    return subset.recipe.series == recipe.series and abs(subset.recipe.position - recipe.position) < SNAP


def _length(ctx: Context, members: tuple[str, ...]) -> tuple[int, str] | None:
    """Draw how long a run is; its tokens and their unit, None after saying what minutes and money still need."""
    first, second, third = st.columns([1.5, 1.4, 0.7], vertical_alignment="bottom")
    unit = str(first.selectbox(
        "Length of a run in", LENGTHS, key="train-unit", persist_state="session",
        format_func=lambda name: UNITS[name].title,
        help="Supervised tokens: those of responses. All tokens: prompts, which are read and never learnt, count too. "
        "Minutes and money go by a trainer profile, whose speed says which tokens count.",
    ))  # fmt: skip
    _, profile = profile_popover(third, ctx, unit)
    usual = _usual_tokens(ctx, members)
    if unit not in BY_PROFILE:
        tokens = second.number_input(
            "Tokens of a run", 1, 1_000_000_000, value=usual, step=1_000, key=f"train-tokens-{usual}",
            help="Every run learns exactly as many. Proposed: as many as the median member's responses hold, at most "
            "100,000.",
        )  # fmt: skip
        return int(tokens), unit
    label = f"Money of a run, {profile.currency}" if unit == MONEY and profile and profile.currency else "How many"
    amount = second.number_input(
        label, min_value=0.01, value=1.0, step=1.0, format="%.2f", key=f"train-{unit}", persist_state="session",
        disabled=profile is None or (unit == MONEY and not profile.price_an_hour),
        help="Of every run, all its passes through the rows together.",
    )  # fmt: skip
    if profile is None:
        st.info(f"**{UNITS[unit].title.capitalize()} need a trainer profile.** Press the clock and type one.")
        return None
    try:
        return training_length(amount, unit, profile=profile)
    except InputError as error:
        st.warning(plain(str(error)))
        return None


def _usual_tokens(ctx: Context, members: tuple[str, ...]) -> int:
    if not members:
        return 10_000
    subsets = tuple(open_subset(ctx.workspace, key) for key in members)
    data = LoopData(ctx.workspace, ctx.corpus, subsets)
    return usual_tokens([data.response_characters(subset) for subset in subsets])


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.replace(",", " ").split()
    wrong = [part for part in parts if not re.fullmatch(r"[0-9]{1,9}", part)]
    if wrong:
        raise InputError(f"Seeds: {quoted(wrong[0])} is not a whole number.", remedy="For example: 0 1 2")
    return tuple(map(int, parts))
