"""A driver that the tests kill, which runs a feature of two shards.

``python -m tests.ray.driver HOME CORPUS ADDRESS FOLDER``
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.corpus.store import open_corpus
from core.shards.engine import Engine
from core.shards.run import run_shards
from core.shards.shard import shards_of
from core.workspace.artefacts import Workspace

if __name__ == "__main__":
    home, corpus, address, folder = sys.argv[1:]
    run_shards(
        "tests.shards.tasks:second_waits",
        shards_of(open_corpus(Workspace(Path(home)), corpus), count=2),
        {"seen": f"{folder}/seen"},
        home=Path(folder, "shards"),
        engine=Engine(kind="ray", address=address),
    )
