"""The pool rule “without leaks”: which rows of a corpus it leaves out, and because of which benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.curation_rule import CurationRule, RuleOutcome
from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import Benchmark, open_benchmark
from core.curation.leaks.hits import LeakHits, load_hits
from core.curation.leaks.neighbours import find_neighbours, load_neighbours
from core.curation.leaks.settings import LeakRule
from core.progress import Progress, part_of, silent

KIND = "leaks"


@dataclass(frozen=True, eq=False)
class LeaksOf:
    """What one benchmark does: ``leaks`` (rows,) are left out by n-grams, ``near`` (rows,) by meaning alone."""

    benchmark: Benchmark
    hits: LeakHits
    leaks: NDArray[np.bool_]
    near: NDArray[np.bool_]

    @property
    def every(self) -> NDArray[np.bool_]:
        return self.leaks | self.near


def outcome(corpus: Corpus, settings: Mapping[str, Any]) -> RuleOutcome:
    """What the rule leaves out of the corpus: a leak stands for itself, whatever else passes.

    Raises :class:`core.errors.FeatureMissing` where hits or the benchmark are not stored.
    """
    leaks = np.zeros(len(corpus), dtype=bool)
    for part in leaks_by_benchmark(corpus, LeakRule.of(settings)):
        leaks |= part.every
    return partial(_standing, np.where(leaks, np.arange(len(corpus)), -1))


def _standing(standing: NDArray[np.int64], _: NDArray[np.bool_]) -> NDArray[np.int64]:
    return standing


def rule_of(settings: LeakRule) -> CurationRule:
    """The rule of a pool with these settings."""
    return CurationRule(kind=KIND, settings=settings.as_dict())


def prepare(corpus: Corpus, settings: Mapping[str, Any], progress: Progress = silent) -> None:
    """Find and store what the rule reads; the benchmarks have to be in the workspace."""
    rule = LeakRule.of(settings)
    for place, key in enumerate(rule.benchmarks):
        part = part_of(progress, done=place, total=len(rule.benchmarks))
        load_hits(corpus, key, rule.search, find=True, progress=part)
        if rule.cosine:
            find_neighbours(corpus, open_benchmark(corpus.workspace, key), rule.embedder, progress=part)


def leaks_by_benchmark(corpus: Corpus, rule: LeakRule) -> list[LeaksOf]:
    """What each benchmark of the rule leaves out, in the order of its benchmarks."""
    parts = []
    for key in sorted(set(rule.benchmarks)):
        hits = load_hits(corpus, key, rule.search)
        leaks = hits.is_leak(common=rule.common, share=rule.share)
        near = np.zeros(len(corpus), dtype=bool)
        if rule.cosine:
            near[load_neighbours(corpus, key, rule.embedder).nearest(rule.cosine, most=len(corpus))] = True
        parts.append(LeaksOf(hits.benchmark, hits, leaks, near & ~leaks))
    return parts
