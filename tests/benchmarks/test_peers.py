"""The comparison with other libraries runs, tells what it leaves out, and its record becomes the README's table."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import settings
from core.commands.docs import peer_table, renewed
from tests.benchmarks import peers
from tests.benchmarks.peer_tasks import TINY, PeerSizes, Task


def test_each_peer_that_is_installed_is_measured_and_gives_what_ours_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    lines: list[dict] = []
    peers.compare(TINY, turns=1, tell=lines.append)
    by_peer = {line["peer"].split()[0]: line for line in lines if "ratio" in line}
    assert {"sentencepiece", "sentence-transformers", "sacrebleu", "vendi-score", "apricot-select"} <= set(by_peer)
    assert all({"what", "how", "ours", "theirs", "ratio", "agreement"} <= set(line) for line in by_peer.values())
    assert by_peer["sentencepiece"]["agreement"] == "the same ids"
    assert float(by_peer["sentence-transformers"]["agreement"].split()[-1]) >= 0.999
    for name in ("sacrebleu", "vendi-score", "apricot-select", "submodlib-py"):
        assert float(by_peer[name]["agreement"].split()[2]) < 0.02, name


def test_what_was_recorded_is_the_table_with_what_was_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tasks(sizes: PeerSizes):
        yield Task("adding", "numpy", "sum", lambda: 1.0, lambda: 1.0, lambda left, right: f"apart by {left - right}")
        raise ImportError("no module named nowhere")

    monkeypatch.setattr(peers, "groups", lambda folder: {"numpy, nowhere": tasks})
    lines: list[dict] = []
    peers.compare(TINY, turns=1, tell=lines.append)
    monkeypatch.setattr(settings, "PROJECT_ROOT", tmp_path)
    assert peer_table()[1] == [], "nothing is recorded yet"
    (tmp_path / "data").mkdir()
    peers.keep(lines, tmp_path / "data" / "peers.jsonl")
    head, (measured, left_out) = peer_table()
    assert "threads" in head[0] and measured[0] == "adding" and measured[1].startswith("numpy ")
    assert measured[-2].endswith("×") and measured[-1] == "apart by 0.0"
    assert left_out[1:3] == ("numpy, nowhere", "left out: ImportError: no module named nowhere")
    assert "| adding | numpy" in renewed("<!-- table: peers -->\n<!-- end -->")
