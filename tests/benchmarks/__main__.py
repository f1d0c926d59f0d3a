"""Run the benchmarks: all of them, or those named (``python -m tests.benchmarks engine tokens``)."""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from pathlib import Path

from tests.benchmarks import figures

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """Every ``bench_NAME.py`` beside this file."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def main(wanted: list[str], *, path: Path) -> int:
    """How many benchmarks could not be run; one that fails does not keep the others from running."""
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    failed = 0
    with figures.run_into(path):
        for name in wanted or known:
            print(f"== {name}", flush=True)
            try:
                with figures.benchmark(name):
                    importlib.import_module(f"tests.benchmarks.bench_{name}").main()
            except Exception:
                traceback.print_exc()
                failed += 1
            print(flush=True)
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names())}")
    parser.add_argument("--figures", type=Path, default=figures.DEFAULT, help="the file to which figures are appended")
    options = parser.parse_args()
    sys.exit(main(options.names, path=options.figures))
