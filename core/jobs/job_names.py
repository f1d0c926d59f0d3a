"""The names of jobs: a job keeps its name and its id when the function behind it moves to another module."""

from __future__ import annotations

import re
from typing import Literal

from core.errors import JobError, quoted

INGEST = "ingest"
TOKENS = "tokens"
EMBED = "embed"
CLUSTER = "cluster"
KEYWORDS = "keywords"
TAGS = "tags"
MODEL_SCORES = "model-scores"
DAAR = "daar"
DIFFICULTY = "label-difficulty"
CONFLICTS = "label-conflicts"
PREPARE = "prepare"
PREPARE_ALL = "prepare-all"
SERIES = "series"
STUDY = "study"
MEASURE = "measure"
BANDS = "random-bands"
MEASURE_SOURCES = "measure-row-sources"
MEASURE_SUBSETS = "measure-subsets"
MEASURE_CORPUS = "measure-corpus"
MEASURE_FILE = "measure-file"
CURVES = "metric-curves"
STABILITY = "stability"
PASSPORT = "threshold-passport"
UNCERTAINTY = "correlation-intervals"

# Where each job's function is now. This is the one line that changes when a function moves.
FUNCTIONS = {
    INGEST: "core.workbench.tasks.loading:ingest",
    TOKENS: "core.workbench.tasks.features:tokens",
    EMBED: "core.workbench.tasks.features:embed",
    CLUSTER: "core.workbench.tasks.features:cluster",
    KEYWORDS: "core.workbench.tasks.features:keywords",
    TAGS: "core.workbench.tasks.tagging:tag",
    MODEL_SCORES: "core.workbench.tasks.scoring:score",
    DAAR: "core.workbench.tasks.scoring:daar",
    DIFFICULTY: "core.workbench.tasks.scoring:difficulty",
    CONFLICTS: "core.workbench.inspections.label_conflicts:find",
    PREPARE: "core.workbench.tasks.selecting:prepare",
    PREPARE_ALL: "core.workbench.inspections.overlap:prepare_all",
    SERIES: "core.workbench.tasks.selecting:series",
    STUDY: "core.workbench.studies.study_run:carry_out_study",
    MEASURE: "core.workbench.tasks.measuring:measure",
    BANDS: "core.workbench.tasks.measuring:bands",
    MEASURE_SOURCES: "core.workbench.measuring:measure_sources",
    MEASURE_SUBSETS: "core.workbench.inspections.comparison:measure",
    MEASURE_CORPUS: "core.workbench.inspections.comparison:measure_corpus",
    MEASURE_FILE: "core.workbench.inspections.comparison:measure_file",
    CURVES: "core.workbench.inspections.curves:measure_curves",
    STABILITY: "core.workbench.inspections.stability:measure_stability",
    PASSPORT: "core.workbench.inspections.passport:record",
    UNCERTAINTY: "core.evidence.uncertainty:run",
}

# Jobs that may take many minutes: a worker of their own does them, so that short work never waits behind them.
LONG = frozenset(
    {
        EMBED,
        CLUSTER,
        KEYWORDS,
        TAGS,
        MODEL_SCORES,
        DAAR,
        DIFFICULTY,
        CONFLICTS,
        PREPARE,
        PREPARE_ALL,
        STABILITY,
        UNCERTAINTY,
    }
)
Lane = Literal["long", "short"]
LANES: tuple[Lane, ...] = ("long", "short")

# The names that version 0.1 gave its jobs. They are permanent: job files of that version hold them, and the id of
# a job hashes its name, so these jobs keep being hashed by the old name and an identical request still joins them.
FIRST_NAMES = {
    INGEST: "core.corpus.tasks:ingest",
    TOKENS: "core.workbench.tasks:tokens",
    EMBED: "core.workbench.tasks:embed",
    CLUSTER: "core.workbench.tasks:cluster",
    KEYWORDS: "core.features.tasks:keywords",
    TAGS: "core.features.tags.task:tag",
    MODEL_SCORES: "core.workbench.scoring:score",
    DAAR: "core.workbench.scoring:daar",
    DIFFICULTY: "core.workbench.scoring:difficulty",
    CONFLICTS: "core.workbench.conflicts:find",
    PREPARE: "core.workbench.tasks:prepare",
    PREPARE_ALL: "core.workbench.overlap:prepare_all",
    SERIES: "core.workbench.tasks:series",
    MEASURE: "core.workbench.tasks:measure",
    BANDS: "core.workbench.tasks:bands",
    MEASURE_SOURCES: "core.workbench.measuring:measure_things",
    MEASURE_SUBSETS: "core.workbench.comparison:measure",
    MEASURE_CORPUS: "core.workbench.comparison:measure_corpus",
    MEASURE_FILE: "core.workbench.comparison:measure_file",
    CURVES: "core.workbench.curves:measure_curves",
    STABILITY: "core.workbench.stability:measure_stability",
    PASSPORT: "core.workbench.passport:record",
    UNCERTAINTY: "core.evidence.uncertainty:run",
}
_NAMES_NOW = {first: name for name, first in FIRST_NAMES.items()}
_TEST_FUNCTION = re.compile(r"tests(\.[a-z][a-z0-9_]*)+:[a-z][a-z0-9_]*")


def current_name(name: str) -> str:
    """The name that a job has today; a name of version 0.1 is translated, any other is given back as it is."""
    return _NAMES_NOW.get(name, name)


def lane_of(name: str) -> Lane:
    """Which of the two workers does the job: "long" for :data:`LONG` (and functions of the tests), else "short"."""
    now = current_name(name)
    return "long" if now in LONG or now not in FUNCTIONS else "short"


def hashed_name(name: str) -> str:
    """The name that a job's id is made from: its first one, whatever it is called today."""
    return FIRST_NAMES.get(current_name(name), name)


def function_address(name: str) -> str:
    """The address "package.module:function" of the function that the job runs.

    A job is one of :data:`FUNCTIONS`; a function of the tests is named by its own address. Raises :class:`JobError`
    for any other name.
    """
    name = current_name(name)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if _TEST_FUNCTION.fullmatch(name):
        return name
    raise JobError(f"{quoted(name)} is not a job.", remedy=f"Jobs are: {', '.join(FUNCTIONS)}.")
