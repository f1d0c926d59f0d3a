"""The stable surface for notebooks and scripts: load, choose, measure, export, train, judge, correlate.

Every name here stays as it is; a change has a line in CHANGELOG.md. What these functions take and give back are plain
values, NumPy arrays and pandas tables, or objects whose documented attributes stay as well. ``python -m core`` has the
same abilities as commands, the app as pages. In the examples below, ``questions.jsonl`` holds 200 rows and
``more.jsonl`` ten of them and five others.

    >>> from core import api
    >>> corpus = api.load(["questions.jsonl"], name="questions")
    >>> view = api.compute(api.view(corpus, component="response", low=2, high=200), "tokens")
    >>> subset = api.choose(view, "micro", size=20)
    >>> api.measure(view, "ie", ids=subset.ids).value > api.measure(view, "ie", ids=corpus.ids[:20]).value
    True
"""

from __future__ import annotations

from core.api.budgets import cost, trainer_profile
from core.api.choosing import (
    Prepared,
    choose,
    delete,
    note,
    open_subset,
    prepare,
    rebuild,
    rename,
    restore,
    save,
    saved,
    series,
    strategies,
    subsets,
)
from core.api.corpora import Feature, compute, corpora, load, open_corpus, view, workspace
from core.api.curating import near_copies
from core.api.domains import balance, effect_budget, informative_prompts, label_groups, regions, schedules
from core.api.evidence import (
    add_score,
    batches,
    correlate,
    import_scores,
    match_name,
    read_scores,
    report,
    scores,
    slopes,
    undo,
)
from core.api.exporting import export, export_all
from core.api.growing import adds, append, difference, renew, versions
from core.api.judging import (
    add_answers,
    add_prompts,
    answer,
    answers,
    judge,
    judged,
    judgements,
    judging_cost,
    prompt_sets,
)
from core.api.leaks import Leaks, leaks
from core.api.measuring import Measured, compare, measure, metrics, overlap
from core.api.model_answers import (
    add_sampled_answers,
    confidence,
    disagreement,
    mastery,
    reconstruct,
    row_difficulty,
    sample_answers,
    sampled_answers,
    seed_examples,
)
from core.api.model_vectors import model_vectors
from core.api.row_kinds import context, language_words, row_kinds
from core.api.row_labels import label, labels
from core.api.row_scores import follows, influences, memorisation, self_rating, weigh_scores
from core.api.sharding import engine, neighbours
from core.api.studies import run_study, study, study_table
from core.api.training import dynamics, train, training_time

__all__ = [
    "Feature",
    "Leaks",
    "Measured",
    "Prepared",
    "add_answers",
    "add_prompts",
    "add_sampled_answers",
    "add_score",
    "adds",
    "answer",
    "answers",
    "append",
    "balance",
    "batches",
    "choose",
    "compare",
    "compute",
    "confidence",
    "context",
    "corpora",
    "correlate",
    "cost",
    "delete",
    "difference",
    "disagreement",
    "dynamics",
    "effect_budget",
    "engine",
    "export",
    "export_all",
    "follows",
    "import_scores",
    "influences",
    "informative_prompts",
    "judge",
    "judged",
    "judgements",
    "judging_cost",
    "label",
    "label_groups",
    "labels",
    "language_words",
    "leaks",
    "load",
    "mastery",
    "match_name",
    "measure",
    "memorisation",
    "metrics",
    "model_vectors",
    "near_copies",
    "neighbours",
    "note",
    "open_corpus",
    "open_subset",
    "overlap",
    "prepare",
    "prompt_sets",
    "read_scores",
    "rebuild",
    "reconstruct",
    "regions",
    "rename",
    "renew",
    "report",
    "restore",
    "row_difficulty",
    "row_kinds",
    "run_study",
    "sample_answers",
    "sampled_answers",
    "save",
    "saved",
    "schedules",
    "scores",
    "seed_examples",
    "self_rating",
    "series",
    "slopes",
    "strategies",
    "study",
    "study_table",
    "subsets",
    "train",
    "trainer_profile",
    "training_time",
    "undo",
    "versions",
    "view",
    "weigh_scores",
    "workspace",
]
