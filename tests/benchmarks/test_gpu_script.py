"""The script for a GPU cannot rot: it runs at tiny sizes on the CPU, and where there is no GPU it says so."""

from __future__ import annotations

import json

import pytest
import torch

from tests.benchmarks import bench_gpu
from tests.benchmarks.gpu_stages import METRICS


def test_every_stage_runs_at_tiny_sizes_and_tells_one_line_of_json(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert bench_gpu.main(["--device", "cpu", "--tiny"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    stages = {line["stage"].split(",")[0]: line for line in lines[1:]}
    assert not any("error" in line for line in lines) and lines[-1]["failed"] == 0
    named = {"embedding", "losses of a causal model", "gradients of rows", "proxy training", "NovelSelect", "k-center"}
    assert named | {"log-determinant", "TSDS", "near-copies by MinHash", *METRICS} <= set(stages)
    assert float(stages["embedding"]["agreement"].split()[-1]) >= 0.999
    pool = next(line for line in lines if line.get("stage", "").endswith("with density"))
    assert pool["picked"] == 40 and pool["density_seconds"] <= pool["seconds"]


def test_a_stage_that_fails_is_told_and_hides_no_other(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(made):
        yield bench_gpu.Stage("broken", lambda device: 1 / 0)
        yield bench_gpu.Stage("whole", lambda device: device, done=4, unit="rows/s", twice=False)

    monkeypatch.setattr(bench_gpu, "stages", broken)
    monkeypatch.setattr(bench_gpu, "cpu_stages", lambda made: iter(()))
    assert bench_gpu.main(["--device", "cpu", "--tiny"]) == 1
    _, failed, whole, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert failed["error"].startswith("ZeroDivisionError") and whole["rows/s"] > 0 and last["failed"] == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_without_a_gpu_it_says_so_and_ends_with_an_error(capsys: pytest.CaptureFixture) -> None:
    assert bench_gpu.main([]) == 3
    told = capsys.readouterr()
    assert "No CUDA device" in told.err and not told.out
