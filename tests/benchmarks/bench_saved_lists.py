"""Lists of a large workspace: 10,000 saved subsets, all of them named, and 10,000 batches of the ledger.

"first" is what a command or the app pays once in its process, "again" what each later run of a page pays.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.corpus.demo import demo
from core.evidence import ledger
from core.evidence.entries import Run, Score
from core.metrics.registry import instant_names
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import comparison
from core.workbench.recipe import Recipe
from core.workbench.saved_list import saved_list
from core.workbench.subsets import list_subsets
from core.workspace import artefacts, atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest
from tests.benchmarks.figures import record

SUBSETS = BATCHES = 10_000
ROWS = 8  # of a subset: a list reads no row ids


def fill(
    workspace: Workspace, *, subsets: int, batches: int, corpora: Sequence[str] = ("0" * 16, "1" * 16, "2" * 16)
) -> None:
    """Write saved subsets of ``corpora`` (seven levels a series, all named) and ledger batches of one score each."""
    choice = FeatureSettings().as_dict()
    entries = {}
    for number in range(subsets):
        recipe = Recipe(
            corpus=corpora[number % len(corpora)], choice=choice, strategy="micro", position=number % 7 / 6,
            size=10_000, seed=number // 7, parameters={"band_start": 0.2, "band_end": 0.8}, ids_digest=f"{number:016x}",
            features={"tokens": "0123456789abcdef", "band": "fedcba9876543210"},
        )  # fmt: skip
        key = digest({"subset": number})
        manifest = {
            "corpus": recipe.corpus, "digest": recipe.ids_digest, "rows": ROWS, "recipe": recipe.as_dict(),
            "realised": {"k": number, "tokens": 100}, "warnings": [], "series": recipe.series, "tokens": 100,
        }  # fmt: skip
        with workspace.create("subsets", key, manifest) as folder:
            np.save(folder / "ids.npy", np.arange(ROWS, dtype=np.uint64))
        entries[key] = {"name": f"micro of run {number}", "version": 1, "changed_at": 0.0}
    atomic.write_json(workspace.home / "names" / "subsets.json", {"format": 1, "names": entries})
    for number in range(batches):
        score = Score(
            run=Run(label=f"run {number}", subset=f"{number:016x}"), benchmark="mmlu", measure="acc", value=number / 100
        )
        ledger.append(workspace, [score], title=f"Scores of run {number}")


def main() -> None:
    """Print the seconds of each list, first and again."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        corpus = demo(workspace).corpus
        fill(workspace, subsets=SUBSETS, batches=BATCHES, corpora=(corpus.id,))
        subsets = list_subsets(workspace)
        artefacts._OPENED.clear()
        lists: tuple[tuple[str, Callable[[], Any]], ...] = (
            ("saved subsets", lambda: list_subsets(workspace)),
            ("list of saved subsets", lambda: saved_list(workspace)),
            ("ledger", lambda: ledger.read(workspace)),
            ("readings of all", lambda: comparison.readings_table(workspace, subsets)),
            ("what is not measured", lambda: comparison.missing(workspace, subsets, instant_names())),
        )
        for name, work in lists:
            seconds = [_seconds(work) for _ in range(4)]
            record(f"{name}, first", seconds[0])
            record(f"{name}, again", min(seconds[1:]))
            print(f"{name:<24} first {seconds[0]:6.2f} s   again {min(seconds[1:]):6.3f} s")


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
