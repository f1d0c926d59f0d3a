"""How long work takes on this machine: from the runs that were made here, else from what it usually takes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from core.errors import WorkspaceError
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest
from core.workspace.locks import locked

RUNS_KEPT = 12  # the newest runs of each kind of work
RUNS_ASKED = 3  # of them, those whose number of rows is nearest say how long the next one takes
SHORTEST = 0.02  # seconds; a shorter run found its result stored, or says nothing about a longer one
KEY = digest({"durations": 1})


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What a kind of work usually takes: ``start`` seconds, and ``thousand`` more for 1,000 rows.

    The part that grows does so with the rows to the ``power``. A larger ``start`` stands for what is loaded or compiled
    first, whatever the number of rows. ``guessed`` says that nobody measured it: then it says nothing about how slow a
    machine is.
    """

    start: float = 0.0
    thousand: float = 0.0
    power: float = 1.0
    guessed: bool = False

    def seconds(self, rows: float) -> float:
        return self.start + self.thousand * (rows / 1_000) ** self.power


_BY_ITS_METRICS = Usual(start=1.0, thousand=1.0, guessed=True)  # the amount is milliseconds by each metric's last run
# Measured on 2 cores without a GPU. Kinds are named by the job, or by "WHAT/HOW" for one of its parts. What the rows of
# a job are, which may go over the same ones several times, :mod:`core.workbench.tasks.job_work` says.
USUAL: dict[str, Usual] = {
    "ingest": Usual(start=0.5, thousand=0.15),
    "append": Usual(start=0.5, thousand=0.15),
    "adds": Usual(start=3.0, thousand=1.0),
    "tokens": Usual(start=0.7, thousand=0.08),
    "embed": Usual(start=6.0, thousand=17.0),
    "embed/instant": Usual(start=0.5, thousand=0.05),
    "distil": Usual(start=40.0),
    "projection": Usual(start=45.0, thousand=1.1),
    "projection/landmarks": Usual(start=8.0, thousand=0.12),
    "map/landmarks": Usual(start=6.0, thousand=0.04),
    "partition/hdbscan": Usual(start=1.0, thousand=0.06),
    "partition/kmeans": Usual(start=3.0, thousand=0.1),
    "partition/evoc": Usual(start=30.0, thousand=0.45),
    "neighbours": Usual(start=2.0, thousand=0.02, power=2.0),
    "map": Usual(start=2.0, thousand=1.5),
    "placed-map": Usual(start=1.0, thousand=0.05),
    "keywords": Usual(start=1.0, thousand=0.15),
    "cluster-names": Usual(start=3.0, thousand=3.0),  # a cluster for every 58 rows, 8 questions at once of 1.5 s each
    "languages": Usual(start=1.0, thousand=0.55),
    "language-words": Usual(start=10.0, thousand=1.2),
    "known-diversity": Usual(start=5.0, thousand=55.0),
    "near-copies": Usual(start=2.0, thousand=0.05),
    "near-copies/cosine": Usual(start=2.0, thousand=0.012, power=2.0),
    "tags/keyphrases": Usual(start=15.0, thousand=20.0),
    "tags/keyphrases/instant": Usual(start=1.0, thousand=0.3),
    "tags/phrases": Usual(start=2.0, thousand=0.4),
    "tags/merged": Usual(start=5.0, thousand=3.0),
    "tags/merged/instant": Usual(start=1.0, thousand=0.1),
    "tags/endpoint": Usual(start=1.0, thousand=300.0, guessed=True),
    "tags/file": Usual(start=1.0, thousand=0.3, guessed=True),
    "row-scores": Usual(start=0.5, thousand=0.1),
    "label-conflicts": Usual(start=1.0, thousand=0.004, power=2.0, guessed=True),
    "leaks": Usual(start=1.0, thousand=0.05, guessed=True),
    "leaks-by-meaning": Usual(start=2.0, thousand=0.1, guessed=True),
    "row-kinds": Usual(start=0.5, thousand=0.05, guessed=True),
    "row-tokens": Usual(start=0.7, thousand=0.1, guessed=True),
    "label-difficulty": Usual(start=2.0, thousand=1.0, guessed=True),
    "self-rating": Usual(start=5.0, thousand=1_800.0, guessed=True),  # questions, by 100 million weights
    "self-rating/endpoint": Usual(start=1.0, thousand=150.0, guessed=True),  # questions, eight at once
    "daar": Usual(start=10.0, thousand=60.0, guessed=True),
    "model-scores": Usual(start=5.0, thousand=1_700.0, guessed=True),  # rows of 250 tokens, 100 million weights
    "influences": Usual(start=0.5, thousand=0.05, guessed=True),
    "model-vectors": Usual(start=5.0, thousand=2_000.0, guessed=True),  # rows of 250 tokens, 100 million weights
    "prepare-all": Usual(thousand=1.0, guessed=True),
    "series": Usual(start=0.5, thousand=0.02),
    "study": Usual(start=1.0, thousand=0.02),
    "stability": Usual(start=1.0, thousand=0.02, guessed=True),
    "threshold-passport": Usual(start=1.0, thousand=0.1, guessed=True),
    "loop": Usual(start=60.0, thousand=0.25),  # tokens that runs of the small decoder learn; first it is warmed up
    "loop-estimate": Usual(start=15.0),
    "training-dynamics": Usual(start=60.0, thousand=0.35),  # tokens learnt and looked at, as those of a loop
    "measure": _BY_ITS_METRICS,
    "random-bands": _BY_ITS_METRICS,
    "measure-row-sources": _BY_ITS_METRICS,
    "measure-subsets": _BY_ITS_METRICS,
    "measure-every-metric": _BY_ITS_METRICS,
    "measure-corpus": _BY_ITS_METRICS,
    "measure-file": _BY_ITS_METRICS,
    "metric-curves": _BY_ITS_METRICS,
    "measure-through": Usual(start=2.0, thousand=0.1, guessed=True),
    "correlation-intervals": Usual(start=0.5, thousand=1.0),  # observations times metrics
    "answers": Usual(start=5.0, thousand=20_000.0, guessed=True),  # prompts, by 100 million weights
    "answers/endpoint": Usual(start=1.0, thousand=600.0, guessed=True),  # prompts, eight at once
    "draw-answers": Usual(start=5.0, thousand=6_500.0, guessed=True),  # answers of 128 tokens, by 100 million weights
    "draw-answers/endpoint": Usual(start=1.0, thousand=400.0, guessed=True),  # answers, eight at once
    "seed-examples": Usual(start=5.0, thousand=13_000.0, guessed=True),  # replies of 256 tokens, 100 million weights
    "seed-examples/endpoint": Usual(start=6.0, thousand=1_000.0, guessed=True),  # replies, eight at once
    "mastery": Usual(start=1.0, thousand=0.5, guessed=True),
    "row-difficulty": Usual(start=1.0, thousand=0.5, guessed=True),
    "disagreement": Usual(start=6.0, thousand=50.0, guessed=True),  # a vector for each answer
    "confidence": Usual(start=6.0, thousand=50.0, guessed=True),
    "reconstruct": Usual(start=0.5, thousand=0.3, guessed=True),
    "coverage-holes": Usual(start=1.0, thousand=0.05, guessed=True),
    "weigh-scores": Usual(start=1.0, thousand=0.005, guessed=True),
    "judge": Usual(start=1.0, thousand=400.0, guessed=True),  # games, eight at once
    # Strategies: the rows of a pool, or, of one that chooses row by row, rows · rows ordered / 10,000.
    "prepare/kcenter": Usual(start=1.5, thousand=0.8, power=1.2),
    "prepare/mods": Usual(start=1.5, thousand=0.8, power=1.2),
    "prepare/composite": Usual(start=1.5, thousand=0.8, power=1.2),
    "prepare/log_det": Usual(start=1.5, thousand=1.6, power=0.85),
    "prepare/novelselect": Usual(start=1.5, thousand=4.0),
    "prepare/deita": Usual(thousand=0.1, power=0.8),
    "prepare/repr_filter": Usual(thousand=0.1, power=0.8),
    "prepare/facility_location": Usual(start=1.5, thousand=0.01, power=2.0),
    "prepare/qdit": Usual(start=1.5, thousand=0.01, power=2.0),
    "prepare/mig": Usual(start=1.5, thousand=0.03),
    "prepare/car": Usual(thousand=0.06, power=1.8),
    "prepare/core_set": Usual(start=1.5, thousand=0.15, power=1.5),
    "prepare/b2nerd": Usual(thousand=0.05, power=1.5),
    "prepare/daar": Usual(start=10.0, thousand=1.0),
    "prepare/tsds": Usual(start=1.5, thousand=0.22, power=1.35),
    "prepare/gip": Usual(start=1.5, thousand=2.5),
    "prepare/gio": Usual(start=1.5, thousand=0.6, power=1.5),
    "prepare/rds": Usual(start=1.0, thousand=0.3, guessed=True),
    "prepare/less": Usual(thousand=0.05, guessed=True),
    "prepare/tagcos": Usual(start=1.5, thousand=1.0, power=1.3, guessed=True),
}


