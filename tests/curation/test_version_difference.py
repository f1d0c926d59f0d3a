"""Rows that came, went, or have another answer, against a slow twin that compares every pair."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from core.__main__ import main
from core.corpus.ingest import Holdout, ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.curation.version_difference import difference_of
from core.workspace.artefacts import Workspace


def corpus_of(workspace: Workspace, name: str, pairs: list[tuple[str, str]]) -> Corpus:
    rows = b"\n".join(orjson.dumps({"instruction": asked, "output": answered}) for asked, answered in pairs)
    return ingest(workspace, [from_bytes(f"{name}.jsonl", rows)], name=name, holdout=Holdout(fraction=0))


OLD = [("a", "1"), ("b", "1"), ("b", "2"), ("c", "1"), ("d", "1")]
NEW = [("a", "1"), ("b", "2"), ("b", "3"), ("b", "4"), ("c", "9"), ("e", "1")]


def test_rows_of_two_versions_are_the_same_came_went_or_changed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    older, newer = corpus_of(workspace, "older", OLD), corpus_of(workspace, "newer", NEW)
    difference = difference_of(older, newer)
    assert difference.counts == {"same": 2, "in": 2, "out": 1, "changed": 2}
    changed = {(row["instruction"], row["before"]["response"]) for row in difference.rows("changed")}
    assert changed == {("b", "1"), ("c", "1")}
    assert [row["instruction"] for row in difference.rows("out")] == ["d"]
    came = [(row["instruction"], row["response"]) for row in difference.rows("in")]
    assert ("e", "1") in came and len(came) == 2 and len(list(difference.rows("in", most=1))) == 1
    assert difference_of(older, older).counts == {"same": 5, "in": 0, "out": 0, "changed": 0}
    turned = difference_of(newer, older).counts
    assert (turned["in"], turned["out"], turned["changed"]) == (1, 2, 2)


def test_kinds_of_many_rows_are_those_of_the_slow_twin(tmp_path: Path) -> None:
    draw = np.random.default_rng(4)
    sides = [[(f"q{draw.integers(30)}", f"r{draw.integers(4)}") for _ in range(90)] for _ in range(2)]
    workspace = Workspace(tmp_path / "home")
    older, newer = corpus_of(workspace, "older", sides[0]), corpus_of(workspace, "newer", sides[1])
    old, new = {*sides[0]}, {*sides[1]}
    changed = 0
    for question in {asked for asked, _ in old | new}:
        before = [pair for pair in old - new if pair[0] == question]
        after = [pair for pair in new - old if pair[0] == question]
        changed += min(len(before), len(after))
    assert difference_of(older, newer).counts == {
        "same": len(old & new), "in": len(new - old) - changed, "out": len(old - new) - changed, "changed": changed,
    }  # fmt: skip


def test_the_command_says_how_versions_differ_and_writes_rows(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus_of(workspace, "older", OLD)
    corpus_of(workspace, "newer", NEW)
    out = tmp_path / "changed.jsonl"
    assert main(["versions", "newer", "--against", "older", "--rows", "changed", "--out", str(out)]) == 0
    assert "newer against older: 2 the same, 2 in, 1 out, 2 with another answer" in capsys.readouterr().out
    assert {orjson.loads(line)["instruction"] for line in out.read_bytes().splitlines()} == {"b", "c"}
    assert main(["versions", "newer", "--rows", "in", "--out", str(out)]) == 1
