"""A page that shows hostile texts in each kind of element that reads Markdown; run by test_plain_text.py."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # streamlit run puts this folder first, not the project's

from pages.parts.frame.plain_text import plain
from tests.browser.hostile_texts import TEXTS

for number, text in enumerate(TEXTS):
    with st.container(key=f"text-{number}"):
        st.markdown(plain(text))
        st.caption(plain(text))
        st.error(plain(text))
        st.checkbox(plain(text), key=f"checkbox-{number}")
        st.button(plain(text), key=f"button-{number}")
        st.expander(plain(text))
        st.radio("Options", [text], format_func=plain, key=f"radio-{number}", label_visibility="collapsed")
        st.table({"cells": [plain(text)]})
    with st.container(key=f"raw-{number}"):
        st.markdown(text)
