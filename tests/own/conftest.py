"""A small corpus of two files, in a workspace of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import streamlit as st

from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.features import embedders
from core.features.embedders import CARRIED
from core.jobs import supervisor
from core.workspace.artefacts import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(supervisor, "ensure_worker", lambda workspace: None)
    monkeypatch.setattr(embedders, "_default", lambda: (CARRIED, f"{CARRIED}, because this is a test."))
    st.cache_resource.clear()
    st.cache_data.clear()
    return Workspace((tmp_path / "home").resolve())


def lines(count: int, *, start: int = 0) -> bytes:
    """JSON Lines; record 1 repeats record 0 and record 2 has no answer."""
    made = [
        {
            "instruction": f"Question {start + at - (at == 1)}",
            "output": "" if at == 2 else f"Answer {start + at - (at == 1)}",
        }
        for at in range(count)
    ]
    return b"\n".join(json.dumps(record).encode() for record in made)


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    """60 records, one of them twice and one with an empty side."""
    return ingest(workspace, [from_bytes("rows.jsonl", lines(60))], name="rows")


@pytest.fixture
def two(workspace: Workspace) -> Corpus:
    """A corpus of two files with 10 and 12 records."""
    files = [from_bytes("one.jsonl", lines(10)), from_bytes("two.jsonl", lines(12, start=500))]
    return ingest(workspace, files, name="two")
