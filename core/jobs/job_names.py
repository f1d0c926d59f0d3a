"""The names of jobs: a job keeps its name and its id when the function behind it moves to another module."""

from __future__ import annotations

import re
from typing import Literal

from core.errors import JobError, quoted

INGEST = "ingest"
APPEND = "append"
ADDS = "adds"
TOKENS = "tokens"
EMBED = "embed"
CLUSTER = "cluster"
PLACED_MAP = "placed-map"
KEYWORDS = "keywords"
NAME_CLUSTERS = "cluster-names"
TAGS = "tags"
LANGUAGES = "languages"
LANGUAGE_WORDS = "language-words"
MODEL_SCORES = "model-scores"
DAAR = "daar"
DIFFICULTY = "label-difficulty"
CONFLICTS = "label-conflicts"
PREPARE = "prepare"
PREPARE_ALL = "prepare-all"
SERIES = "series"
STUDY = "study"
LOOP = "loop"
LOOP_ESTIMATE = "loop-estimate"
DYNAMICS = "training-dynamics"
MEASURE = "measure"
BANDS = "random-bands"
MEASURE_SOURCES = "measure-row-sources"
MEASURE_SUBSETS = "measure-subsets"
MEASURE_EVERY = "measure-every-metric"
MEASURE_CORPUS = "measure-corpus"
MEASURE_FILE = "measure-file"
CURVES = "metric-curves"
STABILITY = "stability"
PASSPORT = "threshold-passport"
UNCERTAINTY = "correlation-intervals"
ANSWER = "answers"
JUDGE = "judge"
SIMULATE = "known-diversity"
MEASURE_THROUGH = "measure-through"
DISTIL = "distil"
ROW_SCORES = "row-scores"
ROW_KINDS = "row-kinds"
ROW_TOKENS = "row-tokens"
LEAKS = "leaks"
LEAKS_BY_MEANING = "leaks-by-meaning"
NEAR_COPIES = "near-copies"
DRAW_ANSWERS = "draw-answers"
SELF_RATING = "self-rating"
MODEL_VECTORS = "model-vectors"
INFLUENCES = "influences"
MASTERY = "mastery"
ROW_DIFFICULTY = "row-difficulty"
DISAGREEMENT = "disagreement"
CONFIDENCE = "confidence"
RECONSTRUCT = "reconstruct"
NEIGHBOURS = "neighbours"
SEED_EXAMPLES = "seed-examples"
WEIGH_SCORES = "weigh-scores"
COVERAGE_HOLES = "coverage-holes"

