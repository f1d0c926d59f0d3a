"""``python -m tests.fuzz``: other inputs for as long as wanted, and a count for each target."""

from __future__ import annotations

import argparse
import os
import sys

from tests.fuzz.fuzzer import outcome
from tests.fuzz.running import fuzz
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Fuzz each target for some minutes on several processes; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each target")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, help="try this case alone, and show what happens")
    options = parser.parse_args()
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"There is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}.")
    chosen = [TARGETS[name] for name in options.targets or TARGETS]
    if options.seed is not None:
        for target in chosen:
            print(target.name, options.seed, outcome(target, target.case(options.seed)))
        return 0
    os.nice(10)
    lines = []
    for target in chosen:
        counts = fuzz(target, seconds=60 * options.minutes, processes=options.processes)
        lines.append(
            f"{target.name}: {counts.total():,} inputs, {counts['kept']:,} kept, {counts['refused']:,} refused, "
            f"{counts['found']:,} found"
        )
        print(lines[-1], flush=True)
    print("\n".join(["", *lines]) if len(lines) > 1 else "", end="\n" if len(lines) > 1 else "")
    return 0 if all(line.endswith(" 0 found") for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