def expected_seconds(workspace: Workspace, kind: str, rows: int) -> float | None:
    """Seconds that work of ``kind`` on ``rows`` rows will take here, within a factor of about two; None if unknown.

    The runs of the same kind with the nearest numbers of rows decide. Without any, the usual time of the kind is
    multiplied by how much slower this machine was than usual with other kinds; a kind without a usual time is then
    unknown. ``rows`` is 0 for work that has none.
    """
    runs = _runs(workspace)
    known = runs.get(kind, [])
    if known:
        nearest = sorted(known, key=lambda run: abs(math.log((run[0] + 1) / (rows + 1))))[:RUNS_ASKED]
        usual = _usual(kind) or Usual(thousand=1.0)
        slower = [seconds / max(usual.seconds(run_rows), 1e-6) for run_rows, seconds in nearest if run_rows]
        # Work without rows, or whose rows were not counted, takes as long as it last took.
        return median(slower) * usual.seconds(rows) if slower and rows else median(run[1] for run in nearest)
    shipped = _usual(kind)
    return shipped.seconds(rows) * _slowness(runs) if shipped else None


def record(workspace: Workspace, kind: str, *, rows: int, seconds: float) -> None:
    """Remember that work of ``kind`` on ``rows`` rows took ``seconds``; only the newest runs are kept.

    A full disk costs the entry and nothing else.
    """
    if seconds < SHORTEST:
        return
    try:
        with locked(workspace.home / "jobs" / "durations.lock"):
            runs = {**_runs(workspace)}
            runs[kind] = [*runs.get(kind, []), (int(rows), round(seconds, 3))][-RUNS_KEPT:]
            values.put(workspace, KEY, runs)
    except WorkspaceError:
        return


