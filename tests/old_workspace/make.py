"""How the old workspace was made: a record, run once with the code of commit 3a3fe3c and never again.

Later code must not make it anew: what the archive holds is what that commit wrote, and that is what it proves.
A later format gets a further workspace beside this one. The scripts beside this file import the app as it was then,
so they need not load any more; only ``reading.py`` and the tests follow the app.

    python -m tests.old_workspace.make FOLDER

makes everything in FOLDER through the app's own code, jobs and pages (a browser included), and then writes
``workspace.tar.xz`` and ``expected.json`` here. All text is invented by ``make_rows.py``. The archive leaves out the
cache, the locks and what a worker says of itself; job logs name code by its module in place of the maker's folders.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.old_workspace import make_place

HERE = Path(__file__).parent
COMMIT = "3a3fe3c"


def main(place: Path) -> None:
    """Make the workspace step by step; each step needs those before it."""
    place.mkdir(parents=True)
    make_place.prepare_environment(place)
    from core.workspace.artefacts import Workspace  # after the environment is set
    from tests.old_workspace import (
        make_addresses,
        make_choices,
        make_ends,
        make_evidence,
        make_expected,
        make_features,
    )

    maker = make_place.Maker(place, Workspace.default())
    make_features.strategy_file(maker.workspace.home)
    for step in (
        make_features.corpora,
        make_features.tokens,
        make_features.vectors,
        make_features.clusters,
        make_features.tags,
        make_features.columns,
        make_features.scores,
        make_features.default_embedder_too,
        make_choices.by_strategy,
        make_choices.with_rules,
        make_choices.with_pools,
        make_choices.series,
        make_choices.small_corpus,
        make_evidence.readings,
        make_evidence.prepared_by_jobs,
        make_evidence.passport,
        make_evidence.scores,
        make_evidence.evidence,
        make_evidence.thrown_away,
        make_evidence.measured_at_last,
        make_choices.exports,
    ):
        started = time.monotonic()
        step(maker)
        print(f"{step.__name__}: {time.monotonic() - started:.1f} s", flush=True)
    saved = make_addresses.addresses(maker)
    make_ends.failed(maker)
    make_ends.cancelled(maker)
    make_ends.interrupted(maker)
    make_ends.queued(maker)
    make_expected.write(maker, saved, HERE / "expected.json", commit=COMMIT)
    print(f"{make_ends.packed(maker, HERE / 'workspace.tar.xz'):,} bytes; not made: {maker.refused or 'nothing'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
