"""Run the benchmarks: all of them, or those named (``python -m tests.benchmarks engine tokens``)."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """Every ``bench_NAME.py`` beside this file."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def main(wanted: list[str]) -> int:
    """How many benchmarks could not be run; one that fails does not keep the others from running."""
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    failed = 0
    for name in wanted or known:
        print(f"== {name}", flush=True)
        try:
            importlib.import_module(f"tests.benchmarks.bench_{name}").main()
        except Exception:
            traceback.print_exc()
            failed += 1
        print(flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