@contextmanager
def timed(workspace: Workspace, kind: str, *, rows: int, stored: bool = False) -> Iterator[None]:
    """Record how long the block takes, unless it fails, or its result is ``stored`` already."""
    begun = time.monotonic()
    yield
    if not stored:
        record(workspace, kind, rows=rows, seconds=time.monotonic() - begun)


def rows_of(workspace: Workspace, request: Mapping[str, Any]) -> int:
    """Rows of the corpus that a job's request names, itself or in its recipe; 0 where it names none that is there."""
    recipe = request.get("recipe")
    corpus_id = request.get("corpus") or (recipe.get("corpus") if isinstance(recipe, Mapping) else None)
    try:
        return int(workspace.open("corpora", str(corpus_id)).manifest["rows"]) if corpus_id else 0
    except (WorkspaceError, KeyError, ValueError, TypeError):
        return 0


def _usual(kind: str) -> Usual | None:
    """The usual time of a kind, else that of what it is a kind of: "embed" for "embed/MODEL"."""
    while kind and kind not in USUAL:
        kind = kind.rpartition("/")[0]
    return USUAL.get(kind)


def _slowness(runs: Mapping[str, list[tuple[int, float]]]) -> float:
    """How many times as long as usual the runs on this machine took, by the median over kinds; 1 without runs.

    The usual times count as one kind more, in the logarithm: a first job that had to wait moves nothing by much, and
    the more kinds have run the closer the factor comes to what they say.
    """
    ratios = []
    for kind, known in runs.items():
        usual = _usual(kind)
        if usual is not None and not usual.guessed:
            took = [seconds / usual.seconds(rows) for rows, seconds in known if usual.seconds(rows) > 0]
            ratios += [median(took)] if took else []
    return float(median(ratios) ** (len(ratios) / (len(ratios) + 1))) if ratios else 1.0


def _runs(workspace: Workspace) -> dict[str, list[tuple[int, float]]]:
    """Kind → (rows, seconds) of its newest runs, oldest first; what is not of that form counts as absent."""
    stored = values.get(workspace, KEY)
    if not isinstance(stored, dict):
        return {}
    return {
        str(kind): [(int(run[0]), float(run[1])) for run in runs if isinstance(run, list) and len(run) == 2]
        for kind, runs in stored.items()
        if isinstance(runs, list)
    }
