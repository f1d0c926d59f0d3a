"""Rows are found by their ids, and positions in a corpus are never taken for positions in a pool."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.corpus.pool import PoolSpec
from core.row_positions import PoolRow, PoolRows, places_of
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from tests.corpora import corpus_of, records

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("size", [0, 1, 50])
def test_places_are_those_of_a_plain_search(size: int) -> None:
    draw = np.random.default_rng(size)
    among = np.unique(draw.integers(0, 2**64, size=size, dtype=np.uint64))
    wanted = np.concatenate((draw.permutation(among), draw.integers(0, 2**64, size=9, dtype=np.uint64), among[:1]))
    known = among.tolist()
    expected = [known.index(value) if value in known else -1 for value in wanted.tolist()]
    assert places_of(wanted, among=among).tolist() == expected


def test_ids_that_differ_only_in_their_last_digits_are_told_apart() -> None:
    among = np.array([2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1], dtype=np.uint64)  # as floats they are two numbers
    assert places_of(among[::-1], among=among).tolist() == [3, 2, 1, 0]
    assert places_of(np.array([2**63 + 2], dtype=np.uint64), among=among).tolist() == [-1]


def test_a_row_has_one_position_in_its_corpus_and_another_in_a_pool(tmp_path: Path) -> None:
    workspace, corpus = corpus_of(tmp_path, records(80))
    view = CorpusView(workspace, corpus, FeatureSettings(), PoolSpec(categories=("poem",)))
    ids = corpus.ids[::-1]
    assert corpus.positions_of(ids).tolist() == list(range(len(corpus)))[::-1]
    in_pool = [
        row for row in range(len(corpus)) if corpus.column("category")[row] == "poem" and not corpus.holdout[row]
    ]
    assert view.positions.tolist() == in_pool
    assert view.pool_positions_of(ids).tolist() == list(range(len(in_pool)))[::-1]
    assert view.corpus_positions(view.pool_rows).tolist() == in_pool
    for row, position in enumerate(in_pool):
        assert corpus.position_of(int(corpus.ids[position])) == position
        assert view.pool_position_of(int(corpus.ids[position])) == view.pool_position(view.positions[row]) == row
        assert view.corpus_position(PoolRow(row)) == position
    outside = next(row for row in range(len(corpus)) if row not in in_pool)
    assert view.pool_position(outside) is None
    assert view.pool_position_of(int(corpus.ids[outside])) is None
    assert corpus.position_of(1) is None
    assert corpus.rows(view.corpus_positions(PoolRows(np.array([0]))))[0]["id"] == int(view.pool.ids[0])


def test_mypy_refuses_positions_of_the_other_kind(tmp_path: Path) -> None:
    script = tmp_path / "mixed.py"
    script.write_text(
        "from core.workbench.build import Built\n"
        "def show(built: Built) -> None:\n"
        "    built.corpus_view.corpus.rows(built.positions)\n"
        "    built.corpus_view.corpus.rows(built.answer.rows)\n"
        "    built.corpus_view.corpus_positions(built.positions)\n"
        "    built.plan.why(built.corpus_view.pool_rows[0], built.answer)\n"
        "    built.plan.why(built.corpus_view.corpus.position_of(1) or 0, built.answer)\n"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(script)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    refused = sorted(int(line.split(":")[1]) for line in told.stdout.splitlines() if "mixed.py:" in line)
    assert refused == [4, 5, 7], told.stdout + told.stderr
