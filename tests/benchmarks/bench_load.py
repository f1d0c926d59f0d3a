"""Loading: the real pool with its report, again, searching it, and the demo corpus; plain pyarrow beside it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.corpus.demo import demo
from core.corpus.ingest import ingest_files
from core.corpus.pool import PoolSpec, select
from core.corpus.sources import from_path
from core.workspace.artefacts import Workspace
from tests.benchmarks.figures import record
from tests.benchmarks.real_files import REAL_DATA

POOL = REAL_DATA / "parquet"
ASKED = 20.0  # seconds for the whole pool


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What ``work`` gives, and the seconds it took."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def main() -> None:
    """Print figures and ratios side by side."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        made, seconds = timed(lambda: demo(workspace))
        record("demo corpus", seconds)
        _, matches = timed(lambda: demo(workspace))
        print(f"demo corpus              {len(made.corpus):>9,} rows  {seconds:6.2f} s   found again {matches:.2f} s")
        if not POOL.is_dir():
            print("DIVERSCOPE_REAL_DATA names no folder with the real pool")
            return
        os.environ["DIVERSCOPE_DATA_ROOTS"] = str(POOL)
        files = sorted(POOL.glob("*.parquet"))
        plain, bare = timed(lambda: [pq.read_table(path).to_pylist() for path in files])
        records = sum(map(len, plain))
        del plain
        loaded, seconds = timed(lambda: ingest_files(workspace, from_path(POOL)))
        _, twice = timed(lambda: ingest_files(workspace, from_path(POOL)))
        corpus = loaded.corpus
        record("pyarrow to_pylist", bare)
        record("load with report", seconds)
        print(f"pyarrow to_pylist        {records:>9,} rows  {bare:6.2f} s")
        print(
            f"load with report         {records:>9,} rows  {seconds:6.2f} s   {records / seconds:,.0f} rows/s, "
            f"{seconds / bare:.1f} x to_pylist, {ASKED / seconds:.1f} x faster than asked; again {twice:.2f} s"
        )
        for name, spec in (
            ("text search", PoolSpec(text="python")),
            ("regular expression", PoolSpec(regex=r"(?i)\bquick ?sort")),
            ("one source", PoolSpec(sources=("t0_p3",))),
        ):
            positions, seconds = timed(lambda spec=spec: select(corpus, spec))
            record(name, seconds)
            print(f"{name:<24} {len(positions):>9,} found {seconds:6.2f} s")
        _, seconds = timed(lambda: corpus.rows(range(0, len(corpus), len(corpus) // 50)))
        record("50 full rows, scattered", seconds)
        print(f"50 full rows, scattered                  {seconds:6.2f} s")


if __name__ == "__main__":
    main()
