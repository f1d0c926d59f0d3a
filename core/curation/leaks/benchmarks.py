"""Benchmarks: test questions that no row should hold, stored under a name that is made of their content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from core.corpus.clean import clean
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError, listed_in_short, quoted
from core.workspace import atomic
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

KIND = "benchmarks"
VERSION = 1
LONGEST = 120  # characters of a name
HOLDOUT = "holdout"  # what a benchmark of a corpus's own holdout is called


@dataclass(frozen=True)
class BenchmarkItem:
    """One question with its answer, "" for none; ``given`` is the id that the file gave it, ``at`` its place there."""

    question: str
    answer: str = ""
    given: str = ""
    at: str = ""


@dataclass(frozen=True, eq=False)
class Benchmark:
    """A stored benchmark. Its ``key`` names its questions and answers, wherever the file lies and whatever its name."""

    artefact: Artefact

    @property
    def key(self) -> str:
        return self.artefact.key

    @property
    def name(self) -> str:
        return str(self.artefact.manifest["name"])

    @property
    def answered(self) -> int:
        """Questions that have an answer."""
        return int(self.artefact.manifest["answered"])

    @property
    def holdout_of(self) -> str:
        """The id of the corpus whose holdout it is, "" for a benchmark from a file."""
        return str(self.artefact.manifest["origin"].get(HOLDOUT, ""))

    def __len__(self) -> int:
        return int(self.artefact.manifest["questions"])

    @cached_property
    def questions(self) -> list[BenchmarkItem]:
        """The questions, in the order of the file."""
        lines = self.artefact.path("questions.jsonl").read_bytes().splitlines()
        return [BenchmarkItem(**orjson.loads(line)) for line in lines]


def keep_benchmark(
    workspace: Workspace, questions: Iterable[BenchmarkItem], *, name: str, origin: dict[str, Any] | None = None
) -> Benchmark:
    """Store a benchmark; the same questions and answers are stored once, under the name they had first.

    Texts are cleaned as rows are; a question that stands twice with the same answer counts once, and an empty one does
    not count. Raises :class:`InputError` where none is left.
    """
    distinct: dict[tuple[str, str], BenchmarkItem] = {}
    for asked in questions:
        pair = clean(asked.question), clean(asked.answer)
        if pair[0]:
            distinct.setdefault(pair, BenchmarkItem(*pair, asked.given, asked.at))
    if not distinct:
        raise InputError(f"{name} holds no question.", remedy="Name the field that holds it.")
    key = digest(["benchmark", VERSION, sorted(map(list, distinct))])
    if not workspace.has(KIND, key):
        manifest = {
            "name": " ".join(name.split())[:LONGEST] or "benchmark",
            "version": VERSION,
            "questions": len(distinct),
            "answered": sum(bool(answer) for _, answer in distinct),
            "origin": origin or {},
        }
        lines = [orjson.dumps(asked.__dict__) for asked in distinct.values()]
        with workspace.create(KIND, key, manifest) as folder:
            atomic.write_bytes(folder / "questions.jsonl", b"\n".join(lines))
    return Benchmark(workspace.open(KIND, key))


def keep_holdout(corpus: Corpus) -> Benchmark:
    """The holdout of a corpus as a benchmark: what is tested there must not be trained on.

    Raises :class:`InputError` for a corpus without a holdout.
    """
    rows = np.flatnonzero(corpus.holdout)
    if not len(rows):
        raise InputError(f"{corpus.name} has no holdout.", remedy="Compare it with a file of questions.")
    asked, answered, ids = corpus.text("instruction"), corpus.text("response"), corpus.ids
    questions = [BenchmarkItem(asked[row], answered[row], show_id(int(ids[row]))) for row in rows.tolist()]
    return keep_benchmark(corpus.workspace, questions, name=f"Holdout of {corpus.name}", origin={HOLDOUT: corpus.id})


def list_benchmarks(workspace: Workspace, *, corpus_id: str = "") -> list[Benchmark]:
    """The stored benchmarks, newest first; of holdouts only that of the corpus ``corpus_id``."""
    known = [Benchmark(artefact) for artefact in workspace.list(KIND)]
    return [benchmark for benchmark in known if benchmark.holdout_of in ("", corpus_id)]


def has_benchmark(workspace: Workspace, key: str) -> bool:
    """Whether the benchmark with this key is stored."""
    return workspace.has(KIND, key)


def open_benchmark(workspace: Workspace, key: str) -> Benchmark:
    """The benchmark with this key. Raises :class:`core.errors.WorkspaceError` where it is not stored."""
    return Benchmark(workspace.open(KIND, key))


def benchmark_named(known: Sequence[Benchmark], name: str) -> Benchmark:
    """The one of ``known`` with this name, or whose key begins with it. Raises :class:`InputError` otherwise."""
    for fits in (lambda kept: kept.name == name, lambda kept: kept.key.startswith(name)):
        fitting = [kept for kept in known if name and fits(kept)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            listed = listed_in_short(kept.key for kept in fitting)
            raise InputError(f"{quoted(name)} fits several benchmarks.", remedy=f"Give a key: {listed}.")
    listed = listed_in_short(f"{kept.key} ({kept.name})" for kept in known)
    raise InputError(f"{quoted(name)} is not a stored benchmark.", remedy=f"There are: {listed}.")