# Where each job's function is now. This is the one line that changes when a function moves.
FUNCTIONS = {
    INGEST: "core.workbench.tasks.loading:ingest",
    APPEND: "core.workbench.tasks.growing:append",
    ADDS: "core.workbench.inspections.adds:adds",
    TOKENS: "core.workbench.tasks.features:tokens",
    EMBED: "core.workbench.tasks.features:embed",
    CLUSTER: "core.workbench.tasks.features:cluster",
    PLACED_MAP: "core.workbench.tasks.features:place",
    KEYWORDS: "core.workbench.tasks.features:keywords",
    NAME_CLUSTERS: "core.workbench.tasks.cluster_naming:name_clusters",
    TAGS: "core.workbench.tasks.tagging:tag",
    LANGUAGES: "core.workbench.tasks.languages:languages",
    LANGUAGE_WORDS: "core.workbench.tasks.languages:words",
    MODEL_SCORES: "core.workbench.tasks.scoring:score",
    DAAR: "core.workbench.tasks.scoring:daar",
    DIFFICULTY: "core.workbench.tasks.scoring:difficulty",
    CONFLICTS: "core.workbench.inspections.label_conflicts:find",
    PREPARE: "core.workbench.tasks.selecting:prepare",
    PREPARE_ALL: "core.workbench.inspections.overlap:prepare_all",
    SERIES: "core.workbench.tasks.selecting:series",
    STUDY: "core.workbench.studies.study_run:carry_out_study",
    LOOP: "core.workbench.loops.loop_run:carry_out_loop",
    LOOP_ESTIMATE: "core.workbench.loops.loop_estimate:estimate_job",
    DYNAMICS: "core.workbench.loops.training_dynamics:training_dynamics",
    MEASURE: "core.workbench.tasks.measuring:measure",
    BANDS: "core.workbench.tasks.measuring:bands",
    MEASURE_SOURCES: "core.workbench.measuring:measure_sources",
    MEASURE_SUBSETS: "core.workbench.inspections.comparison:measure",
    MEASURE_EVERY: "core.workbench.inspections.every_metric:measure_every",
    MEASURE_CORPUS: "core.workbench.inspections.comparison:measure_corpus",
    MEASURE_FILE: "core.workbench.inspections.comparison:measure_file",
    CURVES: "core.workbench.inspections.curves:measure_curves",
    STABILITY: "core.workbench.inspections.stability:measure_stability",
    PASSPORT: "core.workbench.inspections.passport:record",
    UNCERTAINTY: "core.evidence.uncertainty:run",
    ANSWER: "core.workbench.tasks.judging:answer",
    JUDGE: "core.workbench.tasks.judging:judge",
    SIMULATE: "core.workbench.inspections.simulation:run",
    MEASURE_THROUGH: "core.workbench.inspections.run_tokenizers:measure_through",
    DISTIL: "core.workbench.tasks.features:distil",
    ROW_SCORES: "core.workbench.tasks.row_scoring:score_rows",
    ROW_KINDS: "core.workbench.tasks.row_kinds:kinds",
    ROW_TOKENS: "core.workbench.tasks.row_kinds:tokens",
    LEAKS: "core.workbench.tasks.leaks:find",
    LEAKS_BY_MEANING: "core.workbench.tasks.leaks:find_near",
    NEAR_COPIES: "core.workbench.tasks.near_copies:find",
    DRAW_ANSWERS: "core.workbench.tasks.drawing_answers:draw",
    SELF_RATING: "core.workbench.tasks.self_rating:rate",
    MODEL_VECTORS: "core.workbench.tasks.model_vectors:make_vectors",
    INFLUENCES: "core.workbench.tasks.influences:keep_influences",
    MASTERY: "core.workbench.tasks.mastery:mastery",
    ROW_DIFFICULTY: "core.workbench.tasks.mastery:difficulty",
    DISAGREEMENT: "core.workbench.tasks.disagreement:disagreement",
    CONFIDENCE: "core.workbench.tasks.disagreement:confide",
    RECONSTRUCT: "core.workbench.tasks.disagreement:rewrite",
    NEIGHBOURS: "core.workbench.tasks.features:neighbours",
    SEED_EXAMPLES: "core.workbench.tasks.seed_examples:write_examples",
    WEIGH_SCORES: "core.workbench.inspections.score_weights:weigh",
    COVERAGE_HOLES: "core.workbench.inspections.coverage_holes:keep_holes",
}

# Jobs that may take many minutes: a worker of their own does them, so that short work never waits behind them.
LONG = frozenset(
    {
        EMBED,
        CLUSTER,
        PLACED_MAP,
        KEYWORDS,
        NAME_CLUSTERS,
        TAGS,
        MODEL_SCORES,
        DAAR,
        DIFFICULTY,
        CONFLICTS,
        PREPARE,
        PREPARE_ALL,
        LOOP,
        DYNAMICS,
        STABILITY,
        MEASURE_EVERY,
        UNCERTAINTY,
        ANSWER,
        JUDGE,
        SIMULATE,
        DISTIL,
        ROW_SCORES,
        LEAKS_BY_MEANING,
        NEAR_COPIES,
        SELF_RATING,
        MODEL_VECTORS,
        ADDS,
        DRAW_ANSWERS,
        MASTERY,
        DISAGREEMENT,
        CONFIDENCE,
        RECONSTRUCT,
        NEIGHBOURS,
        SEED_EXAMPLES,
    }
)
# The function that says how much work a job is, from the job's name and its request: above the queue, as the jobs are.
AMOUNT_OF_WORK = "core.workbench.tasks.job_work:work_of"
# Jobs whose parts are timed by themselves: what such a job takes depends on which of them are stored already.
TIMED_BY_PARTS = frozenset({TOKENS, EMBED, CLUSTER, PLACED_MAP, KEYWORDS, TAGS, PREPARE})
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
