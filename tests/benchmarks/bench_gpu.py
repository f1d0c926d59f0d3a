"""What a GPU does beside the CPU of the same machine, in one run of under eight minutes: one JSON line a stage.

``make gpu`` runs every test on the GPU first. ``python -m tests.benchmarks.bench_gpu --device cpu --tiny`` tries the
script itself where there is no GPU.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from core import device as devices
from tests.benchmarks.figures import record
from tests.benchmarks.gpu_stages import FULL, TINY, Made, Stage, StageSizes, cpu_stages, stages

ROOT = Path(__file__).resolve().parents[2]
NONE = (
    "No CUDA device here: nothing was measured. Where there is one, install torch's build for it (README, GPU). "
    "To try the script: python -m tests.benchmarks.bench_gpu --device cpu --tiny"
)
TESTS_MAY_TAKE = 240  # seconds


def timed(work: Callable[[], Any], device: str, *, twice: bool) -> tuple[float, Any]:
    """Seconds and the result of the last run."""
    seconds, result = 0.0, None
    for _ in range(2 if twice else 1):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        result = work()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
    return seconds, result


def line_of(stage: Stage, device: str) -> dict[str, Any]:
    """What one stage took on ``device`` and on the CPU beside it, how far both agree, and its peak of memory."""
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    line: dict[str, Any] = {"stage": stage.title, "device": device}
    seconds, result = timed(lambda: stage.work(device), device, twice=stage.twice)
    line["seconds"] = round(seconds, 4)
    if stage.unit:
        line[stage.unit] = round(stage.done / seconds, 1)
    if device == "cuda":
        line["peak_gpu_gib"] = round(torch.cuda.max_memory_allocated() / 2**30, 3)
    line["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3)
    if isinstance(result, dict):
        line |= result
    if (device != "cpu" and stage.on_cpu) or stage.beside is not None:
        less = stage.beside
        work = (lambda: stage.work("cpu")) if less is None else less
        slow, other = timed(work, "cpu", twice=stage.twice)
        line["cpu_seconds"] = round(slow, 4)
        done = stage.done if less is None else stage.beside_done
        if stage.unit:
            line[f"cpu_{stage.unit}"] = round(done / slow, 1)
            line["ratio"] = round(stage.done / seconds / (done / slow), 2)
        else:
            line["ratio"] = round(slow / seconds, 2)
        if stage.agree is not None:
            line["agreement"] = stage.agree(result, other)
    record(f"{stage.title}, {device}", seconds)
    return line


def device_tests() -> dict[str, Any]:
    """What pytest says of every test on a GPU."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "--no-header"]
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TESTS_MAY_TAKE, check=False)
        said, code = run.stdout.strip().splitlines()[-12:], run.returncode
    except subprocess.TimeoutExpired:
        said, code = [f"not done in {TESTS_MAY_TAKE} s"], 124
    seconds = round(time.perf_counter() - start, 1)
    return {"stage": "tests on the GPU", "seconds": seconds, "exit": code, "said": said[-1:] if code == 0 else said}


def tell(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


def run(device: str, sizes: StageSizes, *, tests: bool) -> int:
    """Print every line; the number of stages that failed."""
    name = torch.cuda.get_device_name(0) if device == "cuda" else devices.describe()
    tell({"machine": name, "torch": torch.__version__, "cpu_threads": torch.get_num_threads()})
    failed, begun = 0, time.perf_counter()
    if tests:
        told = device_tests()
        failed += told["exit"] != 0
        tell(told)
    with tempfile.TemporaryDirectory(prefix="diverscope-gpu") as folder:
        made = Made(sizes, Path(folder))
        for where, all_stages in ((device, stages), ("cpu", cpu_stages)):
            for stage in all_stages(made):
                try:
                    tell(line_of(stage, where))
                except Exception as error:
                    failed += 1
                    tell({"stage": stage.title, "device": where, "error": f"{type(error).__name__}: {error}"})
    tell({"stage": "all", "seconds": round(time.perf_counter() - begun, 1), "failed": failed})
    return failed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_gpu", description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="sizes that a test does in seconds")
    parser.add_argument("--no-tests", action="store_true", help="leave the tests on the GPU out")
    options = parser.parse_args([] if arguments is None else arguments)
    if options.device == "cuda" and not torch.cuda.is_available():
        print(NONE, file=sys.stderr)
        return 3
    return int(
        run(
            options.device,
            TINY if options.tiny else FULL,
            tests=options.device == "cuda" and not options.no_tests,
        )
        > 0
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
