"""The line that says which key an endpoint is sent, and that it is stored nowhere."""

from __future__ import annotations

import streamlit as st

from core.endpoint.service import Service
from pages.parts.frame.plain_text import plain


def key_line(service: Service) -> None:
    """Draw the line."""
    known = service.set_key
    st.caption(
        f":material/key: The key is taken from {plain(known)}; it is stored nowhere."
        if known
        else f":material/key: No key is set. If the endpoint needs one, set {plain(service.key_name)} "
        "and start the app again."
    )
