"""Figures of benchmarks are kept by run, and two runs are compared by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import figures


def test_figures_of_two_runs_are_compared_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.jsonl"
    with figures.run_into(path), figures.benchmark("engine"):
        figures.record("prune", 2.0)
        figures.record("only once", 1.0)
    with figures.run_into(path), figures.benchmark("engine"):
        figures.record("prune", 0.5)
        figures.record("peak", 3.25, "GiB")
    first, second = figures.runs(figures.read(path))
    assert (first["engine: prune"].value, second["engine: prune"].unit) == (2.0, "s")
    assert first["engine: prune"].machine and first["engine: prune"].commit
    assert figures.main([str(path)]) == 0
    said = capsys.readouterr().out
    assert "0.25 ×" in said and "only once" not in said and "peak" not in said


def test_one_run_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.jsonl"
    assert figures.main([str(path)]) == 1
    with figures.run_into(path):
        figures.record("prune", 2.0)
    assert figures.main([str(path)]) == 1
    assert "make bench" in capsys.readouterr().err


def test_a_benchmark_that_is_run_by_itself_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    figures.record("prune", 2.0)
    assert not list(tmp_path.iterdir())
