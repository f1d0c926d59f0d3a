"""Leaks of benchmarks, for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from core.corpus.row_ids import show_id
from core.corpus.sources import from_path
from core.corpus.store import Corpus
from core.curation.leaks.benchmarks import keep_holdout
from core.curation.leaks.reading import keep_files
from core.curation.leaks.report import leak_counts, leaked_rows
from core.curation.leaks.rule import prepare, rule_of
from core.curation.leaks.settings import LeakRule
from core.errors import InputError
from core.progress import Progress, silent
from core.settings import command_roots


@dataclass(frozen=True, eq=False)
class Leaks:
    """``benchmarks``: a line for each, with its counts. ``rows``: a line for each leak, with the matched words.

    ``rule`` is what a pool takes to leave them out: ``api.view(corpus, pool={"rules": [leaks.rule]})``.
    """

    rule: dict[str, Any]
    benchmarks: pd.DataFrame
    rows: pd.DataFrame


def leaks(
    corpus: Corpus,
    against: Sequence[str | Path] = (),
    *,
    holdout: bool = False,
    question: str = "",
    answer: str = "",
    progress: Progress = silent,
    **settings: Any,
) -> Leaks:
    """The rows outside the holdout that hold questions of benchmarks: files or folders ``against``, or the ``holdout``.

    ``question`` and ``answer`` name the fields of files where these are not recognised. ``settings`` are those of
    :class:`core.curation.leaks.settings.LeakRule`: ngram (13), any_number, answers, common, share, cosine, embedder.
    Raises :class:`core.errors.InputError` where nothing is named, or a file has no question.

    >>> leaks = api.leaks(corpus, ["exam.jsonl"], ngram=8)
    >>> leaks.benchmarks[["name", "questions", "rows"]].values.tolist()
    [['exam', 2, 1]]
    >>> leaks.rows["words"].tolist()
    ['Say something about cooking, number 8']
    >>> len(api.view(corpus, pool={"rules": [leaks.rule]}).pool) == len(api.view(corpus).pool) - 1
    True
    """
    kept = [
        benchmark
        for path in against
        for benchmark in keep_files(
            corpus.workspace, from_path(path, roots=command_roots()), question=question, answer=answer
        )
    ]
    kept += [keep_holdout(corpus)] if holdout else []
    if not kept:
        raise InputError("Nothing is named to compare the corpus with.", remedy="Give files, or holdout=True.")
    rule = LeakRule.of({**settings, "benchmarks": sorted({benchmark.key for benchmark in kept})})
    prepare(corpus, rule.as_dict(), progress)
    listed, _ = leaked_rows(corpus, rule)
    columns = ("id", "benchmark", "question", "component", "by", "share", "words")
    rows = [(show_id(int(corpus.ids[leak.row])), *(getattr(leak, name) for name in columns[1:])) for leak in listed]
    counts = pd.DataFrame([asdict(count) for count in leak_counts(corpus, rule)])
    return Leaks(rule_of(rule).as_dict(), counts, pd.DataFrame(rows, columns=list(columns)))
