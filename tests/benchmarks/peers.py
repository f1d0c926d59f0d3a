"""Diverscope beside what a user would pick instead, in one run: ratios, kept one a line for the README's table.

    python -m tests.benchmarks.peers [--folder .venv-peers] [--record data/peers.jsonl]

The environment borrows this one's packages, so that both sides of a task run in one process with the same torch. Each
further peer is installed by itself, without its requirements; one that cannot be installed or run is told in a line.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from core.settings import PROJECT_ROOT
from tests.benchmarks import figures
from tests.benchmarks.peer_tasks import FULL, TINY, PeerSizes, Task, groups

RECORD = PROJECT_ROOT / "data" / "peers.jsonl"
PATIENCE = 300  # seconds that one installation may take


def peers_to_install() -> list[str]:
    """The lines of the requirements of the peers, and of our own extra among them."""
    files = ("requirements-openvino.txt", "requirements-peers.txt")
    return [line for name in files for line in (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()]


def environment(folder: Path) -> tuple[Path, list[str]]:
    """The Python of the peers' environment, made or completed, and the peers that could not be installed there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        own = subprocess.check_output([python, "-c", where], text=True).strip()
        (Path(own) / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    missing = []
    for line in peers_to_install():
        package = line.partition("#")[0].strip()
        if not package:
            continue
        command = [python, "-m", "pip", "install", "--quiet", "--no-deps", package]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).returncode
        except subprocess.TimeoutExpired:
            done = 1
        if done:
            missing.append(package)
    return python, missing


def measured(work: Callable[[], Any], *, turns: int) -> tuple[float, float, Any]:
    """Seconds of the processor and on the clock of the fastest of ``turns`` runs after a first one, and its result."""
    result = work()
    fastest, clock = float("inf"), float("inf")
    for _ in range(turns):
        used, started = time.process_time(), time.perf_counter()
        result = work()
        fastest = min(fastest, time.process_time() - used)
        clock = min(clock, time.perf_counter() - started)
    return fastest, clock, result


def line_of(task: Task, *, turns: int) -> dict[str, Any]:
    ours, our_clock, left = measured(task.ours, turns=turns)
    theirs, their_clock, right = measured(task.theirs, turns=turns)
    return {
        "what": task.what, "peer": f"{task.peer} {metadata.version(task.peer)}", "how": task.how,
        "ours": float(f"{ours:.3g}"), "theirs": float(f"{theirs:.3g}"),
        "ratio": float(f"{theirs / max(ours, 1e-9):.3g}"),
        "ratio_on_the_clock": float(f"{their_clock / max(our_clock, 1e-9):.3g}"), "agreement": task.agree(left, right),
    }  # fmt: skip


def compare(sizes: PeerSizes, *, turns: int, tell: Callable[[dict[str, Any]], None]) -> None:
    """Tell one line a task, and one for each group whose peer is missing or fails."""
    with tempfile.TemporaryDirectory(prefix="diverscope-peers") as folder:
        for peers, tasks in groups(Path(folder)).items():
            try:
                for task in tasks(sizes):
                    tell(line_of(task, turns=turns))
            except Exception as error:
                tell({"peer": peers, "left_out": f"{type(error).__name__}: {error}".splitlines()[0][:160]})


def keep(lines: Iterable[dict[str, Any]], path: Path) -> None:
    """Write the lines under one that says when and where they were measured."""
    threads = torch.get_num_threads()
    head = {"date": datetime.now(UTC).date().isoformat(), "machine": figures.machine(), "threads": threads}
    whole = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (head, *lines))
    path.write_text(whole, encoding="utf-8")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers", description=__doc__)
    parser.add_argument("--folder", type=Path, default=PROJECT_ROOT / ".venv-peers")
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--here", action="store_true", help="in this environment, with the peers that it has")
    parser.add_argument("--tiny", action="store_true", help="sizes that a test does in seconds")
    options = parser.parse_args(arguments)
    if not options.here:
        python, missing = environment(options.folder.resolve())
        for package in missing:
            print(f"{package} does not install here.", file=sys.stderr)
        rest = ["--here", "--record", str(options.record), *(["--tiny"] if options.tiny else [])]
        command = [str(python), "-m", "tests.benchmarks.peers", *rest]
        return subprocess.run(
            command, cwd=PROJECT_ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"}, check=False
        ).returncode
    lines: list[dict[str, Any]] = []

    def tell(line: dict[str, Any]) -> None:
        lines.append(line)
        print(json.dumps(line, ensure_ascii=False), flush=True)

    compare(TINY if options.tiny else FULL, turns=1 if options.tiny else 2, tell=tell)
    keep(lines, options.record)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
