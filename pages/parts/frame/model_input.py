"""The field for a language model on this machine or on the hub."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import settings
from core.counted import counted
from core.features.models.files import models_here
from pages.parts.frame.plain_text import plain

MOST_MODELS = 6  # most models on this machine that are listed
MODEL_HELP = (
    "A hub id (owner/model), a folder or a GGUF file of this server. Weights must be safetensors or GGUF; "
    "a model's own code is never run. "
    "A model of 100 to 500 million weights is large enough to rank rows, and can read thousands of them on a CPU."
)


def model_input(label: str, *, key: str, help: str = MODEL_HELP) -> str:
    """Draw the field for a model's name; a folder that the server may not read is refused."""
    name = str(st.text_input(label, key=key, placeholder="owner/model or a folder", help=help, persist_state="session"))
    name = name.strip()
    if name and Path(name).expanduser().exists():
        name = str(settings.allowed_path(name, address=st.get_option("server.address") or ""))
    return name


def models_hint() -> None:
    """Draw which models need no download; shown until a model is named."""
    models = models_here()
    if models:
        more = f" and {counted(len(models) - MOST_MODELS, 'more', 'more')}" if len(models) > MOST_MODELS else ""
        st.caption(f"On this machine: {plain(', '.join(models[:MOST_MODELS]))}{more}. Write one of them, or a folder.")
    elif settings.offline():
        st.caption("No model of the hub is on this machine, and the hub must not be asked: give a model's folder.")
    else:
        st.caption("No model of the hub is on this machine yet: a named one is downloaded first. Or give a folder.")
