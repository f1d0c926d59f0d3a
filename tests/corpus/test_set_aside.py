"""Records set aside are those of a list, wherever they lie, and never more in memory than stated."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from core.corpus import set_aside
from core.corpus.gathering import Bounds
from core.corpus.ingest import ingest_files
from core.corpus.set_aside import RecordsAside, lines_of
from core.corpus.sources import from_bytes
from core.workspace.artefacts import Workspace


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_aside, "IN_MEMORY", 100)


@pytest.mark.parametrize("seed", range(6))
def test_it_holds_what_a_list_holds(tmp_path: Path, seed: int, little_memory: None) -> None:
    draw = np.random.default_rng(seed)
    listed: list[dict[str, Any]] = []
    aside = RecordsAside(folder=lambda: tmp_path)
    for step in range(60):
        entry = {"reason": "é" * int(draw.integers(30)), "line": step, "content": {"a": [1.5, None]}}
        kind = int(draw.integers(10))
        if kind == 0:
            cut = int(draw.integers(len(listed) + 1))
            del listed[cut:]
            aside.cut(cut)
        elif kind == 1:
            first = listed[:3]
            listed += first
            aside.extend(RecordsAside(first))
        else:
            listed.append(entry)
            aside.append(entry)
        assert len(aside) == len(listed)
    assert [*aside] == listed and aside == listed and aside == RecordsAside(listed)
    assert aside[-1] == listed[-1] and aside[2:5] == listed[2:5] and aside.first(4) == listed[:4]
    assert pickle.loads(pickle.dumps(aside)) == listed
    assert not [*tmp_path.iterdir()]  # its file has no name
    aside.write(tmp_path / "lines.jsonl")
    assert [orjson.loads(line) for line in lines_of(tmp_path / "lines.jsonl")] == listed
    aside.clear()
    assert not aside and aside != listed


def test_memory_holds_no_more_than_it_may(tmp_path: Path, little_memory: None) -> None:
    aside = RecordsAside(folder=lambda: tmp_path)
    for line in range(200):
        aside.append({"reason": "broken", "line": line})
        assert len(aside._memory) <= 100 + 40
    assert [entry["line"] for entry in aside] == [*range(200)]


def test_what_a_load_sets_aside_is_the_same_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b'{"instruction": "q%d", "output": "a", "n": %d}' % (row % 9, row) for row in range(60)]
    lines[::7] = [b"{broken"] * len(lines[::7])
    lines[3::11] = [b'{"aufgabe": 1}'] * len(lines[3::11])
    files = [from_bytes("a.jsonl", b"\n".join(lines)), from_bytes("b.csv", b"instruction,output\nq,\n" * 30)]
    in_memory = ingest_files(Workspace(tmp_path / "a"), files)
    monkeypatch.setattr(set_aside, "IN_MEMORY", 100)
    made = ingest_files(Workspace(tmp_path / "b"), files, bounds=Bounds(rows=9, size=900, stretch=400, processes=1))

    assert made.rejected == in_memory.rejected and made.copies == in_memory.copies
    assert made.report["rejected"] == len(made.rejected) > 20 and made.report["differing_copies"] == len(made.copies)
    assert made.corpus.rejected == in_memory.corpus.rejected and made.corpus.copies == in_memory.corpus.copies
    assert made.corpus.first_rejected(3) == made.rejected[:3]
    assert made.corpus.first_copies(2) == made.copies[:2]
    assert not [*(tmp_path / "b" / "scratch").iterdir()]
